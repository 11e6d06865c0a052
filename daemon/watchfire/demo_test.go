package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// build makes the real binary, once per test that starts it.
func build(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the real binary")
	}
	path := filepath.Join(t.TempDir(), "watchfire")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// performance is a running demo.
type performance struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	seen  strings.Builder
}

// perform starts a demo with its temporary folders below temp.
func perform(ctx context.Context, t *testing.T, binary, temp string, args ...string) *performance {
	t.Helper()
	p := &performance{t: t, cmd: exec.CommandContext(ctx, binary, append([]string{"demo", "--listen", "127.0.0.1:0"}, args...)...), lines: make(chan string)}
	p.cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.cmd.Stdout
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.lines <- scan.Text()
		}
	}()
	return p
}

// until reads what the demo prints up to a line that matches, and returns what
// the first group of pattern found there.
func (p *performance) until(pattern string) string {
	p.t.Helper()
	want := regexp.MustCompile(pattern)
	for line := range p.lines {
		p.seen.WriteString(line + "\n")
		if m := want.FindStringSubmatch(line); m != nil {
			return m[len(m)-1]
		}
	}
	p.t.Fatalf("the demo ended before it printed %s:\n%s", pattern, p.seen.String())
	return ""
}

// end interrupts the demo as Ctrl-C does and wants it to end well.
func (p *performance) end() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	for line := range p.lines {
		p.seen.WriteString(line + "\n")
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("after Ctrl-C: %v\n%s", err, p.seen.String())
	}
}

// press sends a form as a browser does from a page of origin.
func press(ctx context.Context, t *testing.T, page, origin string, form url.Values) int {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, page, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", map[bool]string{true: "same-origin", false: "cross-site"}[strings.HasPrefix(page, origin)])
	return status(t, r)
}

func status(t *testing.T, r *http.Request) int {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}

func read(ctx context.Context, t *testing.T, page string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", page, answer.Status, err)
	}
	return string(b)
}

// hidden returns the value of the first hidden field of that name after the text
// mark in a page.
func hidden(t *testing.T, page, mark, name string) string {
	t.Helper()
	_, after, _ := strings.Cut(page, mark)
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(after)
	if m == nil {
		t.Fatalf("the page has no field %s after %s", name, mark)
	}
	return m[1]
}

// TestDemo does what a newcomer does: starts the demo, reads the alert, ticks a step
// at the printed address, ends with Ctrl-C, and goes on from the same folder.
func TestDemo(t *testing.T) {
	binary, temp, data := build(t), t.TempDir(), filepath.Join(t.TempDir(), "town")
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	p := perform(ctx, t, binary, temp, "--data", data, "--days", "4")
	p.until(`自来水水质，新事件`)
	p.until(`现在做`)
	incident := p.until(`(http://[0-9.:]+/incidents/\S+)`)
	base, _, _ := strings.Cut(incident, "/incidents/")

	page := read(ctx, t, incident)
	tick := url.Values{"do": {"tick"}, "note": {"已核实"}}
	for _, name := range []string{"plan", "step", "times"} {
		tick.Set(name, hidden(t, page, `value="tick"`, name))
	}
	if got := press(ctx, t, incident, "http://evil.example", tick); got != http.StatusForbidden {
		t.Errorf("a form from another site: status %d, want 403", got)
	}
	if got := press(ctx, t, incident, base, tick); got != http.StatusOK { // after the redirect to the page
		t.Errorf("tick: status %d", got)
	}
	progress := regexp.MustCompile(`value="undo"`)
	if !progress.MatchString(read(ctx, t, incident)) {
		t.Error("the ticked step is not shown as done")
	}
	p.end()

	p = perform(ctx, t, binary, temp, "--data", data, "--lang", "en")
	again := p.until(`still open: http://[0-9.:]+(/incidents/\S+)`)
	if !strings.HasSuffix(incident, again) {
		t.Errorf("resumed with %s, left %s open", again, incident)
	}
	p.until(`Ctrl-C`)
	p.end()
	if left, err := filepath.Glob(filepath.Join(temp, "watchfire-demo-*")); err != nil || len(left) > 0 {
		t.Errorf("with --data, temporary folders %v, %v", left, err)
	}
}

// TestDemoStopped holds that a demo that is stopped while it learns ends well and
// leaves nothing.
func TestDemoStopped(t *testing.T) {
	binary, temp := build(t), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p := perform(ctx, t, binary, temp, "--days", "20")
	p.until(`先学它过去 20 天`)
	p.end()
	if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// TestDemoRefuses holds that the demo says what is wrong with how it was called.
func TestDemoRefuses(t *testing.T) {
	for name, args := range map[string][]string{
		"open to the network": {"demo", "--listen", "0.0.0.0:8790"}, "no port": {"demo", "--listen", "localhost"},
		"too few days": {"demo", "--days", "1"}, "too fast": {"demo", "--speed", "1e9"}, "backwards": {"demo", "--slow", "0"},
	} {
		if got := start(t.Context(), args); got != exitUsage {
			t.Errorf("%s: exit status %d, want %d", name, got, exitUsage)
		}
	}
}

// TestDemoFolder holds that the demo leaves the database of somebody else alone.
func TestDemoFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "watchfire.db"), []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := start(t.Context(), []string{"demo", "--data", dir, "--listen", "127.0.0.1:0"}); got != exitFailed {
		t.Errorf("exit status %d, want %d", got, exitFailed)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "watchfire.db")); err != nil || string(b) != "not ours" {
		t.Errorf("the file now holds %q, %v", b, err)
	}
}
