package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// browser is a person at the console of a running daemon.
type browser struct {
	t      testing.TB
	client *http.Client
	addr   string
}

const chosen = "烽火戏诸侯不好玩一点也不好玩"

// logIn opens the console with the one-time password and chooses one.
func (p *process) logIn() *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	b := &browser{t: p.t, client: &http.Client{Jar: jar}, addr: p.addr}
	once := p.password()
	b.post("/login", url.Values{"user": {"admin"}, "password": {once}})
	b.post("/password", url.Values{"old": {once}, "new": {chosen}, "again": {chosen}, "name": {"李敏"}})
	return b
}

// again opens the console of a daemon that was started anew.
func (b *browser) again(p *process) *browser {
	n := &browser{t: b.t, client: &http.Client{Jar: b.client.Jar}, addr: p.addr}
	n.post("/login", url.Values{"user": {"admin"}, "password": {chosen}})
	return n
}

func (b *browser) post(path string, form url.Values) string {
	b.t.Helper()
	resp, err := b.client.PostForm("http://"+b.addr+path, form)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(resp, path)
}

func (b *browser) get(path string) string {
	b.t.Helper()
	resp, err := b.client.Get("http://" + b.addr + path)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(resp, path)
}

func (b *browser) read(resp *http.Response, path string) string {
	b.t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if resp.StatusCode >= 400 {
		b.t.Fatalf("%s: %s\n%s", path, resp.Status, text)
	}
	return string(text)
}

// kindsReceived counts what arrived, by kind, and the copies beyond the first.
func (r *receiver) kindsReceived() (kinds map[crisis.AlertKind]int, twice int) {
	kinds = map[crisis.AlertKind]int{}
	for _, copies := range r.received() {
		kinds[copies[0].Kind]++
		twice += len(copies) - 1
	}
	return kinds, twice
}

// TestPeerA is the first of the faults that Alertmanager 0.31.1 was measured by: an alert is
// delivered, a silence made, the process killed, the source pushes again. Nothing may be
// forgotten and nothing told again.
func TestPeerA(t *testing.T) {
	t.Parallel()
	w := newWorld(t, eight, quick)
	p := w.launch("").await()
	b := p.logIn()
	w.deliver(p, 5, w.hook.opened)
	until(t, "an empty outbox", p.drained)
	b.post("/deliveries", url.Values{"do": {"silence"}, "topic": {"water"}, "hours": {"2"}, "reason": {"已知施工"}})
	before, _ := w.hook.kindsReceived()
	p.kill()
	p = w.launch("").await()
	b = b.again(p)
	if page := b.get("/deliveries?lang=zh"); !strings.Contains(page, "已知施工") {
		t.Error("the silence is forgotten")
	}
	w.mu.Lock()
	for i := range w.sent { // the source pushes all of it again
		w.sent[i].acked = false
	}
	w.mu.Unlock()
	w.redeliver(p)
	w.settle(p, func() *process { return w.launch("").await() })
	after, twice := w.hook.kindsReceived()
	if after[crisis.AlertOpened] != before[crisis.AlertOpened] || twice > 1 {
		t.Errorf("opened %d before and %d after, %d duplicates", before[crisis.AlertOpened], after[crisis.AlertOpened], twice)
	}
	w.holdPosts()
}

// TestPeerB has the receiver refuse for six seconds, with 429 and with 503, while the
// incident ends after five: both the beginning and the end must arrive.
func TestPeerB(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, eight, 4) // slow enough for a person to act within seconds
			w.clock.Reset(eight.Add(40 * time.Second))
			p := w.launch("").await()
			b := p.logIn()
			w.hook.refuse(func() int { return status })
			w.deliver(p, 5, func() bool { return len(w.hook.refused(crisis.AlertOpened)) == 2 })
			begun := w.clock.Now()
			for w.clock.Now().Sub(begun) < 5*time.Second {
				w.deliver(p, 1, func() bool { return w.clock.Now().Sub(begun) >= 5*time.Second })
			}
			id := w.hook.refused(crisis.AlertOpened)[0].Incident
			b.post("/incidents/"+id, url.Values{"do": {"close"}, "note": {"误报"}})
			w.hook.refuse(func() int {
				if w.clock.Now().Sub(begun) < 6*time.Second {
					return status
				}
				return 0
			})
			told := map[crisis.AlertKind]int{}
			until(t, "the beginning and the end", func() bool {
				for _, copies := range w.hook.received() {
					if copies[0].Incident == id {
						told[copies[0].Kind] = len(copies)
					}
				}
				return told[crisis.AlertOpened] > 0 && told[crisis.AlertClosed] > 0
			})
			if took := w.clock.Now().Sub(begun); took > 35*time.Second {
				t.Errorf("it took %s on the daemon's clock", took)
			}
			if told[crisis.AlertOpened] != 1 || told[crisis.AlertClosed] != 1 {
				t.Errorf("told %v", told)
			}
			p.stop()
		})
	}
}

// TestPeerC has the receiver fail, kills the daemon, and starts it again without any push
// of the source: what it knew must arrive.
func TestPeerC(t *testing.T) {
	t.Parallel()
	w := newWorld(t, eight, quick)
	p := w.launch("").await()
	w.hook.refuse(func() int { return http.StatusServiceUnavailable })
	w.deliver(p, 5, func() bool { return len(w.hook.refused(crisis.AlertOpened)) == 2 })
	p.kill()
	if kinds, _ := w.hook.kindsReceived(); len(kinds) != 0 {
		t.Fatalf("the provider took %v while it failed", kinds)
	}
	w.hook.refuse(nil)
	p = w.launch("").await()
	until(t, "both incidents", w.hook.opened)
	w.settle(p, func() *process { return w.launch("").await() })
	if _, twice := w.hook.kindsReceived(); twice > 1 {
		t.Errorf("%d duplicates", twice)
	}
	w.holdAlerts(2)
}
