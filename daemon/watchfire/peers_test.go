package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
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

// outcome is what became of one fault.
type outcome struct {
	must, arrived, twice int           // alerts, those of them that arrived, copies beyond the first
	forgot               string        // what else was lost, "" for nothing
	took                 time.Duration // from the fault until all had arrived, 0 where they had before
}

// outcomes are those of one test, by fault and program.
type outcomes struct {
	mu sync.Mutex // guards of
	of map[string]outcome
}

func (x *outcomes) note(fault, program string, o outcome) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.of[fault+program] = o
}

// faults are those that Alertmanager 0.31.1 was measured by, in the order of the table.
var faults = []struct {
	name, text      string
	watchfire, peer func(t *testing.T) outcome
}{
	{"A", "delivered, then kill -9, start, the source pushes again", killedAfterDelivery, peerKilledAfterDelivery},
	{
		"B", "the receiver answers 429 for 6 s, the alert ends after 5 s",
		func(t *testing.T) outcome { return refusedWhileItEnds(t, http.StatusTooManyRequests) },
		func(t *testing.T) outcome { return peerRefusedWhileItEnds(t, http.StatusTooManyRequests) },
	},
	{
		"B2", "the same with 503",
		func(t *testing.T) outcome { return refusedWhileItEnds(t, http.StatusServiceUnavailable) },
		func(t *testing.T) outcome { return peerRefusedWhileItEnds(t, http.StatusServiceUnavailable) },
	},
	{"C", "the receiver answers 503, kill -9 after 4 s, start, the source does not push again", killedWhileRefused, peerKilledWhileRefused},
}

// TestPeers puts four faults to the daemon, and to Alertmanager where it is installed, and
// prints what became of them. The daemon may lose nothing, and copy at most one alert.
func TestPeers(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("waits for seconds of providers; make town does without the race detector")
	}
	got := &outcomes{of: map[string]outcome{}}
	t.Run("fault", func(t *testing.T) {
		for _, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				o := f.watchfire(t)
				got.note(f.name, "Watchfire", o)
				if o.arrived != o.must || o.twice > 1 || o.forgot != "" {
					t.Errorf("%+v", o)
				}
			})
			t.Run(f.name+" of Alertmanager", func(t *testing.T) {
				t.Parallel()
				got.note(f.name, peerName, f.peer(t))
			})
		}
	})
	var b strings.Builder
	b.WriteString("| fault | program | alerts | arrived | lost | copies | also lost | complete after |\n|---|---|---|---|---|---|---|---|\n")
	for _, f := range faults {
		for _, program := range []string{"Watchfire", peerName} {
			if o, ok := got.of[f.name+program]; ok {
				after := ""
				if o.took > 0 && o.arrived == o.must {
					after = o.took.Round(100 * time.Millisecond).String()
				}
				fmt.Fprintf(&b, "| %s: %s | %s | %d | %d | %d | %d | %s | %s |\n", f.name, f.text, program, o.must, o.arrived, o.must-o.arrived, o.twice, o.forgot, after)
			}
		}
	}
	t.Log("\n" + b.String())
}

// killedAfterDelivery: what was delivered is not told again, and a silence stays.
func killedAfterDelivery(t *testing.T) outcome {
	w := newWorld(t, eight, quick)
	p := w.launchMined("").await()
	b := p.logIn()
	w.deliver(p, 5, w.hook.opened)
	until(t, "an empty outbox", p.drained)
	b.post("/deliveries", url.Values{"do": {"silence"}, "topic": {"water"}, "hours": {"2"}, "reason": {"已知施工"}})
	before, _ := w.hook.kindsReceived()
	p.kill()
	p = w.launchMined("").await()
	b = b.again(p)
	o := outcome{must: before[crisis.AlertOpened]}
	if page := b.get("/deliveries?lang=zh"); !strings.Contains(page, "已知施工") {
		o.forgot = "the silence"
	}
	w.mu.Lock()
	for i := range w.sent { // the source pushes all of it again
		w.sent[i].acked = false
	}
	w.mu.Unlock()
	w.redeliver(p)
	judged := w.clock.Now().Add(3 * time.Minute)
	until(t, "the minutes behind the restart", func() bool { return w.clock.Now().After(judged) })
	w.settle(p, func() *process { return w.launchMined("").await() })
	w.holdPosts()
	after, twice := w.hook.kindsReceived()
	o.arrived, o.twice = before[crisis.AlertOpened], twice+after[crisis.AlertOpened]-before[crisis.AlertOpened]
	return o
}

// refusedWhileItEnds: the beginning and the end both arrive, in our time.
func refusedWhileItEnds(t *testing.T, status int) outcome {
	w := newWorld(t, eight, 1)
	w.clock.Reset(eight.Add(54 * time.Second))
	p := w.launchMined("").await()
	b := p.logIn()
	w.hook.refuse(func() int { return status })
	w.deliver(p, 5, func() bool { return len(w.hook.refused(crisis.AlertOpened)) > 0 })
	begun := w.clock.Now()
	w.hook.refuse(func() int {
		if w.clock.Now().Sub(begun) < 6*time.Second {
			return status
		}
		return 0
	})
	until(t, "the fifth second", func() bool { return w.clock.Now().Sub(begun) >= 5*time.Second })
	id := w.hook.refused(crisis.AlertOpened)[0].Incident
	b.post("/incidents/"+id, url.Values{"do": {"close"}, "note": {"误报"}})
	o := outcome{must: 2}
	told := map[crisis.AlertKind]int{}
	until(t, "the beginning and the end", func() bool {
		for _, copies := range w.hook.received() {
			if copies[0].Incident == id {
				told[copies[0].Kind] = len(copies)
			}
		}
		return told[crisis.AlertOpened] > 0 && told[crisis.AlertClosed] > 0
	})
	if o.took = w.clock.Now().Sub(begun); o.took > 35*time.Second {
		t.Errorf("it took %s", o.took)
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertClosed} {
		o.arrived, o.twice = o.arrived+1, o.twice+told[kind]-1
	}
	p.stop()
	return o
}

// killedWhileRefused: what it knew arrives without any push of the source.
func killedWhileRefused(t *testing.T) outcome {
	w := newWorld(t, eight, 1)
	w.clock.Reset(eight.Add(54 * time.Second))
	p := w.launchMined("").await()
	w.hook.refuse(func() int { return http.StatusServiceUnavailable })
	w.deliver(p, 5, func() bool { return len(w.hook.refused(crisis.AlertOpened)) == 2 })
	begun := w.clock.Now()
	until(t, "the fourth second", func() bool { return w.clock.Now().Sub(begun) >= 4*time.Second })
	p.kill()
	if kinds, _ := w.hook.kindsReceived(); len(kinds) != 0 {
		t.Fatalf("the provider took %v while it failed", kinds)
	}
	w.hook.refuse(nil)
	p = w.launchMined("").await()
	until(t, "both incidents", w.hook.opened)
	took := w.clock.Now().Sub(begun)
	w.settle(p, func() *process { return w.launchMined("").await() })
	w.holdAlerts(2)
	kinds, twice := w.hook.kindsReceived()
	return outcome{must: 2, arrived: kinds[crisis.AlertOpened], twice: twice, took: took}
}
