package playbooks

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// figure finds a figure of a report.
func figure(t *testing.T, in ReportInput, id string) KPI {
	t.Helper()
	r := mustReport(t, in)
	for _, k := range r.KPIs {
		if k.ID == id {
			return k
		}
	}
	t.Fatalf("the report has no figure %s", id)
	return KPI{}
}

// TestReachOfStatements holds that what no source tells is not known, and never zero.
func TestReachOfStatements(t *testing.T) {
	story := reportStory(t)
	none := story
	none.Events = story.Events[:6]
	silent, unseen, purged, alone := story, story, story, story
	silent.Sights = []ReportSight{{Event: 3, Source: "weibo"}}
	unseen.Sights = nil
	purged.Quotes = []ReportQuotes{{Posts: 10, Quoting: 10, Counted: 400}}
	alone.Quotes = nil
	for _, x := range []struct {
		name, id string
		in       ReportInput
		want     string
		known    bool
	}{
		{"two places, one tells", "reach", story, "120000次（2处中1处提供阅读量）", true},
		{"no place tells", "reach", silent, "来源没有提供", false},
		{"not seen", "reach", unseen, "没有在我方账号上采集到声明", false},
		{"nothing published", "reach", none, "没有发布过声明", false},
		{"quoted", "quoted", story, "15%（60/400）", true},
		{"posts purged", "quoted", purged, "已按期清理", false},
		{"no posts", "quoted", alone, "没有相关帖文", false},
		{"nothing published to quote", "quoted", none, "没有发布过声明", false},
		{"no refutation", "refutation_ratio", story, "没有发布辟谣声明", false},
	} {
		k := figure(t, x.in, x.id)
		if !strings.Contains(k.Text, x.want) || (k.Value != nil) != x.known || x.known && k.Trace == nil {
			t.Errorf("%s: %q, value %v, trace %v; want %q", x.name, k.Text, k.Value, k.Trace, x.want)
		}
	}
}

// TestAnsweredRequests counts requests that fell due or have an answer, and no others.
func TestAnsweredRequests(t *testing.T) {
	story := reportStory(t)
	open := story.Asks[0].Received
	at := func(m int) time.Time { return open.Add(time.Duration(m) * time.Minute) }
	late := ReportAsk{Class: crisis.AskComplaint, Received: at(0), Due: at(60), State: crisis.AskOpen}
	ahead := ReportAsk{Class: crisis.AskComplaint, Received: at(0), Due: story.Now.Add(time.Hour), State: crisis.AskClaimed}
	noise := ReportAsk{Class: crisis.AskQuestion, Received: at(0), Due: at(1), State: crisis.AskDismissed}
	for _, x := range []struct {
		name string
		asks []ReportAsk
		want string
	}{
		{"one in time, one late, one needs no answer", story.Asks, "50%（1/2），中位1天6小时；收到2件"},
		{"one never answered", append(slices.Clone(story.Asks), late), "33%（1/3）"},
		{"one not yet due", append(slices.Clone(story.Asks), ahead), "50%（1/2），中位1天6小时；收到3件"},
		{"no request after all", append(slices.Clone(story.Asks), noise), "收到2件"},
		{"none due", []ReportAsk{ahead}, "都还没有到期"},
		{"none", []ReportAsk{noise}, "没有收到需要答复的诉求"},
	} {
		in := story
		in.Asks = x.asks
		if k := figure(t, in, "answered"); !strings.Contains(k.Text, x.want) {
			t.Errorf("%s: %q, want %q", x.name, k.Text, x.want)
		}
	}
	story.AsksKnown = false
	if k := figure(t, story, "answered"); k.Value != nil {
		t.Errorf("an unread ledger gives %q", k.Text)
	}
}

// TestWhoFoundIt holds that nobody is first without a record that says so.
func TestWhoFoundIt(t *testing.T) {
	begin := time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)
	told := func(detector string, first crisis.Finder, early time.Duration) ReportInput {
		r := &record{t: t}
		r.add(begin, crisis.Machine, crisis.EventDetected, crisis.Detected{Topic: "fire", Title: "起火", Signal: crisis.Signal{Detector: detector, At: begin}})
		if early != 0 {
			r.act(begin.Add(time.Hour), crisis.Act{Kind: crisis.EventNoticed, By: "值班员", At: begin.Add(-early), Data: crisis.Anchored{First: first}, Note: "来电"})
		}
		return ReportInput{Events: r.events, Lang: "zh", Zone: reportZone, Now: begin.Add(2 * time.Hour)}
	}
	for _, x := range []struct {
		name string
		in   ReportInput
		want string
		v    float64
	}{
		{"nobody says", told("surge", "", 0), "没有登记谁先发现", -1},
		{"told earlier by somebody", told("surge", "", 32*time.Minute), "首次报警前已有人告知，没有登记是谁，早于首次报警32分", 1},
		{"a superior", told("surge", crisis.FoundBySuperior, 32*time.Minute), "上级通知先发现，早于首次报警32分", 1},
		{"the media, after the alert", told("surge", crisis.FoundByMedia, -10*time.Minute), "媒体先发现", 1},
		{"we", told("surge", crisis.FoundByUs, -time.Minute), "本单位先发现", 0},
		{"another system", told("intake", "", 0), "其他系统先报入", 1},
	} {
		k := figure(t, x.in, "found_by_others")
		switch {
		case !strings.Contains(k.Text, x.want), x.v < 0 != (k.Value == nil), k.Value != nil && *k.Value != x.v:
			t.Errorf("%s: %q, value %v; want %q, %v", x.name, k.Text, k.Value, x.want, x.v)
		case k.Value != nil && (k.Trace == nil || len(k.Trace.Events) == 0):
			t.Errorf("%s: nothing says where %q comes from", x.name, k.Text)
		}
	}
	var in crisis.Incident
	in.ID, in.Opened = "x", begin
	if _, err := in.Decide(crisis.Act{Kind: crisis.EventNoticed, By: "王", At: begin, Data: crisis.Anchored{First: "nobody"}}, begin.Add(time.Hour)); err == nil {
		t.Error("nobody is taken as who found it")
	}
}

