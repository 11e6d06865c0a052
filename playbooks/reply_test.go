package playbooks

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// TestReplyExamples tries every rule on its own examples: it finds the bad ones and
// leaves the good ones alone.
func TestReplyExamples(t *testing.T) {
	examples := 0
	for _, r := range shipped().ReplyRules() {
		if r.Suggest == "" || r.EN == "" {
			t.Errorf("%s: no suggestion, or no English", r.ID)
		}
		for _, bad := range r.Bad {
			examples++
			if len(r.check(&Draft{Text: bad})) == 0 {
				t.Errorf("%s does not find %q", r.ID, bad)
			}
		}
		for _, good := range r.Good {
			examples++
			if f := r.check(&Draft{Text: good}); len(f) > 0 {
				t.Errorf("%s finds %q in %q", r.ID, good[f[0].From:f[0].To], good)
			}
		}
	}
	if n := len(shipped().ReplyRules()); n < 41 || examples < 77 {
		t.Errorf("%d rules with %d examples, want 41 and 77 at least", n, examples)
	}
}

// TestMetaRules tries the rules that are worked out.
func TestMetaRules(t *testing.T) {
	const org = "云川市青溪区人民政府新闻办公室"
	desk := func(change func(*Desk)) *Desk {
		d := &Desk{Issuer: org, Account: "云川市青溪区人民政府新闻办公室", Secrecy: "李敏"}
		change(d)
		return d
	}
	none := func(*Desk) {}
	for _, x := range []struct {
		rule, kind, text string
		desk             *Desk
		casualty, found  bool
	}{
		{"form.issuer", "update", "特此通报。" + org, desk(none), false, false},
		{"form.issuer", "update", "特此通报。", desk(none), false, true},
		{"form.issuer", "update", "特此通报。" + org, desk(func(d *Desk) { d.Account = "小编的日常" }), false, true},
		{"form.issuer", "update", "特此通报。", nil, false, false},
		{"form.name-consistency", "update", "云川市青西区人民政府发布", desk(func(d *Desk) { d.Names = []string{"云川市青溪区人民政府"} }), false, true},
		{"form.name-consistency", "update", "云川市青溪区人民政府发布", desk(func(d *Desk) { d.Names = []string{"云川市青溪区人民政府"} }), false, false},
		{"elem.empathy", "first_statement", "青溪区一居民楼起火，3人受伤。消防已到场。后续将通报。", nil, false, true},
		{"elem.empathy", "first_statement", "青溪区一居民楼起火，3人受伤，我们十分挂念每一位伤者。消防已到场。", nil, false, false},
		{"elem.empathy", "first_statement", "情况通报\n青溪区一居民楼起火。3人受伤。我们十分挂念每一位伤者。", nil, false, false},
		{"elem.empathy", "first_statement", "政务大厅明日照常办公。", nil, false, false},
		{"cause.investigating-only", "update", "有关情况正在进一步调查中。", nil, false, true},
		{"cause.investigating-only", "update", "区应急管理局牵头成立调查组，正在调查，8月7日18时前通报进展。", nil, false, false},
		{"cause.investigating-only", "update", "8月5日，区应急管理局正在调查。", nil, false, true},
		{"abs.empty-attention", "update", "我局对此高度重视。", nil, false, true},
		{"abs.empty-attention", "update", "区长第一时间赶到，8月5日15时已组织抢修队开展抢修。", nil, false, false},
		{"tone.length-first", "first_statement", strings.Repeat("字", 301), nil, false, true},
		{"tone.length-first", "first_statement", "8月5日14时，" + strings.Repeat("字", 200), nil, false, false},
		{"tone.length-first", "first_statement", strings.Repeat("字", 120) + "8月5日14时", nil, false, true},
		{"pii.complainant", "update", "举报人姓名已核实。", nil, false, true},
		{"pii.complainant", "update", "我们会为举报人保密。", nil, false, false},
		{"pii.complainant", "update", "王小明反映的情况属实。", desk(func(d *Desk) { d.Complainants = []string{"王小明"} }), false, true},
		{"secret.precheck", "update", "特此通报。", desk(func(d *Desk) { d.Secrecy = "" }), false, true},
		{"secret.precheck", "update", "特此通报。", desk(none), false, false},
		{"fact.casualty-consistency", "update", "目前受伤9人。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。", "受伤12人在医院。"} }), false, true},
		{"fact.casualty-consistency", "update", "目前受伤9人，经医院核对，重复登记3人。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。"} }), false, false},
		{"fact.casualty-consistency", "update", "目前15人受伤。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。"} }), false, false},
		{"fact.casualty-consistency", "update", "目前有三人受伤。", desk(func(d *Desk) { d.Previous = []string{"已有十二人受伤。"} }), false, true},
		{"fact.casualty-consistency", "update", "目前有十五名群众受伤。", desk(func(d *Desk) { d.Previous = []string{"已有十二人受伤。"} }), false, false},
		{"fact.casualty-consistency", "update", "停水影响8000户。", desk(func(d *Desk) { d.Previous = []string{"停水影响7000户。", "停水影响1.2万户。"} }), false, true},
		{"fact.casualty-consistency", "update", "仍有8000户未恢复供水。", desk(func(d *Desk) { d.Previous = []string{"停水影响1万余户。"} }), false, false},
		{"fact.casualty-consistency", "update", "事故造成2人死亡。供水已恢复。", desk(func(d *Desk) { d.Previous = []string{"事故造成3人死亡。"} }), false, true},
		{"fact.casualty-consistency", "update", "3人出院，9人仍受伤住院。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。"} }), false, false},
		{"fact.casualty-consistency", "update", "目前受伤9人。救援力量已到场。事故原因正在核对。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。"} }), false, true},
		{"fact.casualty-consistency", "update", "更正：此前通报有误。目前受伤9人。", desk(func(d *Desk) { d.Previous = []string{"已有12人受伤。"} }), false, false},
		{"fact.casualty-consistency", "update", "造成两死三伤。供水已恢复。", desk(func(d *Desk) { d.Previous = []string{"造成3死5伤。"} }), false, true},
		{"fact.casualty-consistency", "update", "伤者已送三甲医院就医。", desk(func(d *Desk) { d.Previous = []string{"12人就医。"} }), false, false},
		{"pii.mobile", "comment_reply", "您好，请拨打138-0013-8000", desk(func(d *Desk) { d.Phones = []string{"138 0013 8000"} }), false, false},
		{"form.placeholder", "update", strings.Repeat("字", 30_000) + "{{org}}", nil, false, false},
		{"len.platform", "update", strings.Repeat("字", 30_000) + "{{org}}", nil, false, true},
		{"fact.bare-denial", "refutation", "网传内容不实。", nil, false, true},
		{"fact.bare-denial", "refutation", "网传内容不实：水库管理站监测记录显示坝体正常，查询电话0000-0000000。", nil, false, false},
		{"fact.repeat-rumor-title", "refutation", "“水库决堤”系谣言\n水库大坝运行正常。", nil, false, true},
		{"fact.repeat-rumor-title", "refutation", "青溪水库大坝运行正常\n网传内容不实。", nil, false, false},
		{"len.platform", "update", strings.Repeat("字", 150), desk(func(d *Desk) { d.Platforms = []string{"weibo_fold"} }), false, true},
		{"len.platform", "update", strings.Repeat("字", 130), desk(func(d *Desk) { d.Platforms = []string{"weibo_fold"} }), false, false},
		{"ai.label", "comment_reply", "您好，已登记。", desk(func(d *Desk) { d.AI = true }), false, true},
		{"ai.label", "comment_reply", "您好，已登记。（内容由AI生成）", desk(func(d *Desk) { d.AI, d.Reviewer = true, "李敏" }), false, false},
		{"pii.mobile", "comment_reply", "您好，请拨打13800138000", desk(func(d *Desk) { d.Phones = []string{"13800138000"} }), false, false},
		{"pii.mobile", "comment_reply", "您好，请拨打13800138000", desk(none), false, true},
	} {
		got := slices.ContainsFunc(shipped().LintReply(Draft{Kind: x.kind, Text: x.text, Desk: x.desk, Casualty: x.casualty}), func(f Objection) bool { return f.Rule == x.rule })
		if got != x.found {
			t.Errorf("%s on %q: found %v, want %v", x.rule, x.text, got, x.found)
		}
	}
	cute := shipped().LintReply(Draft{Kind: "comment_reply", Text: "您好，亲，登记了~~", Casualty: true})
	if len(cute) == 0 || cute[0].Rule != "tone.cute" || cute[0].Severity != Stop {
		t.Errorf("a cute word where people were hurt: %+v", cute)
	}
}

