package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
	"watchfire/detectors/reading"
)

// answer is what a command of the real binary said and how it ended.
type answer struct {
	out, err string
	status   int
}

// command runs the real binary in dir to its end.
func command(t *testing.T, dir, stdin string, args ...string) answer {
	t.Helper()
	cmd := exec.Command(binary(t), args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return answer{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestStatus holds the exit statuses and what a person is told.
func TestStatus(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty.yaml"), "")
	write(t, filepath.Join(dir, "bad.yaml"), "org: x\nzoen: Asia/Shanghai\n")
	write(t, filepath.Join(dir, "taken.yaml"), "org: x\n")
	write(t, filepath.Join(dir, "plan.yaml"), "topics: [{id: water, any: [水], playbook: nope}]\n")
	write(t, filepath.Join(dir, "posts.jsonl"), `{"id":"1","source":"s","published":"2026-03-16T08:00:00+08:00","text":"水","topic":"water"}`+"\n\n{broken\n")
	write(t, filepath.Join(dir, "none.jsonl"), "")
	for _, c := range []struct {
		args   string
		status int
		want   string // on standard output, or on standard error when the status is not 0
	}{
		{"", exitUsage, "Usage: watchfire <command>"},
		{"bogus", exitUsage, "unexpected argument bogus\nTry: watchfire --help"},
		{"version", exitDone, "watchfire "},
		{"version extra", exitUsage, "Try: watchfire version --help"},
		{"--log-level loud version", exitUsage, "--log-level must be one of"},
		{"kinds", exitDone, "## source: feed"},
		{"kinds --bogus", exitUsage, "unknown flag --bogus\nTry: watchfire kinds --help"},
		{"init new.yaml", exitDone, "watchfire check -c "},
		{"init taken.yaml", exitFailed, "taken.yaml exists already; name another file or move it away"},
		{"init nowhere/new.yaml", exitFailed, "no such file or directory"},
		{"init a b", exitUsage, "unexpected argument b"},
		{"check", exitFailed, "watchfire.yaml: no such file or directory; name the file with -c, or let `watchfire init` write one"},
		{"check -c empty.yaml", exitDone, "0 sources, 0 topics, 0 channels"},
		{"check -c bad.yaml", exitFailed, `bad.yaml:2: unknown key "zoen", did you mean "zone"; the keys are `},
		{"check -c plan.yaml", exitFailed, "1 of 3 checks failed"},
		{"check --send=maybe", exitUsage, "Try: watchfire check --help"},
		{"run -c bad.yaml", exitFailed, "bad.yaml:2: unknown key"},
		{"run extra", exitUsage, "Try: watchfire run --help"},
		{"replay", exitUsage, "Try: watchfire replay --help"},
		{"replay none.jsonl", exitDone, ""},
		{"replay nowhere.jsonl", exitFailed, "nowhere.jsonl: no such file or directory"},
		{"replay posts.jsonl", exitFailed, "posts.jsonl:3: not a post"},
		{"read -c bad.yaml", exitFailed, "bad.yaml:2: unknown key"},
		{"read --why", exitUsage, "--why needs topics: name a configuration that has some with -c"},
		{"read --topic water", exitUsage, "--topic goes with --why"},
		{"read --why --topic fire -c plan.yaml", exitUsage, "--topic fire: there is no such topic; the topics are "},
		{"read extra", exitUsage, "Try: watchfire read --help"},
		{"verify --data nowhere", exitFailed, "name its folder with --data"},
		{"verify extra", exitUsage, "Try: watchfire verify --help"},
		{"demo --days 1", exitUsage, "--days 1: write a number from 2 to 60"},
		{"demo --listen 0.0.0.0:1", exitUsage, "loopback only"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got := command(t, dir, "", strings.Fields(c.args)...)
			text := got.out
			if c.status != exitDone {
				text = got.err
			}
			if got.status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("status %d, want %d and %q\n%s%s", got.status, c.status, c.want, got.out, got.err)
			}
		})
	}
	if b, err := os.ReadFile(filepath.Join(dir, "taken.yaml")); err != nil || string(b) != "org: x\n" {
		t.Errorf("init touched a file that was there: %q, %v", b, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "new.yaml")); err != nil || string(b) != daemon.Sample {
		t.Errorf("init wrote something else than the sample: %v", err)
	}
}

// TestHelp holds that every command explains itself.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run", "demo", "init", "check", "replay", "read", "kinds", "verify", "version"} {
		got := command(t, t.TempDir(), "", name, "--help")
		if got.status != exitDone || got.err != "" || !strings.HasPrefix(got.out, "Usage: watchfire "+name) {
			t.Errorf("%s --help: status %d\n%s%s", name, got.status, got.out, got.err)
		}
		for line := range strings.Lines(got.out) {
			if len([]rune(line)) > 81 {
				t.Errorf("%s --help: too wide for a terminal: %s", name, line)
			}
		}
	}
}

