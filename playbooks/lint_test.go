package playbooks

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"watchfire/crisis"
)

// ownPlan returns a folder with one plan of the organisation: the generic one under
// the id own, with edits (pairs of old and new).
func ownPlan(t testing.TB, edits ...string) fstest.MapFS {
	t.Helper()
	b, err := os.ReadFile("library/generic.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("id: generic\n", "id: own\n", "gen-", "own-", `topics: ["*"]`, "topics: [fire]").Replace(string(b))
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(text, edits[i]) {
			t.Fatalf("the plan has no %q", edits[i])
		}
		text = strings.Replace(text, edits[i], edits[i+1], 1)
	}
	return fstest.MapFS{"own.yaml": {Data: []byte(text)}}
}

func TestExamine(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	everybody := make([]string, 0, 30)
	for _, r := range Roles() {
		everybody = append(everybody, r.ID)
	}
	but := func(roles ...string) []string {
		return slices.DeleteFunc(slices.Clone(everybody), func(r string) bool { return slices.Contains(roles, r) })
	}
	tests := []struct {
		name   string
		office Office
		edits  []string
		want   []string // lines of findings above info, in order, without what may follow
	}{
		{name: "nothing to say"},
		{name: "roles are not known", edits: []string{"role: publisher", "role: tech"}},
		{name: "everybody is there", office: Office{Roles: everybody}},
		{
			name: "a role nobody holds, named once", office: Office{Roles: but("publisher", "monitor_lead")},
			want: []string{"own.yaml:46: warn: steps[1].role: nobody holds the role monitor_lead (Monitoring)", "own.yaml:90: warn: steps[7].role: nobody holds the role publisher"},
		},
		{
			name: "a leader nobody is", office: Office{Roles: but("leader")},
			want: []string{"own.yaml:32: warn: roles.decision: nobody holds the role leader"},
		},
		{name: "somebody outside the office is an info", office: Office{Roles: but("owner_dept")}},
		{
			name: "an unknown role is an error of the loader", edits: []string{"role: publisher", "role: publicist"},
			want: []string{`own.yaml:90: error: steps[7].role: "publicist" is not a role`},
		},
		{
			name: "a target behind the law", edits: []string{"due_after: {I: 1h30m, II: 1h30m, III: 3h, IV: 8h}", "due_after: 9h"},
			want: []string{"own.yaml:113: error: steps[10].due_after: the target 9h at level I lies behind the red line", "own.yaml:113: error: steps[10].due_after: the target 9h at level II"},
		},
		{
			name: "a step without deadline", edits: []string{"    due_after: 10m\n", ""},
			want: []string{"own.yaml:36: error: steps[0].due_after: step own-01 has no target"},
		},
		{
			name: "an unknown topic", edits: []string{"topics: [fire]", "topics: [fire, fires, bus-lane]"}, office: Office{Topics: []crisis.Topic{{ID: "bus-lane", Tags: []string{"fire"}}}},
			want: []string{`own.yaml:16: warn: applies_when.topics[1]: no topic carries the tag "fires", so it never opens the plan; did you mean fire?`},
		},
		{
			name: "a topic without plan", office: Office{Topics: []crisis.Topic{{ID: "parking", Title: "停车"}, {ID: "w", Tags: []string{"water"}}, {ID: "words", Any: []string{"自来水臭味"}}}},
			want: []string{`-: warn: topics.parking: the topic "停车" has no plan of its own`},
		},
		{
			name: "a topic that names its plan", office: Office{Topics: []crisis.Topic{{ID: "a", Playbook: Generic}, {ID: "b", Playbook: "gone"}}},
			want: []string{`-: error: topics.b.playbook: the topic names the plan "gone"`},
		},
		{name: "reviewed this year", office: Office{Now: now}, edits: []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2025-11-27"}},
		{
			name: "reviewed too long ago", office: Office{Now: now}, edits: []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2025-11-25"},
			want: []string{"own.yaml:6: warn: reviewed: the last review was on 2025-11-25, more than 12 months ago"},
		},
		{
			name: "an office that reviews twice a year", office: Office{Now: now, Months: 6}, edits: []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2026-05-01"},
			want: []string{"own.yaml:6: warn: reviewed: the last review was on 2026-05-01, more than 6 months ago"},
		},
		{
			name: "a review to come", office: Office{Now: now}, edits: []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2027-01-01"},
			want: []string{"own.yaml:6: warn: reviewed: the day of review 2027-01-01 has not come yet"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range Examine(tt.office, Builtin(), ownPlan(t, tt.edits...)) {
				if f.What.EN == "" || f.Fix.EN == "" || f.Severity != SeverityError && (f.What.ZH == "" || f.Fix.ZH == "") {
					t.Errorf("a finding without words: %+v", f)
				}
				if f.Severity > SeverityInfo {
					got = append(got, f.In("en"))
				}
			}
			if len(got) != len(tt.want) {
				t.Fatalf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("found %s\nwant  %s", got[i], tt.want[i])
				}
			}
		})
	}
}

