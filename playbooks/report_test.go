package playbooks

import (
	"archive/zip"
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

var updateReport = flag.Bool("update-report", false, "rewrite the golden reports")

var reportZone = time.FixedZone("CST", 8*3600)

// hostile is what somebody may post to break whoever shows it.
var hostile = "<script>alert(1)</script>\u202egnp.exe " + strings.Repeat("长", 1<<20/3)

// record builds the sealed events of a test in order.
type record struct {
	t      testing.TB
	events []crisis.Event
	in     crisis.Incident
}

func (r *record) add(at time.Time, actor string, kind crisis.EventKind, data any) int {
	r.t.Helper()
	var prev *crisis.Event
	if n := len(r.events); n > 0 {
		prev = &r.events[n-1]
	}
	e := crisis.NewEvent(kind, at, actor, data).Seal("20260302-01", prev, at)
	if err := r.in.Apply(e); err != nil {
		r.t.Fatalf("event %d (%s): %v", e.Seq, kind, err)
	}
	r.events = append(r.events, e)
	return e.Seq
}

// act adds what a person's act causes.
func (r *record) act(at time.Time, a crisis.Act) {
	r.t.Helper()
	events, err := r.in.Decide(a, at)
	if err != nil {
		r.t.Fatalf("%s: %v", a.Kind, err)
	}
	for _, e := range events {
		r.add(e.At, e.Actor, e.Kind, e.Data)
	}
}

// reportStory is a fire with a statement, a promise kept late, a blind hour and a review.
func reportStory(t testing.TB) ReportInput {
	t.Helper()
	r := &record{t: t}
	open := time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC) // 14:30
	at := func(minutes int) time.Time { return open.Add(time.Duration(minutes) * time.Minute) }
	signal := crisis.Signal{
		Detector: "surge", At: open, Since: at(-9), Observed: 214, Expected: 10, Low: 4, High: 18, Odds: 12, Coverage: 1, Phrases: []string{"起火", "三楼有人"},
		Evidence: []crisis.Evidence{{Source: "weibo", Quote: "三楼有人在喊", Published: at(-12)}},
	}
	r.add(open, crisis.Machine, crisis.EventDetected, crisis.Detected{Topic: "fire", Title: "城东商住楼起火 <b>", Signal: signal})
	r.add(open, crisis.Machine, crisis.EventLevel, crisis.LevelChange{Opinion: crisis.LevelIII, Reason: "声量为平常的21倍", ReasonEN: "21 times the usual"})
	lib, err := Load(Builtin())
	if err != nil {
		t.Fatal(err)
	}
	p, _ := lib.Playbook("public-safety-accident")
	plan := lib.Plan(Match{Playbook: p})
	r.add(open, crisis.Machine, crisis.EventPlanned, plan)
	r.act(at(4), crisis.Act{Kind: crisis.EventAcknowledged, By: "值班员"})
	r.act(at(6), crisis.Act{Kind: crisis.EventHappened, By: "值班员", At: at(-20), Note: "消防通报"})
	r.act(at(12), crisis.Act{Kind: crisis.EventLevel, By: "主任", Event: crisis.LevelIII, Opinion: crisis.LevelII, Note: "有人被困"})
	for i, s := range plan.Steps {
		if i >= 6 || s.AskKind == "published" || s.AskKind == "approval" {
			break
		}
		if i == 2 {
			r.act(at(40), crisis.Act{Kind: crisis.EventStepSkipped, By: "值班员", Plan: plan.ID, Step: s.ID, Note: "<img src=x onerror=alert(1)> 没有涉及"})
			continue
		}
		r.act(at(10+30*i), crisis.Act{Kind: crisis.EventStepDone, By: "值班员", Plan: plan.ID, Step: s.ID, Note: "已核实"})
	}
	r.act(at(20), crisis.Act{Kind: crisis.EventStepAdded, By: "主任", Data: crisis.Addition{Step: crisis.Step{Title: "请小区物业广播", Phase: "respond"}}})
	r.act(at(25), crisis.Act{Kind: crisis.EventStepDone, By: "网格员", Plan: crisis.Own, Step: "own-01", Note: "已广播"})
	r.act(at(50), crisis.Act{Kind: crisis.EventDrafted, By: "起草人", Data: crisis.Draft{Kind: "first_statement", Text: "14时10分许，城东区一商住楼起火，消防已到场。\n下次通报时间：18时。"}})
	for _, stage := range crisis.Stages {
		r.act(at(60), crisis.Act{Kind: crisis.EventStatementReviewed, By: "审核人", Data: crisis.Review{Statement: "s1", Version: 1, Stage: stage, OK: true}})
	}
	r.act(at(80), crisis.Act{Kind: crisis.EventApproved, By: "值班员", Data: crisis.Approval{Statement: "s1", Version: 1, Signer: "分管领导"}})
	r.act(at(90), crisis.Act{Kind: crisis.EventPublished, By: "值班员", Data: crisis.Publishing{
		Publication: crisis.Publication{Statement: "s1", Version: 1, Where: "官方微博", URL: "https://example.gov.cn/1"},
		Promises:    []crisis.Promise{{Kind: crisis.PromiseUpdate, What: "18时前再次通报", Due: at(210)}, {Kind: crisis.PromiseResult, What: "一周内公布原因", Due: at(7 * 24 * 60)}},
	}})
	r.add(at(95), crisis.Machine, crisis.EventBlind, crisis.Remark{Text: "论坛看不到"})
	r.add(at(211), crisis.Machine, crisis.EventPromiseMissed, crisis.Keeping{Promise: "p1", Due: at(210)})
	r.act(at(240), crisis.Act{Kind: crisis.EventPromiseKept, By: "值班员", Data: crisis.Keeping{Promise: "p1", Note: "第二次通报"}})
	r.act(at(6*24*60), crisis.Act{Kind: crisis.EventPromiseKept, By: "值班员", Data: crisis.Keeping{Promise: "p2", Note: "调查结果"}})
	r.act(at(7*24*60), crisis.Act{Kind: crisis.EventClosed, By: "主任", Note: "处置完毕"})
	r.act(at(9*24*60), crisis.Act{Kind: crisis.EventFinding, By: "主任", Data: crisis.Finding{Kind: crisis.FindingGap, Text: "首发超过一小时"}})
	r.act(at(9*24*60), crisis.Act{Kind: crisis.EventActionAdded, By: "主任", Data: crisis.Action{What: "首发预授权", Owner: "办公室", Due: at(30 * 24 * 60), Check: "演练一次"}})
	r.act(at(9*24*60), crisis.Act{Kind: crisis.EventVerdict, By: "主任", Verdict: crisis.VerdictReal})
	r.act(at(10*24*60), crisis.Act{Kind: crisis.EventReviewed, By: "主任"})
	in := ReportInput{
		Events: r.events, Bucket: 30 * time.Minute, Org: "云川市委宣传部", Zone: reportZone, Lang: "zh", Now: at(11 * 24 * 60), BandFrom: "series",
		Posts: []crisis.Evidence{{Source: "weibo", Quote: hostile, Published: at(3)}}, Sources: map[string]string{"weibo": "微博"},
		Outbox: []ReportDelivery{{ID: "a/1", Kind: crisis.AlertOpened, Channel: "短信", State: "sent", Created: open, Last: at(1), Attempts: 1}},
	}
	in.Sights = []ReportSight{{Event: 3, Source: "weibo", Views: 120000}, {Event: 3, Source: "site"}}
	in.Quotes = []ReportQuotes{{Statement: "s1", From: at(90), To: at(7 * 24 * 60), Posts: 400, Quoting: 60, Counted: 420}, {From: at(90), To: at(7 * 24 * 60), Posts: 400, Quoting: 60, Counted: 420}}
	in.AsksKnown, in.AsksFrom = true, open
	in.Asks = []ReportAsk{
		{Key: 1, Class: crisis.AskRescue, Received: at(3), Due: at(13), State: crisis.AskTransferred, Answered: at(8)},
		{Key: 2, Class: crisis.AskQuestion, Received: at(20), Due: at(20 + 24*60), State: crisis.AskAnswered, Answered: at(20 + 30*60)},
		{Key: 3, Class: crisis.AskEmotion, Received: at(21), State: crisis.AskOpen},
	}
	text := "三楼有人在喊，消防车到了"
	in.Exhibits = []ReportExhibit{
		{N: 1, Event: 1, Key: 7, Source: "weibo", URL: "https://example.com/7", Text: text, Quote: "三楼有人在喊", Published: at(-12), Kept: open, SHA256: crisis.PostHash("weibo", "https://example.com/7", at(-12), "", text), State: "intact", Stored: true},
		{N: 2, Event: 1, Key: 8, Source: "weibo", Text: "改过的文字", Quote: hostile, Published: at(-11), Kept: open, SHA256: crisis.PostHash("weibo", "", at(-11), "", "原来的文字"), State: "altered"},
		{N: 3, Event: 1, Key: 9, Source: "weibo", Quote: "没有留下", Published: at(-10), SHA256: crisis.PostHash("weibo", "", at(-10), "", "没有留下"), State: "gone"},
	}
	for i := range 7 * 24 * 2 {
		begin := at(-24 * 60).Truncate(30 * time.Minute).Add(time.Duration(i) * 30 * time.Minute)
		p := ReportPoint{At: begin, Observed: 20, Negative: 3, Rated: 18, Expected: 20, Low: 10, High: 32, Coverage: 1}
		switch since := begin.Sub(open); {
		case since >= 0 && since < 2*time.Hour:
			p.Observed, p.Negative, p.Rated = 240, 150, 220
		case since >= 2*time.Hour && since < 5*time.Hour:
			p.Observed, p.Negative, p.Rated = 90, 30, 80
		}
		if since := begin.Sub(open); since >= 10*time.Hour && since < 11*time.Hour {
			p.Observed, p.Negative, p.Rated, p.Coverage = 0, 0, 0, 0
		}
		in.Points = append(in.Points, p)
	}
	return in
}

