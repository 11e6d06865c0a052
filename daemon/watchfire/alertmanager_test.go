package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const peerName = "Alertmanager"

// peer is an Alertmanager on one node, with a receiver on this machine.
type peer struct {
	t       *testing.T
	dir     string
	addr    string
	cmd     *exec.Cmd
	program string

	mu    sync.Mutex // guards the fields below
	told  map[string]int
	fault func() int
	tried int
}

// newPeer starts Alertmanager, or skips the test where it is not installed.
func newPeer(t *testing.T) *peer {
	t.Helper()
	p := &peer{t: t, dir: t.TempDir(), told: map[string]int{}, fault: func() int { return 0 }}
	for _, name := range []string{"prometheus-alertmanager", "alertmanager"} {
		if path, err := exec.LookPath(name); err == nil {
			p.program = path
		}
	}
	if p.program == "" {
		t.Skip("Alertmanager is not installed: apt-get install prometheus-alertmanager")
	}
	receiver := httptest.NewServer(p)
	t.Cleanup(receiver.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("route: {receiver: r, group_wait: 1s, group_interval: 10s, repeat_interval: 1h}\nreceivers: [{name: r, webhook_configs: [{url: '%s', send_resolved: true}]}]\n", receiver.URL)
	if err := os.WriteFile(filepath.Join(p.dir, "config.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	t.Cleanup(p.kill)
	return p
}

// ServeHTTP is the receiver.
func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Status string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if status := p.fault(); status != 0 {
		p.tried++
		w.WriteHeader(status)
		return
	}
	p.told[body.Status]++
}

// refuse has the receiver answer with what f says, 0 for taking alerts.
func (p *peer) refuse(f func() int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// times says how often the receiver took a status, and how often it refused.
func (p *peer) times(status string) (told, refused int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told[status], p.tried
}

func (p *peer) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.program, "--config.file="+filepath.Join(p.dir, "config.yml"), "--storage.path="+filepath.Join(p.dir, "data"),
		"--web.listen-address="+p.addr, "--cluster.listen-address=")
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	until(p.t, "Alertmanager", func() bool {
		resp, err := http.Get("http://" + p.addr + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// kill ends it with the signal that cannot be caught.
func (p *peer) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may be dead already
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		p.t.Error(err)
	}
}

// post pushes something to its API.
func (p *peer) post(path string, v any) {
	p.t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.Post("http://"+p.addr+path, "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		p.t.Fatalf("POST %s: %s", path, resp.Status)
	}
}

// push pushes the alert, which ends at end.
func (p *peer) push(begun, end time.Time) {
	p.t.Helper()
	p.post("/api/v2/alerts", []map[string]any{{"labels": map[string]string{"alertname": "water"}, "startsAt": begun, "endsAt": end}})
}

// silences counts what its API lists.
func (p *peer) silences() int {
	p.t.Helper()
	resp, err := http.Get("http://" + p.addr + "/api/v2/silences")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var list []json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		p.t.Fatal(err)
	}
	return len(list)
}

// wait lets seconds pass, or until holds does.
func (p *peer) wait(d time.Duration, holds func() bool) {
	end := time.After(d)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-end:
			return
		case <-again.C:
		}
	}
}

// peerWaits is how long a fault of Alertmanager is watched: two intervals of its group, and
// what its attempts take.
const peerWaits = 24 * time.Second

func peerKilledAfterDelivery(t *testing.T) outcome {
	p := newPeer(t)
	begun := time.Now()
	p.push(begun, begun.Add(time.Hour))
	firing := func(n int) func() bool {
		return func() bool { told, _ := p.times("firing"); return told >= n }
	}
	until(t, "the alert", firing(1))
	p.post("/api/v2/silences", map[string]any{
		"matchers": []map[string]any{{"name": "alertname", "value": "works", "isRegex": false}}, "startsAt": begun, "endsAt": begun.Add(2 * time.Hour), "createdBy": "us", "comment": "works",
	})
	if n := p.silences(); n != 1 {
		t.Fatalf("%d silences were made", n)
	}
	p.kill()
	p.start()
	o := outcome{must: 1, arrived: 1}
	if p.silences() == 0 {
		o.forgot = "the silence"
	}
	p.push(begun, begun.Add(time.Hour))
	p.wait(peerWaits/2, firing(2))
	told, _ := p.times("firing")
	o.twice = told - 1
	return o
}

func peerRefusedWhileItEnds(t *testing.T, status int) outcome {
	p := newPeer(t)
	begun := time.Now()
	p.refuse(func() int {
		if time.Since(begun) < 6*time.Second {
			return status
		}
		return 0
	})
	p.push(begun, begun.Add(5*time.Second))
	p.wait(peerWaits, func() bool { told, _ := p.times("resolved"); return told > 0 })
	o := outcome{must: 2, took: time.Since(begun)}
	for _, kind := range []string{"firing", "resolved"} {
		n, _ := p.times(kind)
		o.arrived, o.twice = o.arrived+min(n, 1), o.twice+max(n-1, 0)
	}
	if _, refused := p.times(""); refused == 0 {
		t.Error("Alertmanager never tried")
	}
	return o
}

func peerKilledWhileRefused(t *testing.T) outcome {
	p := newPeer(t)
	begun := time.Now()
	p.refuse(func() int { return http.StatusServiceUnavailable })
	p.push(begun, begun.Add(time.Hour))
	until(t, "the fourth second", func() bool { return time.Since(begun) >= 4*time.Second })
	p.kill()
	p.refuse(func() int { return 0 })
	p.start()
	p.wait(peerWaits/2, func() bool { told, _ := p.times("firing"); return told > 0 })
	told, _ := p.times("firing")
	return outcome{must: 1, arrived: min(told, 1), twice: max(told-1, 0)}
}
