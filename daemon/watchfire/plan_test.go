package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchfire/playbooks"
)

// shippedPlan returns the text of a shipped plan under another version.
func shippedPlan(t *testing.T, id, version string) string {
	t.Helper()
	b, err := fs.ReadFile(playbooks.Builtin(), id+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(b), "version: 1.0.0", "version: "+version, 1)
}

func TestPlanLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, folder := range []string{"good", "bad"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	good := shippedPlan(t, "service-outage", "2.0.0")
	write(t, filepath.Join(dir, "good", "water.yaml"), good)
	write(t, filepath.Join(dir, "bad", "water.yaml"), strings.Replace(good, "role: publisher", "role: publicist", 1))
	write(t, filepath.Join(dir, "c.yaml"), "lang: zh\nplaybooks: good\ntopics:\n- {id: water, title: 供水, any: [供水], tags: [water]}\n- {id: parking, title: 停车, any: [停车]}\n")
	for args, want := range map[string]struct {
		status int
		out    string
	}{
		"plan lint":              {exitDone, "errors: 0, warnings: 0, "},
		"plan lint good":         {exitDone, "errors: 0, warnings: 0, "},
		"plan lint --all good":   {exitDone, "good/water.yaml:4: info: version: the plan does not say when it was last reviewed; add a line reviewed: "},
		"plan lint bad":          {exitFailed, `water.yaml:98: error: steps[8].role: "publicist" is not a role; write one of`},
		"plan lint -c c.yaml":    {exitDone, "warn: topics.parking: 议题「停车」没有专门的预案，只能用通用预案；给议题加"},
		"plan lint nowhere":      {exitUsage, ""},
		"plan lint -c none.yaml": {exitFailed, ""},
	} {
		if a := command(t, dir, "", strings.Fields(args)...); a.status != want.status || !strings.Contains(a.out, want.out) {
			t.Errorf("%s ends with %d and says\n%s%s\nwant %d and %s", args, a.status, a.out, a.err, want.status, want.out)
		}
	}
	var found []struct {
		Severity, File, Key string
		Line                int
		What                struct{ EN string }
	}
	a := command(t, dir, "", "plan", "lint", "--json", "bad")
	if err := json.Unmarshal([]byte(a.out), &found); err != nil || a.status != exitFailed {
		t.Fatalf("status %d, %v: %s", a.status, err, a.out)
	}
	errors := 0
	for _, f := range found {
		if f.Severity == "error" {
			errors++
			if f.Key != "steps[8].role" || f.Line != 98 || !strings.HasSuffix(f.File, "bad/water.yaml") || f.What.EN == "" {
				t.Errorf("found %+v", f)
			}
		}
	}
	if errors != 1 {
		t.Errorf("%d errors in %s", errors, a.out)
	}
}

// TestReloadKeepsGoodPlans holds that a running daemon goes on with the plans it has
// when one of the files is spoiled, says where, and takes them once it is mended.
func TestReloadKeepsGoodPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Now(), 1)
	text, err := os.ReadFile(w.config())
	if err != nil {
		t.Fatal(err)
	}
	plans := filepath.Join(filepath.Dir(w.config()), "plans")
	if err := os.Mkdir(plans, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(plans, "water.yaml")
	good := shippedPlan(t, "service-outage", "7.0.0")
	write(t, file, good)
	write(t, w.config(), string(text)+"playbooks: plans\n")
	p := w.launchBinary().await()
	reload := func() {
		t.Helper()
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	write(t, file, strings.Replace(good, "phase: verify", "phase: verfy", 1))
	reload()
	until(t, "the refusal", func() bool { return strings.Contains(p.log.String(), "reload refused") })
	if log := p.log.String(); !strings.Contains(log, "water.yaml:40:") || !strings.Contains(log, "did you mean verify?") {
		t.Errorf("the refusal does not say where and how to mend it:\n%s", log)
	}
	if status, body := p.get("/readyz"); status != http.StatusOK {
		t.Errorf("after the refusal /readyz answers %d: %s", status, body)
	}
	write(t, file, strings.Replace(good, "version: 7.0.0", "version: 7.0.1", 1))
	reload()
	p.await()
	p.stop()
}

// TestPlanDocuments walks a plan out into Word, back into a draft, and compares two
// versions, as an office would.
func TestPlanDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "plans"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := playbooks.SaveVersion(filepath.Join(dir, "plans"), "rumor", []byte(strings.Replace(shippedPlan(t, "rumor", "1.1.0"), "due_after: 15m", "due_after: 10m", 1))); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "c.yaml"), "org: 云川市\nplaybooks: plans\n")
	for _, c := range []struct {
		args   string
		status int
		want   string // on standard output, or on standard error when the status is not 0
	}{
		{"plan diff rumor@1.0.0 rumor -c c.yaml", exitDone, "步骤rum-01「一条说法一张卡」的时限由「15分」改为「10分」"},
		{"plan diff rumor@1.0.0 rumor --folder plans --lang en --text", exitDone, "+    due_after: 10m\n"},
		{"plan diff rumor rumor --json", exitDone, "[]"},
		{"plan diff rumor@9.0.0 rumor --folder plans", exitFailed, "read plan rumor 9.0.0"},
		{"plan diff nowhere.yaml rumor", exitFailed, "nowhere.yaml"},
		{"plan export rumor -c c.yaml", exitDone, "rumor.docx"},
		{"plan export rumor -c c.yaml", exitFailed, "rumor.docx exists already"},
		{"plan export rumor --format md -o r.md", exitDone, "r.md"},
		{"plan export rumour", exitUsage, `there is no plan "rumour"; the plans are comment-pileup, `},
		{"plan import rumor.docx", exitDone, "not placed: "},
		{"plan import r.md -o second.yaml", exitDone, "second.yaml"},
		{"plan import c.yaml -o third.yaml", exitUsage, "neither .docx nor .md"},
	} {
		a := command(t, dir, "", strings.Fields(c.args)...)
		said := a.out
		if c.status != exitDone {
			said = a.err
		}
		if a.status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%s ends with %d and says\n%s%s\nwant %d and %s", c.args, a.status, a.out, a.err, c.status, c.want)
		}
	}
	draft, err := os.ReadFile(filepath.Join(dir, "draft.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(draft), "\n  - id: rum-"); n != 13 || !strings.Contains(string(draft), "due_after: 10m") {
		t.Errorf("the draft has %d steps", n)
	}
}