func mustReport(t testing.TB, in ReportInput) *Report {
	t.Helper()
	r, err := NewReport(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t testing.TB, r *Report, format string) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, format := range []string{"md", "html", "json"} {
			in := reportStory(t)
			in.Lang = lang
			got := written(t, mustReport(t, in), format)
			file := filepath.Join("testdata", "report", lang+"."+format)
			if *updateReport {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from what is written now; look at the difference and run with -update-report", file)
			}
		}
	}
}

var anyNumber = regexp.MustCompile(`\d+`)

// TestReportNumbers holds that no number stands in the text that is not in the data,
// and that every figure of the tables of parts 4 to 8 says where it comes from.
func TestReportNumbers(t *testing.T) {
	r := mustReport(t, reportStory(t))
	data := map[string]bool{}
	for _, n := range anyNumber.FindAllString(written(t, r, "json"), -1) {
		data[n] = true
	}
	local := map[string]bool{} // numbers of a time in the zone of the report
	for i := range r.Points {
		for _, n := range anyNumber.FindAllString(r.pen.clock(r.Points[i].At), -1) {
			local[n] = true
		}
	}
	text := written(t, r, "md")
	for _, n := range anyNumber.FindAllString(text, -1) {
		if !data[n] && !local[n] {
			t.Errorf("%s stands in the Markdown and not in the JSON", n)
		}
	}
	for _, s := range r.Sections {
		if s.Number < 4 || s.Number > 8 {
			continue
		}
		for _, p := range s.Parts {
			for _, row := range p.Rows {
				traced := false
				digits := false
				for _, c := range row[1:] {
					traced = traced || c.Trace != nil
					digits = digits || s.Number != 8 && anyNumber.MatchString(c.Text)
				}
				if digits && !traced {
					t.Errorf("part %d: the row %q has figures without a source", s.Number, row[0].Text)
				}
			}
		}
	}
	for _, k := range r.KPIs {
		switch {
		case k.Value == nil && k.Missing == "":
			t.Errorf("%s has neither a value nor a reason", k.ID)
		case k.Value != nil && (k.Trace == nil || len(k.Trace.Events) == 0 && k.Trace.Series == ""):
			t.Errorf("%s has a value of nowhere", k.ID)
		case k.Definition == "" || k.Formula == "":
			t.Errorf("%s is not defined", k.ID)
		}
	}
}