// TestDossier holds that the list of evidence says what is unchanged, changed and gone, in
// every form and both languages.
func TestDossier(t *testing.T) {
	in := reportStory(t)
	for lang, words := range map[string][]string{
		"zh": {"存证清单：", "与事件中的校验值一致1条，内容不符1条，已按期清理或未留存1条", "校验一致", "内容不符", "未留存", "三楼有人在喊，消防车到了"},
		"en": {"Evidence: ", "1 have the checksum that the event names, 1 do not, 1 were deleted", "unchanged", "changed", "not kept", "三楼有人在喊，消防车到了"},
	} {
		in.Lang = lang
		r, err := NewDossier(in)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"md", "html"} {
			got := written(t, r, format)
			for _, want := range words {
				if !strings.Contains(got, want) {
					t.Errorf("%s %s: no %q", lang, format, want)
				}
			}
			if strings.Contains(got, "<script>alert") {
				t.Errorf("%s %s: what a post says runs", lang, format)
			}
		}
		written(t, r, "docx")
	}
	if _, err := NewDossier(ReportInput{}); err == nil {
		t.Error("a dossier of nothing is made")
	}
	in.Exhibits, in.Lang = nil, "en"
	r, err := NewDossier(in)
	if err != nil || !strings.Contains(written(t, r, "md"), "quote no posts") {
		t.Errorf("without evidence: %v", err)
	}
}

// TestBundle unpacks the evidence and checks it as somebody would who trusts nobody: the
// sums, the texts against the checksums of the events, and the chain.
func TestBundle(t *testing.T) {
	in := reportStory(t)
	var b bytes.Buffer
	if err := WriteEvidence(&b, in); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	listed := 0
	for line := range strings.Lines(string(files["SHA256SUMS"])) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sum := sha256.Sum256(files[name])
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the sum %s, listed %s", name, got, want)
		}
		listed++
	}
	if listed != len(files)-1 || listed != 5 {
		t.Errorf("%d sums for %d files", listed, len(files))
	}
	var manifest struct {
		Exhibits []ReportExhibit `json:"exhibits"`
	}
	if err := json.Unmarshal(files["manifest.json"], &manifest); err != nil || len(manifest.Exhibits) != 3 {
		t.Fatalf("manifest: %v, %d exhibits", err, len(manifest.Exhibits))
	}
	for _, x := range manifest.Exhibits {
		if got := crisis.PostHash(x.Source, x.URL, x.Published, x.Title, x.Text); (got == x.SHA256) != (x.State == "intact") {
			t.Errorf("exhibit %d is %s, its text has the checksum %s, listed %s", x.N, x.State, got, x.SHA256)
		}
	}
	var events []crisis.Event
	for d := json.NewDecoder(bytes.NewReader(files["events.jsonl"])); ; {
		var e crisis.Event
		err := d.Decode(&e)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if err := crisis.Verify(events); err != nil || len(events) != len(in.Events) {
		t.Errorf("%d of %d events, %v", len(events), len(in.Events), err)
	}
	var again bytes.Buffer
	if err := WriteEvidence(&again, in); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same evidence is packed differently, %v", err)
	}
	if err := WriteEvidence(&again, ReportInput{}); err == nil {
		t.Error("nothing is packed as evidence")
	}
}

// TestQuoter holds what counts as quoting: a telling sentence word for word, whatever a
// platform does to its marks.
func TestQuoter(t *testing.T) {
	says := Quoter([]string{"14时10分许，城东区一商住楼起火，消防已到场。请注意安全。"})
	for post, want := range map[string]bool{
		"转：１４时１０分许 城东区一商住楼起火 消防已到场！": true, "起火了，请注意安全。": false, "城东区一商住楼起火": false, "": false,
	} {
		if got := says(post); got != want {
			t.Errorf("%q quotes: %v", post, got)
		}
	}
}