// plausible are values for the placeholders of templates, as a person would fill them.
var plausible = map[string]string{
	"next_update_time": "8月6日18时", "issue_time": "8月5日20时10分", "event_time": "8月5日14时20分", "as_of": "8月5日19时", "aware_time": "8月5日14时35分",
	"contact": "0000-0000000", "org": "某市某区人民政府新闻办公室", "followup_date": "9月5日", "eta": "8月5日23时", "evidence_date": "8月5日",
	"actions_taken": "已派工作组到现场核查", "result_time": "8月7日12时", "reply_by": "8月6日12时", "post_time": "8月5日13时", "fix_time": "8月5日14时",
}

func filledIn(st Statement) string {
	return placeholder.ReplaceAllStringFunc(st.ZH, func(m string) string {
		if v, ok := plausible[strings.Trim(m, "{}")]; ok {
			return v
		}
		return "（内容）"
	})
}

// TestTemplates holds that every shipped template passes the rules when it is filled,
// and is stopped when it is not.
func TestTemplates(t *testing.T) {
	n := 0
	for _, p := range shipped().Playbooks() {
		for kind, st := range p.Statements {
			n++
			for _, f := range shipped().LintReply(Draft{Kind: kind, Text: filledIn(st)}) {
				if f.Severity != Hint {
					t.Errorf("%s: %s: %s (%s) finds %q in\n%s", p.ID, kind, f.Rule, f.Severity, f.Found, filledIn(st))
				}
			}
			open := shipped().LintReply(Draft{Kind: kind, Text: st.ZH})
			if len(st.Placeholders()) > 0 && !slices.ContainsFunc(open, func(f Objection) bool { return f.Rule == "form.placeholder" && f.Severity == Stop }) {
				t.Errorf("%s: %s goes out unfilled", p.ID, kind)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d templates", n)
	}
}

// TestOwnRules holds that a body may replace a rule and that a bad one is named.
func TestOwnRules(t *testing.T) {
	load := func(rules string) (*Library, error) {
		return Load(Builtin(), fstest.MapFS{"shared/reply-rules.yaml": &fstest.MapFile{Data: []byte("schema: reply-rules/1\nrules:\n" + rules)}})
	}
	l, err := load("  - {id: abs.absolute, severity: block, kind: regex, applies: [statement], pattern: 绝对, zh: 不许说绝对}\n  - {id: own.word, severity: info, kind: regex, applies: [reply], pattern: 亲, zh: 不叫亲}\n")
	if err != nil {
		t.Fatal(err)
	}
	f := l.LintReply(Draft{Kind: "final", Text: "8月5日，绝对没有。电话12345。"})
	if len(f) == 0 || f[0].Rule != "abs.absolute" || f[0].Severity != Stop || len(l.ReplyRules()) != len(shipped().ReplyRules())+1 {
		t.Errorf("found %+v by %d rules", f, len(l.ReplyRules()))
	}
	for rules, want := range map[string]string{
		"  - {id: a, severity: fatal, kind: regex, applies: [reply], pattern: a, zh: a}\n":      "severity",
		"  - {id: a, severity: warn, kind: regex, applies: [reply], pattern: '(?=a)', zh: a}\n": "look-around",
		"  - {id: a, severity: warn, kind: meta, applies: [reply], zh: a}\n":                    "nothing works out",
		"  - {id: a, severity: warn, kind: regex, applies: [poem], pattern: a, zh: a}\n":        "a kind of statement",
		"  - {id: a, severity: warn, kind: regex, applies: [reply], zh: a}\n":                   "no pattern",
	} {
		if _, err := load(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want … %s", rules, err, want)
		}
	}
}

// FuzzReply holds that no text brings the rules down and that what they find lies in it.
func FuzzReply(f *testing.F) {
	f.Add([]byte{1, 2, 3}, "8月5日，经检验合格。正在调查。", byte(0))
	f.Add([]byte{4, 5, 6, 7}, "“系谣言”\n网传不实", byte(1))
	f.Add([]byte{8, 9, 10, 11, 12, 13}, "138 0013 8000", byte(2))
	desk := &Desk{Issuer: "某局", Names: []string{"云川市青溪区"}, Previous: []string{"12人受伤"}, Platforms: []string{"weibo_fold"}}
	kinds := []string{"first_statement", "refutation", "comment_reply", "update", "lines_to_take"}
	f.Fuzz(func(t *testing.T, picks []byte, raw string, kind byte) {
		text := pieced(t, picks, raw)
		for _, x := range shipped().LintReply(Draft{Kind: kinds[int(kind)%len(kinds)], Text: text, Desk: desk}) {
			if x.From < 0 || x.To < x.From || x.To > len(text) || utf8.ValidString(text) && !utf8.ValidString(text[x.From:x.To]) {
				t.Errorf("%s points at %d to %d of %d bytes", x.Rule, x.From, x.To, len(text))
			}
		}
	})
}
