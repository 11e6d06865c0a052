package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// BenchmarkViewers has a thousand people look at one incident in their browsers while
// somebody ticks a step every second: a daemon in a process of its own, over TCP, with a
// session for each, and of every page what its script does at a change. It reports from
// sending the tick until a page has been sent with it, and the memory of the daemon above
// that at rest.
func BenchmarkViewers(b *testing.B) {
	const viewers, rounds = 1000, 20
	for b.Loop() {
		h := openHall(b, viewers, rounds)
		rest := h.resident()
		h.enter(viewers)
		var most atomic.Int64
		watching, stop := context.WithCancel(h.ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for watching.Err() == nil {
				most.Store(max(most.Load(), h.resident()))
				time.Sleep(100 * time.Millisecond)
			}
		}()
		spent := h.metric("process_cpu_seconds_total")
		pace := time.NewTicker(time.Second)
		for i := range rounds {
			<-pace.C
			h.tick(i)
		}
		pace.Stop()
		all := h.waits(viewers, rounds)
		stop()
		<-done
		heap, spent := h.metric("go_memstats_heap_inuse_bytes"), h.metric("process_cpu_seconds_total")-spent
		h.close()
		b.ReportMetric(0, "ns/op")
		for _, p := range []int{50, 99, 100} {
			b.ReportMetric(float64(all[(len(all)*p+99)/100-1].Microseconds())/1000, fmt.Sprintf("ms-p%d", p))
		}
		b.ReportMetric(float64(most.Load()-rest)/1e6, "MB-above-rest")
		b.ReportMetric(float64(rest)/1e6, "MB-at-rest")
		b.ReportMetric(heap/1e6, "MB-heap")
		b.ReportMetric(1000*spent/rounds, "daemon-cpu-ms/tick")
		b.ReportMetric(float64(h.bodies.Load())/rounds, "renderings/tick")
	}
}

// hall is the daemon and those who look at it.
type hall struct {
	b      *testing.B
	ctx    context.Context
	stop   func()
	cmd    *exec.Cmd
	base   string
	client *http.Client
	id     string
	steps  []string
	wg     sync.WaitGroup

	ready  atomic.Int64
	bodies atomic.Int64 // distinct ones
	seed   maphash.Seed

	mu     sync.Mutex              // guards what follows
	sent   map[int]time.Time       // when each tick was sent
	waited []time.Duration         // of every page for every tick
	known  map[uint64]map[int]bool // ticks that a body shows
}

const hallPlan = "service-outage"

