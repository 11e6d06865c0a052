package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// hostileText is something that strangers may write.
type hostileText struct{ name, text string }

// hostiles reads what strangers may write.
func hostiles(t *testing.T) []hostileText {
	t.Helper()
	b, err := os.ReadFile("../../crisis/testdata/hostile.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []hostileText
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || name == "#" {
			continue
		}
		quoted, err := strconv.QuotedPrefix(strings.TrimSpace(rest))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := strings.TrimSpace(strings.TrimSpace(rest)[len(quoted):]); n != "" {
			times, err := strconv.Atoi(n)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			text = strings.Repeat(text, times)
		}
		out = append(out, hostileText{name, text})
	}
	return out
}

// siege is a daemon into which hostile texts were put everywhere: one topic, one source and
// one incident for each of them.
type siege struct {
	t       *testing.T
	dir     string
	texts   []hostileText
	d       *daemon.Daemon
	cfg     *daemon.Config
	clock   *town.Clock
	server  *httptest.Server
	browser *http.Client
	ids     []string // of the incidents
	key     crisis.PostKey
}

// siegeNight is when it happens.
var siegeNight = time.Date(2026, 3, 12, 3, 10, 0, 0, time.FixedZone("", 8*3600))

func newSiege(t *testing.T) *siege {
	t.Helper()
	s := &siege{t: t, dir: t.TempDir(), texts: hostiles(t), clock: town.NewClock(siegeNight, 1e-6)}
	s.configure()
	var err error
	s.d, err = daemon.New(t.Context(), s.cfg, zap.NewNop(), daemon.WithClock(s.clock))
	s.must(err)
	t.Cleanup(s.close)
	s.posts()
	s.incidents()
	s.server = httptest.NewServer(s.d.Handler())
	t.Cleanup(s.server.Close)
	s.logIn()
	return s
}

func (s *siege) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *siege) close() {
	if err := s.d.Close(); err != nil {
		s.t.Error(err)
	}
}

// configure writes a configuration, and puts into it what no file could hold.
func (s *siege) configure() {
	var b strings.Builder
	b.WriteString("data: data\nlisten: 127.0.0.1:0\ntopics:\n")
	for i := range s.texts {
		fmt.Fprintf(&b, "  - {id: t%d, title: T, any: [词%d词]}\n", i, i)
	}
	b.WriteString("sources:\n")
	for i := range s.texts {
		fmt.Fprintf(&b, "  - {name: s%d, push: {secret: %s, tolerance: 1h}}\n", i, pushSecret)
	}
	b.WriteString("channels:\n  - {name: paper, log: {file: alerts.log}}\n")
	path := filepath.Join(s.dir, "watchfire.yaml")
	write(s.t, path, b.String())
	var err error
	s.cfg, err = daemon.LoadConfig(path)
	s.must(err)
	s.cfg.Org = "\u202e<script>alert(7)</script>云川"
	for i, x := range s.texts {
		s.cfg.Topics[i].Title, s.cfg.Sources[i].Title = x.text[:min(len(x.text), 4000)], x.text[:min(len(x.text), 4000)]
		if len(x.text) < 1000 { // who configures writes no words of a megabyte
			s.cfg.Topics[i].Not = []string{"不" + x.text}
		}
	}
}

// posts has every source deliver posts with its text in every field.
func (s *siege) posts() {
	for i, x := range s.texts {
		h := crawlers.Harvest{Class: crisis.ClassOK, Detail: x.text}
		for n := range 3 {
			p := crisis.Post{
				Source: s.cfg.Sources[i].Name, ID: x.name + strconv.Itoa(n), URL: x.text, Title: x.text, Text: fmt.Sprintf("词%d词 救命 %s", i, x.text),
				Author: strconv.Itoa(n), Published: siegeNight.Add(-time.Minute), Precision: crisis.PrecisionSecond, Place: x.text,
			}
			h.Posts, s.key = append(h.Posts, p), p.Key()
		}
		s.must(s.d.Receive(s.t.Context(), &s.cfg.Sources[i], h))
	}
}