func TestReportFigures(t *testing.T) {
	r := mustReport(t, reportStory(t))
	want := map[string]float64{
		"ttd": 12 * 60, "ttd_happened": 20 * 60, "tta": 4 * 60, "ttfs": 90 * 60, "ttfs_happened": 110 * 60,
		"updates_punctual": 0, "promises_kept": 0.5, "approval_share": 30.0 / 90, "peak": 480, "reach": 120000, "quoted": 0.15, "answered": 0.5, "false_alarm": 0, "review": 3 * 24 * 3600,
	}
	missing := []string{"rumour_half_life", "refutation_ratio", "found_by_others", "improvements"}
	for _, k := range r.KPIs {
		if v, ok := want[k.ID]; ok && (k.Value == nil || *k.Value != v) {
			t.Errorf("%s = %q, want %v", k.ID, k.Text, v)
		}
		if slices.Contains(missing, k.ID) != (k.Missing != "") && (slices.Contains(missing, k.ID) || want[k.ID] != 0) {
			t.Errorf("%s = %q", k.ID, k.Text)
		}
	}
	if len(r.Blind) != 1 || r.Blind[0].To.Sub(r.Blind[0].From) != time.Hour {
		t.Errorf("blind = %v, want one hour", r.Blind)
	}
	if len(r.Effects) != 1 || r.Effects[0].Verdict != "fell" {
		t.Errorf("effects = %+v, want one after which the volume fell", r.Effects)
	}
}