// openHall fills a store with an incident and users and starts the daemon on it.
func openHall(b *testing.B, viewers, rounds int) *hall {
	b.Helper()
	dir := b.TempDir()
	config := filepath.Join(dir, "watchfire.yaml")
	text := "org: 云川市人民政府新闻办公室\nlisten: 127.0.0.1:0\ndata: " + filepath.Join(dir, "data") + "\ntopics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: one, log: {}}\n"
	if err := errors.Join(os.WriteFile(config, []byte(text), 0o600), os.MkdirAll(filepath.Join(dir, "data"), 0o750)); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	h := &hall{b: b, ctx: ctx, stop: stop, id: time.Now().UTC().Format("20060102") + "-01", seed: maphash.MakeSeed(), sent: map[int]time.Time{}, known: map[uint64]map[int]bool{}}
	h.client = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 2 * viewers}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h.fill(filepath.Join(dir, "data", "watchfire.db"), viewers, rounds)
	h.cmd = exec.Command(os.Args[0])
	h.cmd.Env = append(os.Environ(), envConfig+"="+config, envStart+"="+time.Now().UTC().Format(time.RFC3339Nano), envSpeed+"=1")
	log, err := h.cmd.StderrPipe()
	if err == nil {
		err = h.cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	for h.base == "" && lines.Scan() {
		var line struct{ Console string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Console != "" {
			h.base = "http://" + line.Console
		}
	}
	if h.base == "" {
		b.Fatal("the daemon did not say where it listens")
	}
	h.wg.Go(func() {
		_, _ = io.Copy(io.Discard, log) // what it says later
	})
	for _, lang := range []string{"zh", "en"} { // once, so that rest is that of a daemon somebody uses
		h.page(0, lang)
	}
	time.Sleep(2 * time.Second)
	return h
}

// fill is an incident under a plan of the library, with two hundred entries, and users of
// every role but those who may choose who sees it.
func (h *hall) fill(path string, viewers, rounds int) {
	h.b.Helper()
	s, err := store.Open(path)
	if err != nil {
		h.b.Fatal(err)
	}
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		h.b.Fatal(err)
	}
	book, _ := lib.Playbook(hallPlan)
	plan := lib.Plan(playbooks.Match{Playbook: book})
	for _, step := range plan.Steps {
		if step.AskKind != "approval" && len(h.steps) < rounds {
			h.steps = append(h.steps, step.ID)
		}
	}
	if len(h.steps) < rounds {
		h.b.Fatalf("the plan has %d steps", len(h.steps))
	}
	now := time.Now()
	at := now.Add(-time.Hour)
	signal := crisis.Signal{Detector: "surge", Topic: "water", Tier: crisis.TierAlert, Level: crisis.LevelIII, At: at, Window: time.Hour, Observed: 40, Expected: 3, High: 9, Voices: 40, Posts: 40, Coverage: 1}
	events := []crisis.Event{
		crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: "water", Title: "自来水异味", Signal: signal}),
		crisis.NewEvent(crisis.EventLevel, at, crisis.Machine, crisis.LevelChange{Opinion: crisis.LevelIII}),
		crisis.NewEvent(crisis.EventPlanned, at, crisis.Machine, plan),
	}
	for i := range 200 {
		events = append(events, crisis.NewEvent(crisis.EventNote, at.Add(time.Duration(i)*time.Second), "李敏", crisis.Remark{Text: fmt.Sprintf("第%d次与现场核对，供水压力平稳，继续监测。", i)}))
	}
	err = s.Update(h.ctx, func(tx *store.Tx) error {
		if _, err := tx.Append(h.id, now, events...); err != nil {
			return err
		}
		for i := range viewers {
			name := fmt.Sprintf("user%d", i)
			role := []string{"viewer", "operator"}[i%2]
			if err := tx.SetUser(store.User{Name: name, Role: role, Password: "-", Created: now}); err != nil {
				return err
			}
			sum := sha256.Sum256([]byte(name))
			if err := tx.SetSession(store.Session{Token: hex.EncodeToString(sum[:]), User: name, Created: now, Seen: now, Expires: now.Add(time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		h.b.Fatal(err)
	}
}

// request is one of a viewer.
func (h *hall) request(i int, method, path string, form url.Values) *http.Request {
	r, err := http.NewRequestWithContext(h.ctx, method, h.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.b.Error(err)
	}
	r.AddCookie(&http.Cookie{Name: "watchfire_session", Value: fmt.Sprintf("user%d", i)})
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// page fetches the main part as the script does, and returns it as it was transferred.
func (h *hall) page(i int, lang string) []byte {
	r := h.request(i, http.MethodGet, "/incidents/"+h.id, nil)
	r.Header.Set("X-Part", "main")
	r.Header.Set("Accept-Encoding", "gzip")
	r.AddCookie(&http.Cookie{Name: "watchfire_lang", Value: lang})
	res, err := h.client.Do(r)
	if err != nil {
		if h.ctx.Err() == nil {
			h.b.Error(err)
		}
		return nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil && h.ctx.Err() == nil || res.StatusCode != http.StatusOK {
		h.b.Errorf("status %d, %v", res.StatusCode, err)
	}
	return body
}

// mark is the note of a tick, by which it is known in a page.
func mark(i int) string { return fmt.Sprintf("记号%d。", i) }

// tick ticks a step with a form, as an operator.
func (h *hall) tick(i int) {
	h.mu.Lock()
	h.sent[i] = time.Now()
	h.mu.Unlock()
	res, err := h.client.Do(h.request(1, http.MethodPost, "/incidents/"+h.id, url.Values{"do": {"tick"}, "plan": {hallPlan}, "step": {h.steps[i]}, "note": {mark(i)}}))
	if err != nil {
		h.b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		text, _ := io.ReadAll(res.Body)
		h.b.Fatalf("tick %d: status %d: %s", i, res.StatusCode, text)
	}
}

// enter opens the pages, and waits until all hear of changes.
func (h *hall) enter(viewers int) {
	for i := range viewers {
		h.wg.Go(func() { h.watch(i) })
	}
	for h.ready.Load() < int64(viewers) && !h.b.Failed() {
		time.Sleep(50 * time.Millisecond)
	}
}

// watch is one open page. Its timer and its fetching follow assets/app.js.
func (h *hall) watch(i int) {
	res, err := h.client.Do(h.request(i, http.MethodGet, "/live?of="+h.id, nil))
	if err != nil {
		h.b.Error(err)
		return
	}
	defer res.Body.Close()
	h.ready.Add(1)
	changed := make(chan time.Duration, 100)
	go func() {
		defer close(changed)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			var now, over int
			if n, _ := fmt.Sscanf(lines.Text(), "data: %d %d", &now, &over); n == 2 {
				changed <- time.Duration(over) * time.Millisecond
			}
		}
	}()
	seen := map[int]bool{}
	lang := []string{"zh", "en"}[i/2%2]
	for over := range changed {
		time.Sleep(30*time.Millisecond + time.Duration(rand.Float64()*float64(over)))
		for drained := false; !drained; { // one timer serves all changes heard while it ran
			select {
			case _, open := <-changed:
				drained = !open
			default:
				drained = true
			}
		}
		h.shows(h.page(i, lang), seen)
	}
}

// shows notes which ticks a page shows that it did not show before.
func (h *hall) shows(body []byte, seen map[int]bool) {
	at := time.Now()
	key := maphash.Bytes(h.seed, body)
	h.mu.Lock()
	defer h.mu.Unlock()
	ticks, ok := h.known[key]
	if !ok && len(body) > 0 {
		h.bodies.Add(1)
		ticks = h.read(body)
		h.known[key] = ticks
	}
	for i := range ticks {
		if !seen[i] {
			seen[i] = true
			h.waited = append(h.waited, at.Sub(h.sent[i]))
		}
	}
}

// read finds the ticks in a page.
func (h *hall) read(body []byte) map[int]bool {
	z, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		h.b.Errorf("the page is not compressed: %v", err)
		return nil
	}
	text, err := io.ReadAll(z)
	if err != nil {
		h.b.Error(err)
	}
	out := map[int]bool{}
	for i := range h.sent {
		if strings.Contains(string(text), mark(i)) {
			out[i] = true
		}
	}
	return out
}

// waits returns how long each page waited for each tick, in ascending order, when all have them.
func (h *hall) waits(viewers, rounds int) []time.Duration {
	for range 300 {
		h.mu.Lock()
		n := len(h.waited)
		h.mu.Unlock()
		if n == viewers*rounds {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waited) != viewers*rounds {
		h.b.Fatalf("%d ticks were seen, not %d", len(h.waited), viewers*rounds)
	}
	slices.Sort(h.waited)
	return h.waited
}

// resident is the memory of the daemon in bytes.
func (h *hall) resident() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", h.cmd.Process.Pid))
	if err != nil {
		h.b.Skipf("resident memory is read from /proc: %v", err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		h.b.Error(err)
	}
	return pages * int64(os.Getpagesize())
}

// metric reads one figure of /metrics.
func (h *hall) metric(name string) float64 {
	res, err := h.client.Get(h.base + "/metrics")
	if err != nil {
		h.b.Fatal(err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				h.b.Error(err)
			}
			return v
		}
	}
	h.b.Fatalf("/metrics has no %s", name)
	return 0
}

// close lets everybody go and ends the daemon.
func (h *hall) close() {
	h.stop()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.b.Error(err)
	}
	h.wg.Wait()
	if err := h.cmd.Wait(); err != nil {
		h.b.Errorf("the daemon ended: %v", err)
	}
	h.client.CloseIdleConnections()
}
