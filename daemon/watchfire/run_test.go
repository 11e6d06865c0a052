package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// oneTime finds the password of the first log-in in what run prints.
var oneTime = regexp.MustCompile(`(?m)^First log-in: user admin, one-time password ([a-z2-7]{4}(?:-[a-z2-7]{4}){3})$`)

// TestRun starts the real binary, looks at what it serves, logs in with the
// one-time password, and stops it while a page is being kept up to date.
func TestRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Now(), 1)
	p := w.launchBinary().await()
	for path, want := range map[string]string{
		"/healthz": `{"ok":true}`, "/readyz": `{"ok":true}`, "/metrics": "watchfire_outbox_waiting 0", "/login": "<form",
	} {
		if status, body := p.get(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d, want %q in it\n%s", path, status, want, body)
		}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	post := func(path string, form url.Values) int {
		resp, err := browser.PostForm("http://"+p.addr+path, form)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	first := p.password()
	if status := post("/login", url.Values{"user": {"admin"}, "password": {"wrong-wrong-wrong"}}); status != http.StatusUnauthorized {
		t.Errorf("a wrong password is answered with %d", status)
	}
	if status := post("/login", url.Values{"user": {"admin"}, "password": {first}}); status != http.StatusSeeOther {
		t.Errorf("the one-time password is answered with %d", status)
	}

	p.kill() // nobody has chosen a password yet
	p = w.launchBinary().await()
	if second := p.password(); second == first {
		t.Error("the one-time password is the same after a restart")
	} else if post("/login", url.Values{"user": {"admin"}, "password": {first}}) != http.StatusUnauthorized ||
		post("/login", url.Values{"user": {"admin"}, "password": {second}}) != http.StatusSeeOther {
		t.Error("the second one-time password does not stand in the place of the first")
	}
	const chosen = "烽火连三月，家书抵万金。"
	if status := post("/password", url.Values{"name": {"王值班"}, "old": {p.password()}, "new": {chosen}, "again": {chosen}}); status != http.StatusSeeOther {
		t.Errorf("a chosen password is answered with %d", status)
	}
	live, err := browser.Get("http://" + p.addr + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	if kind := live.Header.Get("Content-Type"); live.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Errorf("GET /live: %s, %s", live.Status, kind)
	}
	p.stop()
	if _, err := io.Copy(io.Discard, live.Body); err != nil {
		t.Errorf("the open page was cut off: %v", err)
	}

	p = w.launchBinary().await()
	p.stop()
	if strings.Contains(p.stdout.String(), "one-time") {
		t.Error("a one-time password is printed although somebody has chosen one")
	}
}

// TestReload holds that a running daemon takes a new configuration, and that a wrong
// one changes nothing and is told.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Now(), 1)
	text, err := os.ReadFile(w.config())
	if err != nil {
		t.Fatal(err)
	}
	again := func(p *process, text string) {
		t.Helper()
		if err := os.WriteFile(w.config(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	p := w.launchBinary().await()
	again(p, strings.Replace(string(text), "topics:", "topics:\n  - {id: bus, title: 公交, any: [公交]}", 1))
	p.await()
	if !strings.Contains(p.log.String(), `"topics":3`) {
		t.Errorf("the daemon does not run with three topics\n%s", p.log.String())
	}
	for name, wrong := range map[string]string{
		"unknown key":      string(text) + "colour: red\n",
		"pattern":          strings.Replace(string(text), "any: [自来水]", `patterns: ["(自来水{1,900}){1,900}"]`, 1),
		"missing folder":   string(text) + "playbooks: nowhere\n",
		"missing plan":     strings.Replace(string(text), "any: [自来水]", "playbook: nothing, any: [自来水]", 1),
		"missing model":    string(text) + "models: [nothing.model]\n",
		"matches anything": strings.Replace(string(text), "any: [自来水]", `patterns: [".*"]`, 1),
	} {
		before := strings.Count(p.log.String(), "reload refused")
		again(p, wrong)
		until(t, "the refusal of the "+name, func() bool { return strings.Count(p.log.String(), "reload refused") > before })
	}
	if status, body := p.get("/readyz"); status != http.StatusOK {
		t.Errorf("after the refusals /readyz answers %d: %s", status, body)
	}
	p.stop()
}

// password is the one-time password that the process printed before it ran.
func (p *process) password() string {
	p.t.Helper()
	until(p.t, "the one-time password", func() bool { return oneTime.MatchString(p.stdout.String()) })
	return oneTime.FindStringSubmatch(p.stdout.String())[1]
}

// unitArguments are those of the unit, with another configuration.
func unitArguments(t *testing.T, config string) []string {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join("..", "..", "systemd", "watchfire.service"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(unit), "\nExecStart=/usr/bin/watchfire ")
	line, _, found := strings.Cut(line, "\n")
	if !found || !strings.Contains(line, "/etc/watchfire/watchfire.yaml") {
		t.Fatalf("the unit starts %q", line)
	}
	return strings.Fields(strings.ReplaceAll(line, "/etc/watchfire/watchfire.yaml", config))
}

// TestNotify starts the real binary as the unit does and holds what systemd hears:
// ready, alive, and at the end that it stops.
func TestNotify(t *testing.T) {
	t.Parallel()
	w := newWorld(t, time.Now(), 1)
	path := filepath.Join(w.dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	cmd := exec.Command(binary(t), unitArguments(t, w.config())...)
	cmd.Env = append(cmd.Environ(), "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=60000")
	p := begin(t, cmd).await()
	if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	var heard []string
	buf := make([]byte, 500)
	for len(heard) == 0 || heard[len(heard)-1] != "STOPPING=1" {
		n, err := socket.Read(buf)
		if err != nil {
			t.Fatalf("after %q: %v", heard, err)
		}
		if heard = append(heard, string(buf[:n])); len(heard) == 4 {
			p.stop()
		}
	}
	for i, text := range heard {
		want := "WATCHDOG=1"
		switch i {
		case 0:
			want = "READY=1"
		case len(heard) - 1:
			want = "STOPPING=1"
		}
		if text != want {
			t.Errorf("message %d is %q, want %q", i+1, text, want)
		}
	}
}

// TestPortTaken holds that a second daemon says what is in its way and touches
// nothing.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "watchfire.yaml"), "listen: "+l.Addr().String()+"\n")
	got := command(t, dir, "", "run")
	if got.status != exitFailed || !strings.Contains(got.err, "end the program that listens there or change listen in ") {
		t.Errorf("status %d, %s", got.status, got.err)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "data*")); err != nil || len(found) != 0 {
		t.Errorf("left behind: %v, %v", found, err)
	}
}