// TestBrokenPlans holds that a plan that cannot be read is named with file, line and what
// to write, and one that an editor of Windows wrote is read.
func TestBrokenPlans(t *testing.T) {
	asGBK := func(text string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(strings.NewReplacer("Ⅰ", "I", "½", "").Replace(text))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	windows := func(text string) string { return "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n") }
	for _, x := range []struct {
		name   string
		edits  []string
		change func(string) string
		want   string // the first finding that is an error; empty: none
	}{
		{name: "a step without role", edits: []string{"    role: publisher\n", ""}, want: "own.yaml:87: error: steps[7].role: a role is missing; write one of approver, "},
		{name: "no owner", edits: []string{", owner: owner_dept", ""}, want: "own.yaml:32: error: roles.owner: the key is missing; name the department"},
		{name: "an empty title", edits: []string{"en: \"General response to public concern (fallback)\"", "en: \"\""}, want: "own.yaml:6: error: title.en: the key is empty; write it"},
		{name: "a step twice", edits: []string{"id: own-02", "id: own-01"}, want: "own.yaml:43: error: steps[1].id: step own-01 occurs twice; give each step an id of its own"},
		{name: "a key twice", edits: []string{"purpose:", "id: other\npurpose:"}, want: `own.yaml:7: error: mapping key "id" already defined at [4:1]; keep one of the two`},
		{name: "an order of steps by a key that plans lack", edits: []string{"id: own-02", "id: own-02\n    after: [own-03]"}, want: `own.yaml:44: error: steps[1].after: unknown key "after"; the keys here are due_after, `},
		{name: "an open bracket", edits: []string{"version: 1.0.0", "version: [1.0.0"}, want: "own.yaml:6: error: "},
		{name: "an open quotation mark", edits: []string{"title: {zh: ", `title: {zh: "`}, want: "own.yaml:6: error: ',' or '}' must be specified; close the bracket or the quotation mark"},
		{name: "a tab", edits: []string{"    role: publisher", "\trole: publisher"}, want: "own.yaml:90: error: found character '\t' that cannot start any token; write spaces instead of the tab"},
		{name: "a line too far to the right", edits: []string{"    phase: verify", "     phase: verify"}, want: "own.yaml:36: error: mapping value is not allowed in this context; begin the line as far"},
		{name: "a colon of Chinese text", edits: []string{"purpose: ", "purpose："}, want: `own.yaml:7: error: the key purpose is followed by the colon of Chinese text; write "purpose: " with`},
		{name: "a list for a value", edits: []string{"min_level: IV", "min_level: [IV]"}, want: "own.yaml:19: error: applies_when.min_level: want a text, found a list; write one value"},
		{name: "a value for a list", edits: []string{"topics: [fire]", "topics: fire"}, want: "own.yaml:16: error: applies_when.topics: want a list, found a text; write a list"},
		{name: "a time in words", edits: []string{"due_after: 10m", "due_after: 10分钟"}, want: `own.yaml:40: error: steps[0].due_after: "10分钟" is not a duration: write hours`},
		{name: "a day that is none", edits: []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2026-02-30"}, want: `own.yaml:6: error: reviewed: "2026-02-30" is not a day: write year`},
		{name: "an unknown template", edits: []string{"id: own-01", "id: own-01\n    template: frist_statement"}, want: `own.yaml:37: error: steps[0].template: "frist_statement" is not a statement of this plan; did you mean first_statement?`},
		{name: "a placeholder that is not closed", edits: []string{"{{unknown_facts}}", "{{unknown_facts}"}, want: "own.yaml:173: error: statements.first_statement.zh: a placeholder is not closed or not a name; write placeholders as {{name}}"},
		{name: "GBK", change: asGBK, want: "own.yaml:1: error: the file is not UTF-8 here; save it as UTF-8"},
		{name: "a control character", edits: []string{"purpose: ", "purpose: \x00"}, want: "own.yaml:7: error: a control character (U+0000) stands here; delete it"},
		{name: "an empty file", change: func(string) string { return "" }, want: "own.yaml:1: error: the file is empty; write the keys"},
		{name: "a list", change: func(string) string { return "- a\n" }, want: "own.yaml:1: error: want keys, found a list; write the keys"},
		{name: "written on Windows", change: windows},
	} {
		t.Run(x.name, func(t *testing.T) {
			own := ownPlan(t, x.edits...)
			if x.change != nil {
				own["own.yaml"] = &fstest.MapFile{Data: []byte(x.change(string(own["own.yaml"].Data)))}
			}
			first := ""
			for _, f := range Examine(Office{}, Builtin(), own) {
				if f.Severity == SeverityError && first == "" {
					first = f.In("en")
				}
			}
			if !strings.HasPrefix(first, x.want) || (first == "") != (x.want == "") {
				t.Errorf("found %s\nwant  %s", first, x.want)
			}
		})
	}
}

// TestImportedDraftIsExamined holds that a draft names what a person has to complete, each
// at its line.
func TestImportedDraftIsExamined(t *testing.T) {
	d, err := ReadMarkdown([]byte("# 某县应急预案\n## 一、总则\n### （二）依据\n1. 突发事件应对法\n## 四、信息发布\n1. 由宣传部牵头，1小时内发布首条信息。\n"))
	if err != nil {
		t.Fatal(err)
	}
	draft, _ := shippedLibrary(t).Draft(d)
	var all strings.Builder
	for _, f := range Examine(Office{}, Builtin(), fstest.MapFS{"draft.yaml": {Data: draft}}) {
		all.WriteString(f.In("en") + "\n")
	}
	lines := strings.Split(string(draft), "\n")
	for text, want := range map[string]string{
		"title: ":         "title.en: the key is empty; write it",
		"purpose: ":       "purpose: the key is missing; add it",
		"  - 突发事件应对法":     "basis[0]: the basis does not say how it was checked; end it with",
		"  - id: step-1":  "steps[0].role: a role is missing; write one of",
		"    title: {zh:": "steps[0].title.zh: step step-1 has no title.zh; add it",
		"    evidence:":   "steps[0].evidence.kind: step step-1 has no evidence.kind; add it",
		"# ":              "applies_when: the key is missing; add it",
	} {
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, text) })
		if want = "draft.yaml:" + strconv.Itoa(at+1) + ": error: " + want; !strings.Contains(all.String(), want) {
			t.Errorf("not found: %s\n%s\n%s", want, all.String(), draft)
		}
	}
}

