package playbooks

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"watchfire/crisis"
)

// What was exported comes back with every step, in both formats.
func TestExportImport(t *testing.T) {
	l := shippedLibrary(t)
	for _, p := range l.Playbooks() {
		document := l.Export(p, "云川市")
		var md bytes.Buffer
		if err := document.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		fromMD, err := ReadMarkdown(md.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		fromWord, err := ReadDocx(docx(t, document))
		if err != nil {
			t.Fatal(err)
		}
		for name, d := range map[string]*Document{"md": fromMD, "docx": fromWord} {
			draft, left := l.Draft(d)
			got, s := readDraft(name, draft)
			if len(s.problems) > 0 {
				t.Fatalf("%s %s: the draft cannot be read:\n%v", p.ID, name, s.problems)
			}
			if got.Title.ZH != p.Title.ZH || got.Purpose != p.Purpose || len(got.Steps) != len(p.Steps) {
				t.Errorf("%s %s: title %q, purpose %q, %d steps of %d", p.ID, name, got.Title.ZH, got.Purpose, len(got.Steps), len(p.Steps))
				continue
			}
			for i, want := range p.Steps {
				want.Title.EN, want.Evidence.Kind, want.Template = "", "", ""
				want.DueFrom = cmp.Or(want.DueFrom, crisis.FromDetected)
				have := got.Steps[i]
				have.DueFrom = cmp.Or(have.DueFrom, crisis.FromDetected)
				slices.Sort(want.Limit)
				slices.Sort(have.Limit)
				if diff := gocmp.Diff(want, have); diff != "" {
					t.Errorf("%s %s: step %s (-plan +draft):\n%s", p.ID, name, want.ID, diff)
				}
			}
			got.Roles.Voice = p.Roles.Voice
			for what, pair := range map[string][2]any{
				"levels": {p.Levels, got.Levels}, "questions": {p.Questions, got.Questions}, "basis": {p.Basis, got.Basis}, "roles": {p.Roles, got.Roles},
				"topics": {p.Applies.Topics, got.Applies.Topics}, "keywords": {p.Applies.Keywords, got.Applies.Keywords}, "deadlines": {p.Deadlines, got.Deadlines},
			} {
				if diff := gocmp.Diff(pair[0], pair[1], cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%s %s: %s (-plan +draft):\n%s", p.ID, name, what, diff)
				}
			}
			for kind, want := range p.Statements {
				if have := got.Statements[kind]; strings.Join(strings.Fields(have.ZH), "") != strings.Join(strings.Fields(want.ZH), "") || !slices.Equal(have.MustHave, want.MustHave) {
					t.Errorf("%s %s: the %s is\n%s\nof\n%s", p.ID, name, kind, have.ZH, want.ZH)
				}
			}
			nothingLost(t, d, draft, left)
		}
	}
}

// nothingLost wants every paragraph of a document in the draft.
func nothingLost(t interface{ Errorf(string, ...any) }, d *Document, draft []byte, left []Aside) {
	for _, p := range d.paragraphs() {
		if m := numbered.FindStringSubmatch(p); m != nil {
			p = m[2]
		}
		if !strings.Contains(string(draft), p) && !slices.ContainsFunc(left, func(a Aside) bool { return strings.Contains(a.Text, p) }) {
			t.Errorf("the paragraph %q is lost", p)
		}
	}
	for _, p := range left {
		if p.Where == "" || !strings.Contains(string(draft), "# "+p.Text) {
			t.Errorf("%q is named as not placed, but is not in the draft", p)
		}
	}
}

func TestDraftOfProse(t *testing.T) {
	d, err := ReadMarkdown([]byte("# 某镇突发舆情应急预案\n\n一、总则\n\n（一）编制目的\n为了说清楚。\n\n四、信息报告\n\n1. 值班员30分钟内电话报告分管领导。\n2．信息报送员1小时内报上级。\n3. 涉事责任部门3个工作日内书面报告结果。\n\n本镇设领导小组。\n"))
	if err != nil {
		t.Fatal(err)
	}
	draft, left := shippedLibrary(t).Draft(d)
	p, s := readDraft("draft", draft)
	if len(s.problems) > 0 || p.Title.ZH != "某镇突发舆情应急预案" || p.Purpose != "为了说清楚。" || len(p.Steps) != 3 {
		t.Fatalf("%v\n%s", s.problems, draft)
	}
	for i, want := range []struct {
		role string
		due  crisis.Span
	}{{"duty_officer", crisis.Span{Time: 30 * time.Minute}}, {"upper_liaison", crisis.Span{Time: time.Hour}}, {"owner_dept", crisis.Span{Days: 3}}} {
		if st := p.Steps[i]; st.Role != want.role || st.DueAfter[crisis.LevelNone] != want.due || st.Phase != "report" {
			t.Errorf("step %d is %+v, want %+v", i, st, want)
		}
	}
	if !slices.Contains(left, Aside{"第14行，「四、信息报告」之下", "本镇设领导小组。"}) || slices.ContainsFunc(left, func(a Aside) bool { return a.Text == "为了说清楚。" }) {
		t.Errorf("not placed: %q", left)
	}
}

// TestStepsOfWords holds what is read from the sentences of a plan.
func TestStepsOfWords(t *testing.T) {
	l := shippedLibrary(t)
	minutes := func(n int) Durations { return Durations{crisis.LevelNone: {Time: time.Duration(n) * time.Minute}} }
	for _, x := range []struct {
		text string
		want Step // only role, time and start
	}{
		{"1. 值班员30分钟内报分管领导。", Step{Role: "duty_officer", DueAfter: minutes(30)}},
		{"（一）接报后半小时内，监测组汇总情况。", Step{Role: "monitor_lead", DueAfter: minutes(30)}},
		{"② 发布员一个半小时之内发布。", Step{Role: "publisher", DueAfter: minutes(90)}},
		{"第一步：新闻发言人在事发后２小时 内回应。", Step{Role: "spokesperson", DueAfter: minutes(120), DueFrom: crisis.FromHappened}},
		{"留言互动岗最迟四十八小时答复。", Step{Role: "comment_ops", DueAfter: minutes(48 * 60)}},
		{"由网信办牵头，不超过三个工作日反馈。", Step{DueAfter: Durations{crisis.LevelNone: {Days: 3}}}},
		{"事发单位应当在事发后十五分钟内电话报告。", Step{DueAfter: minutes(15), DueFrom: crisis.FromHappened}},
		{"1. 监测组Ⅰ级、Ⅱ级事件1小时内、Ⅲ级2小时内报告。", Step{Role: "monitor_lead", DueAfter: Durations{crisis.LevelI: {Time: time.Hour}, crisis.LevelII: {Time: time.Hour}, crisis.LevelIII: {Time: 2 * time.Hour}}}},
		{"1. 实行24小时值班，内部信息不外传。", Step{}},
		{"1. 向分管领导报告后由文稿起草拟稿。", Step{Role: "drafter"}},
		{"1. 分管领导审定。", Step{Role: "leader"}},
	} {
		d := &Document{}
		d.Heading(1, "四、信息发布")
		d.Paragraph(Plain(x.text))
		draft, left := l.Draft(d)
		p, s := readDraft("draft", draft)
		if len(s.problems) > 0 || len(left) > 0 || len(p.Steps) != 1 {
			t.Errorf("%s: %v, left %v\n%s", x.text, s.problems, left, draft)
			continue
		}
		have := Step{Role: p.Steps[0].Role, DueAfter: p.Steps[0].DueAfter, DueFrom: p.Steps[0].DueFrom}
		if diff := gocmp.Diff(x.want, have); diff != "" {
			t.Errorf("%s (-want +got)\n%s", x.text, diff)
		}
	}
	for _, text := range []string{"全体干部要提高认识。", "信息报送实行24小时值班。", "30分钟内保持畅通。"} {
		d := &Document{}
		d.Heading(1, "四、信息发布")
		d.Paragraph(Plain(text))
		if draft, left := l.Draft(d); len(left) != 1 || left[0] != (Aside{"第2段，「四、信息发布」之下", text}) {
			t.Errorf("%s is taken for a step: %v\n%s", text, left, draft)
		}
	}
}

// TestTablesOfPlans holds which rows of tables are steps, levels, or left.
func TestTablesOfPlans(t *testing.T) {
	d := &Document{Title: "预案"}
	d.Heading(1, "三、事件分级")
	d.Table([]string{"等级", "情形"}, [][]string{{"Ⅰ级（特别重大）", "死亡30人以上\n全国热搜"}, {"四级", "本地议论"}, {"备注", "由专家组解释"}}, nil)
	d.Heading(1, "四、应急处置")
	d.Table([]string{"处置分工表", "", "", ""}, [][]string{{"序号", "工作 任务", "牵头单位", "完成\n时限"}, {"1", "开设新闻中心", "县委宣传部", "3小时"}, {"2", "监看\n监看网上反映", "监测组", "Ⅰ级30分钟，Ⅱ级1小时"}, {"", "", "备勤", ""}}, nil)
	d.Heading(1, "附件：通讯录")
	d.Table([]string{"姓名", "岗位", "电话"}, [][]string{{"张三", "值班员", "12345"}}, nil)
	l := shippedLibrary(t)
	draft, left := l.Draft(d)
	nothingLost(t, d, draft, left)
	p, s := readDraft("draft", draft)
	if len(s.problems) > 0 || len(p.Steps) != 2 {
		t.Fatalf("%v\n%s", s.problems, draft)
	}
	if diff := gocmp.Diff(map[string][]string{"I": {"死亡30人以上", "全国热搜"}, "IV": {"本地议论"}}, p.Levels); diff != "" {
		t.Error(diff)
	}
	if x := p.Steps[0]; x.Title.ZH != "开设新闻中心" || x.DueAfter[crisis.LevelNone].Time != 3*time.Hour || x.Role != "" || x.ID != "step-1" {
		t.Errorf("step %+v", x)
	}
	if x := p.Steps[1]; x.Text != "监看网上反映" || x.DueAfter[crisis.LevelII].Time != time.Hour || x.Role != "monitor_lead" {
		t.Errorf("step %+v", x)
	}
	want := []Aside{
		{"表1第1行，「三、事件分级」之下", "等级 ｜ 情形"},
		{"表1第4行，「三、事件分级」之下", "备注 ｜ 由专家组解释"},
		{"表2第1行，「四、应急处置」之下", "处置分工表"},
		{"表2第5行，「四、应急处置」之下", "备勤"},
		{"表3第1行，「附件：通讯录」之下", "姓名 ｜ 岗位 ｜ 电话"},
		{"表3第2行，「附件：通讯录」之下", "张三 ｜ 值班员 ｜ 12345"},
	}
	if diff := gocmp.Diff(want, left); diff != "" {
		t.Errorf("left (-want +got)\n%s", diff)
	}
}

// TestSpansOfWords holds that times come back from the words of an export.
func TestSpansOfWords(t *testing.T) {
	for _, d := range []Durations{
		{crisis.LevelNone: {Days: 3}},
		{crisis.LevelNone: {Time: 90 * time.Minute}},
		{crisis.LevelI: {Time: time.Hour}, crisis.LevelII: {Time: 2 * time.Hour}, crisis.LevelIII: {Days: 1}, crisis.LevelIV: {Days: 12}},
	} {
		if got := spansOf("发现后" + spansIn(d).ZH + "内"); !maps.Equal(got, d) {
			t.Errorf("%v is exported as %q and read as %v", d, spansIn(d).ZH, got)
		}
	}
}

func TestDraftLosesNothing(t *testing.T) {
	l := shippedLibrary(t)
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.StringMatching(`[一二三1-9．、（）: #"'{}\[\]\\内分钟值班员步骤目的依据-]{0,12}`)
		d := &Document{Title: words.Draw(rt, "title")}
		for range rapid.IntRange(0, 8).Draw(rt, "n") {
			switch rapid.IntRange(0, 2).Draw(rt, "kind") {
			case 0:
				d.Heading(1, words.Draw(rt, "heading"))
			case 1:
				d.Paragraph(Plain(words.Draw(rt, "text")))
			default:
				d.Table([]string{"编号", "步骤", words.Draw(rt, "head")}, rapid.SliceOfN(rapid.SliceOfN(words, 0, 4), 0, 2).Draw(rt, "rows"), nil)
			}
		}
		draft, left := l.Draft(d)
		nothingLost(rt, d, draft, left)
		if _, s := readDraft("draft", draft); slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Key == "" }) {
			rt.Fatalf("no YAML: %v\n%s", s.problems, draft)
		}
	})
}