// incidents opens one for each text, with the text in all that detectors, plans, people
// and receivers say.
func (s *siege) incidents() {
	at := siegeNight.Add(-40 * time.Minute)
	for i, x := range s.texts {
		said, event := x.text[:min(len(x.text), 4000)], crisis.NewEvent // what people and plans say is bounded where they write it
		signal := crisis.Signal{
			Detector: "surge", Topic: "t" + strconv.Itoa(i), Tier: crisis.TierAlert, Level: crisis.LevelII, At: at, Since: at, Window: time.Hour, Observed: 40, Expected: 1, High: 4,
			Posts: 40, Voices: 40, Coverage: 1, Sources: []string{said}, Phrases: []string{said}, System: said, Says: said,
			Evidence: []crisis.Evidence{{Key: s.key, Source: said, URL: said, Quote: said, Published: at, Mood: crisis.Negative}},
		}
		plan := crisis.Plan{ID: "p", Version: said, Title: said, TitleEN: said, Why: []string{said}, Statements: map[string]string{"first": said}, Steps: []crisis.Step{{
			ID: "one", Phase: said, Title: said, TitleEN: said, Text: said, RoleName: said, Due: crisis.ByLevel{0: {Time: time.Minute}}, Ask: said, Template: "first",
			RedLines: []crisis.RedLine{{ID: "r", What: said, WhatEN: said, Limit: time.Hour, Source: said, Checked: said}},
		}}, Closing: crisis.Closing{Human: []string{said}}}
		s.must(s.d.Store().Update(s.t.Context(), func(tx *store.Tx) error {
			id, err := tx.NewIncidentID("20260312")
			if err != nil {
				return err
			}
			s.ids = append(s.ids, id)
			alert := store.Outgoing{ID: id + ".1.opened.paper", Incident: id, Channel: "paper", Due: at, Alert: crisis.Alert{Kind: crisis.AlertOpened, Incident: id, Title: said}}
			_, err = tx.Append(id, siegeNight,
				event(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: signal.Topic, Title: said, Signal: signal}),
				event(crisis.EventLevel, at, said, crisis.LevelChange{Event: crisis.LevelIII, Opinion: crisis.LevelII, Reason: said, ReasonEN: said}),
				event(crisis.EventPlanned, at, crisis.Machine, plan),
				event(crisis.EventAcknowledged, at, said, crisis.Remark{Text: said}),
				event(crisis.EventStepDone, at, said, crisis.Tick{Plan: "p", Step: "one", Note: said, Link: said}),
				event(crisis.EventNote, at, said, crisis.Remark{Text: said, Link: said}),
				event(crisis.EventBlind, at, crisis.Machine, crisis.Remark{Text: said}),
				event(crisis.EventAlertRefused, at, crisis.Machine, crisis.Delivery{Kind: crisis.AlertOpened, Channel: said, Detail: said}))
			return errors.Join(err, tx.Enqueue(alert), tx.Sending(alert.ID, at), tx.Refused(alert.ID, at, said, said))
		}))
	}
}

// logIn opens the console as its administrator.
func (s *siege) logIn() {
	s.t.Helper()
	first, err := s.d.FirstPassword(context.Background())
	s.must(err)
	jar, err := cookiejar.New(nil)
	s.must(err)
	s.browser = &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	const chosen = "a hostile night at the console"
	s.form("/login", 200, "user", console.Admin, "password", first)
	s.form("/password", 200, "old", first, "new", chosen, "again", chosen)
}