// TestJSON holds that what prints data prints JSON when asked.
func TestJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "empty.yaml"), "")
	write(t, filepath.Join(dir, "bad.yaml"), "zoen: x")
	for args, ok := range map[string]bool{
		"version --json": true, "kinds --json": true, "check --json -c empty.yaml": true, "check --json -c bad.yaml": false,
	} {
		got := command(t, dir, "", strings.Fields(args)...)
		if !json.Valid([]byte(got.out)) || (got.status == exitDone) != ok {
			t.Errorf("%s: status %d\n%s%s", args, got.status, got.out, got.err)
		}
	}
	var version daemon.Version
	if err := json.Unmarshal([]byte(command(t, dir, "", "version", "--json").out), &version); err != nil || version.Release == "" || version.Go == "" {
		t.Errorf("version: %+v, %v", version, err)
	}
}

// TestKinds holds the printed reference to the documentation.
func TestKinds(t *testing.T) {
	t.Parallel()
	docs, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	if got := command(t, t.TempDir(), "", "kinds"); !strings.HasSuffix(string(docs), "\n\n"+got.out) || got.out == "" {
		t.Error("docs/configuration.md does not end with what watchfire kinds prints")
	}
}

// TestRead holds the form of what read prints, a line for a line.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "c.yaml"), "topics: [{id: water, any: [自来水]}]\n")
	in := []string{"自来水有异味，太臭了", "", "<b>hello & goodbye</b>", "\t", strings.Repeat("长", 100_000), "no newline at the end"}
	got := command(t, dir, strings.Join(in, "\n"), "read", "--json", "-c", "c.yaml")
	lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
	if got.status != exitDone || len(lines) != len(in) {
		t.Fatalf("status %d, %d lines for %d\n%s", got.status, len(lines), len(in), got.err)
	}
	for i, line := range lines {
		var keys map[string]json.RawMessage
		var r crisis.Reading
		if err := errors.Join(json.Unmarshal([]byte(line), &keys), json.Unmarshal([]byte(line), &r)); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if names := slices.Sorted(maps.Keys(keys)); !slices.Equal(names, []string{"emotion", "harm", "lang", "mood", "p", "topics", "words"}) {
			t.Errorf("line %d has the keys %v", i+1, names)
		}
		if r.Words == nil || r.Topics == nil || math.Abs(r.Odds.Negative+r.Odds.Neutral+r.Odds.Positive-1) > 1e-9 {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if !strings.HasPrefix(lines[0], `{"lang":"zh","words":["自来水",`) || !strings.Contains(lines[0], `"topics":["water"],"mood":"negative"`) {
		t.Errorf("the first line is read as %s", lines[0])
	}
}

// TestReadWhy asks why texts match topics and why not, in words and as JSON.
func TestReadWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "c.yaml"), "topics:\n  - {id: water, any: [自来水], must: [[异味, 臭]], not: [净水器]}\n  - {id: bus, any: [公交]}\n")
	in := "自来水有异味，太臭了\n自来水有异味，快买净水器\n"
	got := command(t, dir, in, "read", "--why", "-c", "c.yaml")
	for _, want := range []string{
		"\n  + water (any) matches: 自来水, 异味\n", "\n      any 自来水 at 0: [自来水]有异味",
		"\n  - bus (any) does not match: none of 公交 occurs\n", "\n  - water (not) does not match: 净水器 excludes it\n",
	} {
		if got.status != exitDone || !strings.Contains(got.out, want) {
			t.Errorf("status %d, want %q in\n%s%s", got.status, want, got.out, got.err)
		}
	}
	got = command(t, dir, in, "read", "--why", "--topic", "water", "--json", "-c", "c.yaml")
	var matches []bool
	for line := range strings.Lines(got.out) {
		var r struct {
			crisis.Reading
			Why []reading.Explanation `json:"why"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || len(r.Why) != 1 || r.Why[0].Topic != "water" || r.Lang != "zh" {
			t.Fatalf("%v\n%s", err, line)
		}
		matches = append(matches, r.Why[0].Matches)
	}
	if !slices.Equal(matches, []bool{true, false}) {
		t.Errorf("matches %v\n%s%s", matches, got.out, got.err)
	}
}

// TestReplay replays three days of the town: plain, packed and in two files in the
// wrong order it gives the same lines, byte for byte, in order of time.
func TestReplay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	zone := time.FixedZone("CST", 8*3600)
	begin := time.Date(2026, 3, 2, 0, 0, 0, 0, zone)
	city := town.New(1, begin, zone, 3)
	config, err := json.Marshal(map[string]any{"topics": town.Topics()})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "c.yaml"), string(config))
	var all, packed, early, late bytes.Buffer
	noon := begin.Add(36 * time.Hour)
	z := gzip.NewWriter(&packed)
	err = errors.Join(city.WriteJSONL(&all, begin, begin.Add(72*time.Hour)), city.WriteJSONL(&early, begin, noon), city.WriteJSONL(&late, noon, begin.Add(72*time.Hour)))
	if _, e := z.Write(all.Bytes()); errors.Join(err, e, z.Close()) != nil {
		t.Fatal(errors.Join(err, e))
	}
	for name, b := range map[string]*bytes.Buffer{"all.jsonl": &all, "all.jsonl.gz": &packed, "early.jsonl": &early, "late.jsonl": &late} {
		write(t, filepath.Join(dir, name), b.String())
	}
	replay := func(files ...string) string {
		got := command(t, dir, "", append([]string{"replay", "--json", "-c", "c.yaml"}, files...)...)
		if got.status != exitDone || got.err != "" {
			t.Fatalf("replay %v: status %d\n%s", files, got.status, got.err)
		}
		return got.out
	}
	want := replay("all.jsonl")
	for _, files := range [][]string{{"all.jsonl"}, {"all.jsonl.gz"}, {"late.jsonl", "early.jsonl"}} {
		if got := replay(files...); got != want {
			t.Errorf("replay %v gives\n%s\nwant\n%s", files, got, want)
		}
	}
	if !strings.Contains(want, `"kind":"incident_opened","topic":"tap-water"`) {
		t.Errorf("the crisis of the town was not noticed:\n%s", want)
	}
	var last time.Time
	for line := range strings.Lines(want) {
		var o struct {
			At   time.Time
			Kind string
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil || o.At.Before(last) || o.Kind == "" {
			t.Errorf("after %s: %v in %s", last, err, line)
		}
		last = o.At
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.gz"), packed.Bytes()[:packed.Len()/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if got := command(t, dir, "", "replay", "cut.gz"); got.status != exitFailed || !strings.Contains(got.err, "cut.gz:") {
		t.Errorf("a file that is cut: status %d, %s", got.status, got.err)
	}
}

// TestVerify holds that a changed event, and a missing one, are found.
func TestVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "watchfire.db")
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Append("20260316-01", eight,
			crisis.NewEvent(crisis.EventDetected, eight, crisis.Machine, crisis.Detected{Topic: "water", Title: "水"}),
			crisis.NewEvent(crisis.EventNote, eight, "王值班", crisis.Remark{Text: "已到现场"}))
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if got := command(t, dir, "", "verify", "--data", dir); got.status != exitDone || !strings.Contains(got.out, "unbroken") {
		t.Fatalf("a sound store: status %d, %s%s", got.status, got.out, got.err)
	}
	for _, c := range []struct{ tamper, want string }{
		{"DROP TRIGGER events_no_update; UPDATE events SET actor = '李主任' WHERE seq = 2", "event 2 (note): content was changed after recording"},
		{"DROP TRIGGER events_no_delete; DELETE FROM events WHERE seq = 2", "1 events, but 2 were recorded: the last ones are missing"},
		{"DELETE FROM incidents", "incident 20260316-01: has events and is missing"},
	} {
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec(c.tamper)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		got := command(t, dir, "", "verify", "--data", dir)
		asJSON := command(t, dir, "", "verify", "--json", "--data", dir)
		if got.status != exitFailed || !strings.Contains(got.err, c.want) || asJSON.status != exitFailed || !strings.Contains(asJSON.out, `"ok":false`) {
			t.Errorf("%s: status %d, %s%s, want %q; %s", c.tamper, got.status, got.out, got.err, c.want, asJSON.out)
		}
	}
}

// TestProgress holds that progress is shown now and then, and cleared away.
func TestProgress(t *testing.T) {
	var b strings.Builder
	now := eight
	p := progress{w: &b, now: func() time.Time { return now }}
	p.clear()
	for done := range 3 {
		p.show(done, 4)
		now = now.Add(150 * time.Millisecond)
	}
	p.clear()
	p.clear()
	if want := "\r\x1b[K  0 %  0 of 4 posts\r\x1b[K 50 %  2 of 4 posts\r\x1b[K"; b.String() != want {
		t.Errorf("shown %q, want %q", b.String(), want)
	}
}