// bomb is a Word file whose text unpacks to more than any plan.
func bomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range maxBody>>20 + 2 {
		if _, err := f.Write(bytes.Repeat([]byte(" "), 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadersRefuse(t *testing.T) {
	small := bomb(t)
	if len(small) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(small))
	}
	if _, err := ReadDocx(small); !errors.Is(err, errTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
	if _, err := ReadDocx(make([]byte, maxDocument+1)); !errors.Is(err, errTooLarge) {
		t.Errorf("a huge file: %v", err)
	}
	if _, err := ReadMarkdown(make([]byte, maxDocument+1)); !errors.Is(err, errTooLarge) {
		t.Errorf("a huge text: %v", err)
	}
	if _, err := ReadMarkdown(bytes.Repeat([]byte("a\n"), maxBlocks+1)); !errors.Is(err, errTooLarge) {
		t.Errorf("too many paragraphs: %v", err)
	}
	if _, err := ReadDocx([]byte("%PDF-1.7")); err == nil || !strings.Contains(err.Error(), "save it as .docx") {
		t.Errorf("a PDF: %v", err)
	}
}

func FuzzReadDocx(f *testing.F) {
	f.Add(docx(f, sampleDocument(f)))
	f.Add([]byte("PK\x03\x04"))
	l := shippedLibrary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ReadDocx(data)
		if err != nil {
			return
		}
		draft, left := l.Draft(d)
		nothingLost(t, d, draft, left)
	})
}

func FuzzReadMarkdown(f *testing.F) {
	f.Add([]byte("# 标题\n\n## 一、总则\n\n1. 值班员30分钟内报告\n\n| 编号 | 步骤 | 时限 |\n|---|---|---|\n| a-01 | 签收<br>签收警报 | 发现后10分钟内 |\n"))
	l := shippedLibrary(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ReadMarkdown(data)
		if err != nil {
			return
		}
		draft, left := l.Draft(d)
		nothingLost(t, d, draft, left)
	})
}