// TestReportEffect says what may be said of a statement.
func TestReportEffect(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, after  float64
		usual0, usual1 float64
		coverage       float64
		points         int
		want           string
	}{
		{"fell", 400, 200, 40, 40, 1, 4, "fell"},
		{"rose", 200, 400, 40, 40, 1, 4, "rose"},
		{"chance", 200, 215, 40, 40, 1, 4, "none"},
		{"the evening would have brought it", 200, 300, 100, 200, 1, 4, "none"},
		{"blind after", 400, 0, 40, 40, 0.5, 4, "blind"},
		{"too early to say", 400, 200, 40, 40, 1, 2, "short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := StatementEffect{
				Before: Stretch{Voices: c.before, Expected: c.usual0, Coverage: 1, Points: 4},
				After:  Stretch{Voices: c.after, Expected: c.usual1, Coverage: c.coverage, Points: c.points},
			}
			if got := s.judge(4); got != c.want {
				t.Errorf("judge = %s, want %s", got, c.want)
			}
		})
	}
}

func TestReportIsHarmless(t *testing.T) {
	r := mustReport(t, reportStory(t))
	for _, format := range ReportFormats {
		got := written(t, r, format)
		if format == "docx" {
			got = unzipped(t, got)
		}
		if len(got) > 4<<20 {
			t.Errorf("%s has %d bytes: the long post was not cut", format, len(got))
		}
		if strings.ContainsAny(got, "\u202e\u202d\u2066\u2067") {
			t.Errorf("%s turns the direction of writing", format)
		}
		if format == "html" || format == "docx" {
			for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", "http-equiv=\"refresh", "src=\"http", "url(http"} {
				if strings.Contains(got, bad) {
					t.Errorf("%s contains %q", format, bad)
				}
			}
		}
		if format == "md" && strings.Contains(got, "\n<script") {
			t.Errorf("Markdown contains a script")
		}
	}
}

func unzipped(t *testing.T, data string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, rc); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// TestReportWithoutCounts has no chart and no figure of volume, and says so.
func TestReportWithoutCounts(t *testing.T) {
	in := reportStory(t)
	in.Points, in.Bucket = nil, 0
	r := mustReport(t, in)
	for _, k := range r.KPIs {
		if slices.Contains([]string{"peak", "mood_recovery"}, k.ID) && k.Missing == "" {
			t.Errorf("%s = %q without counts", k.ID, k.Text)
		}
	}
	if got := written(t, r, "html"); strings.Contains(got, "<svg") {
		t.Error("there is a chart without counts")
	}
}

func TestReportEventNames(t *testing.T) {
	for _, e := range reportStory(t).Events {
		if _, ok := eventNames[e.Kind]; !ok {
			t.Errorf("%s has no name", e.Kind)
		}
	}
	if _, err := NewReport(ReportInput{}); err == nil {
		t.Error("a report of nothing was made")
	}
	if err := mustReport(t, reportStory(t)).Write(io.Discard, "pdf"); err == nil {
		t.Error("an unknown format was written")
	}
}

// BenchmarkReport makes and writes the report of an incident of 10,000 events as HTML.
func BenchmarkReport(b *testing.B) {
	in := reportStory(b)
	r := record{t: b, events: slices.Clip(in.Events)}
	if err := r.in.ApplyAll(in.Events); err != nil {
		b.Fatal(err)
	}
	for len(r.events) < 10_000 {
		r.add(in.Now, "值班员", crisis.EventNote, crisis.Remark{Text: "电话记录：" + strings.Repeat("情况", 20)})
	}
	in.Events = r.events
	for b.Loop() {
		rep, err := NewReport(in)
		if err != nil {
			b.Fatal(err)
		}
		if err := rep.Write(io.Discard, "html"); err != nil {
			b.Fatal(err)
		}
	}
}