func TestExamineInfos(t *testing.T) {
	own := ownPlan(t, "deadlines: [", "deadlines: [cn-school-24h, cn-petition-15d, cn-site-error-3wd, ")
	own[deadlinesFile] = &fstest.MapFile{Data: []byte("schema: legal-deadlines/1\ndeadlines:\n" +
		"- {id: cn-61-other-48h, what: 24小时内回应, limit: 24h, start: 发现, document: 某市办法, checked: memory}\n")}
	var got []string
	for _, f := range Examine(Office{Now: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), Roles: []string{}}, Builtin(), own) {
		got = append(got, f.In("zh"))
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"own.yaml:5: info: version: 没有写最近一次评审的日期；加一行 reviewed: 2026-11-26",
		"info: deadlines[0]: 硬性时限「学校安全事故24小时内报主管教育行政部门，严重的立即报」没有步骤在盯",
		"warn: steps[10].limit[1]: 红线「24小时内回应」的出处只凭记忆",
		"info: statements.first_statement: 「首次通报」中这些空没有人必须填，程序也不会填：what_happened, care_sentence, unknown_facts",
		"info: steps[14].role: 角色「涉事责任部门」（owner_dept）没有人承担",
		"warn: roles.lead: 角色「舆情办主任」（office_director）没有人承担",
	} {
		if !strings.Contains(strings.ReplaceAll(all, "; ", "；"), want) {
			t.Errorf("not found: %s\n%s", want, all)
		}
	}
	if strings.Contains(all, "cn-site-error-3wd") {
		t.Error("a deadline in working days cannot be watched by a step")
	}
}

// Shipped plans are looked at only when they are asked for, and carry no warning.
func TestExamineShipped(t *testing.T) {
	if got := Examine(Office{}, Builtin()); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	found := Examine(Office{Shipped: true}, Builtin())
	if len(found) == 0 {
		t.Error("nothing is found in the shipped plans, not even a placeholder")
	}
	for _, f := range found {
		if f.Severity != SeverityInfo || !strings.HasPrefix(f.File, "builtin/") || f.Line < 2 {
			t.Error(f.In("en"))
		}
	}
	b, err := json.Marshal(found[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"severity":"info"`, `"file":"builtin/`, `"line":`, `"what":{"zh":`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s lacks %s", b, want)
		}
	}
}

func TestFilledPlaceholders(t *testing.T) {
	for _, name := range Filled() {
		text, ok := FilledWith(name)
		if !ok || text.ZH == "" || text.EN == "" {
			t.Errorf("%s is filled with %+v", name, text)
		}
	}
	if _, ok := FilledWith("verdict"); ok {
		t.Error("the machine gives a verdict")
	}
	used := map[string]bool{}
	for _, p := range shippedLibrary(t).Playbooks() {
		for _, s := range p.Statements {
			for _, name := range s.Placeholders() {
				used[name] = true
			}
		}
	}
	for _, name := range Filled() {
		if !used[name] {
			t.Errorf("%s is in no shipped template", name)
		}
	}
}