// form sends a form and returns the status; want 0 is any below 500.
func (s *siege) form(path string, want int, pairs ...string) int {
	s.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	browser := *s.browser
	if want == 0 { // where it leads is visited later
		browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	r, err := browser.PostForm(s.server.URL+path, v)
	s.must(err)
	body, err := io.ReadAll(r.Body)
	s.must(errors.Join(err, r.Body.Close()))
	if want > 0 && r.StatusCode != want || r.StatusCode >= 500 {
		s.t.Errorf("POST %s %.200q: status %d, want %d\n%.600s", path, v, r.StatusCode, want, body)
	}
	checkAnswer(s.t, "POST "+path, r.Header.Get("Content-Type"), body)
	return r.StatusCode
}

// write has people write the texts into every form that takes words.
func (s *siege) write() (taken int) {
	for i, x := range s.texts {
		here := "/incidents/" + s.ids[i]
		forms := [][]string{
			{here, "do", "note", "note", x.text, "link", x.text},
			{here, "do", "note", "note", x.text},
			{here, "do", "tick", "plan", "p", "step", "one", "times", "1", "note", x.text},
			{here, "do", "level", "event", "II", "opinion", "II", "note", x.text},
			{here, "do", "assign", "target", "p/one", "person", x.text},
			{here, "do", "halt", "target", "", "note", x.text},
			{here, "do", "recuse", "person", x.text, "note", x.text},
			{here, "do", "verdict", "verdict", "real", "note", x.text},
			{here + "/statements", "do", "draft", "kind", "first_statement", "text", x.text},
			{here + "/statements", "do", "promise", "note", x.text, "at", "2026-03-12T16:00"},
			{here + "/review", "do", "finding", "kind", "gap", "text", x.text},
			{here + "/review", "do", "action", "text", x.text, "owner", x.text, "due", "2026-04-01", "check", x.text},
			{"/calendar", "do", "plan", "title", x.text, "from", "2026-03-12T09:00", "to", "2026-03-13T18:00", "bar", "1.5"},
			{"/deliveries", "do", "silence", "incident", s.ids[i], "hours", "2", "reason", x.text},
			{"/requests/" + strconv.FormatInt(int64(s.key), 10), "do", "note", "note", x.text},
			{"/settings/people", "do", "add", "name", x.text, "role", "viewer"},
			{"/settings/tokens", "do", "add", "name", x.text, "role", "viewer", "days", "7"},
			{"/handover", "incident", s.ids[i], "person", x.text, "note", x.text},
		}
		for _, f := range forms {
			if s.form(f[0], 0, f[1:]...) < 400 {
				taken++
			}
		}
		s.get(here+"?q="+url.QueryEscape(inAddress(x.text)), 0)
		s.get("/posts?q="+url.QueryEscape(inAddress(x.text))+"&from="+url.QueryEscape(inAddress(x.text)), 0)
		s.get("/topics/t"+strconv.Itoa(i)+"?text="+url.QueryEscape(inAddress(x.text)), 0)
		s.get("/login?next="+url.QueryEscape(inAddress(x.text))+"&said="+url.QueryEscape(inAddress(x.text)), 0)
	}
	return taken
}

// inAddress is what of a text goes into an address.
func inAddress(s string) string { return s[:min(len(s), 500)] }

// get visits a page, whose status is want; 0 is any below 500.
func (s *siege) get(path string, want int) string {
	s.t.Helper()
	r, err := s.browser.Get(s.server.URL + path)
	s.must(err)
	body, err := io.ReadAll(r.Body)
	s.must(errors.Join(err, r.Body.Close()))
	if want > 0 && r.StatusCode != want || r.StatusCode >= 500 {
		s.t.Errorf("GET %s: status %d, want %d\n%.600s", path, r.StatusCode, want, body)
	}
	checkAnswer(s.t, path, r.Header.Get("Content-Type"), body)
	return string(body)
}

// unvisited are the routes that are no page to read: a stream without an end, the way to
// an issuer that there is not, and what is anything else.
var unvisited = []string{"GET /live", "GET /login/oidc", "GET /login/oidc/back", "GET /tap/{token}"}

// paths are the addresses of a route, for every incident, topic and source.
func (s *siege) paths(pattern string) []string {
	_, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	files := []string{""}
	if strings.Contains(path, "/incidents/{id}/{file}") {
		files = []string{"report.html", "report.md", "report.docx", "report.json", "report.html?kind=flash", "report.md?kind=flash"}
	}
	var out []string
	for i := range s.texts {
		for _, file := range files {
			p := strings.Replace(path, "/incidents/{id}", "/incidents/"+s.ids[i], 1)
			p = strings.Replace(p, "/topics/{id}", "/topics/t"+strconv.Itoa(i), 1)
			p = strings.Replace(p, "/topics/{topic}", "/topics/t"+strconv.Itoa(i), 1)
			p = strings.Replace(p, "/playbooks/{id}", "/playbooks/service-outage", 1)
			p = strings.Replace(p, "/sources/{name}", "/sources/s"+strconv.Itoa(i), 1)
			p = strings.Replace(p, "/assets/{name}", "/assets/style.css", 1)
			p = strings.Replace(p, "/insight/{file}", "/insight/concerns.csv", 1)
			p = strings.Replace(p, "{file}", file, 1)
			p = strings.Replace(p, "{sid}", "s1", 1)
			p = strings.Replace(p, "{key}", strconv.FormatInt(int64(s.key), 10), 1)
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// TestHostile puts hostile texts everywhere and looks at everything that shows them: every
// page, file and answer of the console, the alert on paper, and what commands print.
func TestHostile(t *testing.T) {
	if underRace {
		t.Skip("visits thousands of pages; make town does without the race detector")
	}
	t.Parallel()
	s := newSiege(t)
	if taken := s.write(); taken < 5*len(s.texts) {
		t.Errorf("%d of the forms were taken; the test tests nothing", taken)
	}
	s.must(s.d.Tick(t.Context(), s.clock.Now()))
	visited := 0
	for _, route := range console.Routes() {
		if slices.Contains(unvisited, route) || !strings.HasPrefix(route, "GET /") {
			continue
		}
		for _, path := range s.paths(route) {
			if strings.Contains(path, "{") {
				t.Fatalf("%s: say in paths what stands in the place of the variable", route)
			}
			langs := []string{"zh", "en"}
			if strings.Contains(path, "/api/") || strings.Contains(path, ".csv") || strings.Contains(path, ".png") {
				langs = langs[:1] // programs read it
			}
			for _, lang := range langs {
				mark := "?"
				if strings.Contains(path, "?") {
					mark = "&"
				}
				s.get(path+mark+"lang="+lang, 0)
				visited++
			}
		}
	}
	if visited < 500 {
		t.Errorf("only %d pages were visited", visited)
	}
	s.mustShow("/incidents/"+s.ids[0], "alert(1)")
	s.mustShow("/posts", "onmouseover")
	_, err := s.d.Deliver(t.Context(), &s.cfg.Channels[0])
	s.must(err)
	s.commands()
}

// mustShow fails when a page does not show what it is to show harmlessly.
func (s *siege) mustShow(path, text string) {
	s.t.Helper()
	if page := s.get(path, 200); !strings.Contains(page, text) {
		s.t.Errorf("%s does not show %q: the test tests nothing", path, text)
	}
}

// commands looks at what the commands print that read the store or foreign text.
func (s *siege) commands() {
	var lines strings.Builder
	for i, x := range s.texts {
		fmt.Fprintf(&lines, "词%d词 %s\n", i, strings.ReplaceAll(x.text, "\n", " "))
	}
	data := []string{"--data", filepath.Join(s.dir, "data")}
	for _, args := range [][]string{
		{"read"},
		{"read", "--json"},
		{"read", "--why", "-c", "watchfire.yaml", "--topic", "t0"},
		{"read", "--why", "--json", "-c", "watchfire.yaml", "--topic", "t0"},
		{"ledger"},
		{"ledger", "--json"},
		{"ledger", "--resend", "\x1b[2J\u202e"},
		append([]string{"report", "--list"}, data...), append([]string{"report", "--list", "--json"}, data...),
		append([]string{"report", s.ids[0], "--format", "md"}, data...), append([]string{"report", "\x1b[2J\u202e"}, data...), append([]string{"verify"}, data...),
		{"verify", "--data", "\x1b[2J"},
	} {
		got := command(s.t, s.dir, lines.String(), args...)
		where := strings.Join(args[:min(len(args), 3)], " ")
		for _, out := range []string{got.out, got.err} {
			if r := firstUnseen(out); r >= 0 {
				s.t.Errorf("%q prints %U", where, r)
			}
			if slices.Contains(args, "--json") {
				for line := range strings.Lines(got.out) {
					if !json.Valid([]byte(line)) {
						s.t.Errorf("%q prints what is no JSON: %.100q", where, line)
					}
				}
			}
		}
		if got.out+got.err == "" {
			s.t.Errorf("%q prints nothing", where)
		}
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "alerts.log"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	if r := firstUnseen(string(b)); r >= 0 {
		s.t.Errorf("the alert on paper has %U", r)
	}
}

var markdownLink = regexp.MustCompile(`(^|[^\\])(!?\[[^\]]*\]\(|\[[^\]]*\]\[|<https?:|<[a-z/!])`)
