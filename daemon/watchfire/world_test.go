package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// The secret of the door for posts, and the key in it.
var (
	pushKey    = []byte("the key of the crash tests")
	pushSecret = "whsec_" + base64.StdEncoding.EncodeToString(pushKey)
)

// world is what outlives a daemon that is killed: its data folder, the sender of
// its posts, the receiver of its alerts, and time.
type world struct {
	t     testing.TB
	dir   string
	path  string    // of a store that is looked at instead of the daemon's, "" for that
	begin time.Time // on the daemon's clock, when the world was made
	clock *town.Clock
	speed float64
	hook  *receiver
	slack *workspace // nil: there is none
	site  *site      // the same
	cry   string     // what the first post says, "" for what the others say

	tapped map[string]bool  // links that were opened and answered
	ticks  []crisis.TapLink // the same, in order
	notes  []string         // notes that were answered

	flights map[string]int // how many lives ended while an alert was on its way, by its id
	pause   time.Duration  // of ours between two deliveries of posts
	copies  int            // of one alert that may arrive: one more than kills in mid-send; 0 is two
	points  string         // file to which the daemon writes the failpoints that it passes, "" for none

	mu    sync.Mutex // guards the fields below
	sent  []batch
	posts int // numbers the posts
}

// batch is one delivery of posts and whether it was acknowledged.
type batch struct {
	posts []crisis.Post
	acked bool
}

// newWorld makes a world whose clock shows begin and runs speed times as fast as
// ours, and a store that knows three ordinary days of two topics.
func newWorld(t testing.TB, begin time.Time, speed float64, more ...string) *world {
	t.Helper()
	w := emptyWorld(t, begin, speed, more...)
	w.learn(72 * time.Hour)
	w.clock.Reset(begin)
	return w
}

// emptyWorld is such a world whose store is yet to be made.
func emptyWorld(t testing.TB, begin time.Time, speed float64, more ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), begin: begin, clock: town.NewClock(begin, speed), speed: speed, hook: newReceiver(t)}
	w.writeConfig(w.hook.server.URL, more...)
	return w
}

// learn makes the store, with ordinary days in it.
func (w *world) learn(days time.Duration) {
	w.t.Helper()
	d := w.open(town.NewClock(w.begin, 1e-6))
	var past []crisis.Post
	for at := w.begin.Add(-days); at.Before(w.begin.Add(-time.Minute)); at = at.Add(2 * time.Minute) {
		past = append(past, crisis.Post{
			Source: "vendor", ID: "past-" + strconv.Itoa(len(past)), Text: fmt.Sprintf("自来水缴费第%d次", len(past)),
			Author: strconv.Itoa(len(past)), Published: at, Precision: crisis.PrecisionSecond,
		})
	}
	if err := d.Learn(w.t.Context(), past); err != nil {
		w.t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// writeConfig writes a configuration whose channel is at address.
func (w *world) writeConfig(address string, more ...string) {
	w.t.Helper()
	config := fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
topics:
  - {id: water, title: 自来水, any: [自来水]}
  - {id: smell, title: 异味, any: [怪味, 缴费]}
sources:
  - {name: vendor, push: {secret: %s, tolerance: 1h}}
channels:
  - {name: platform, webhook: {url: "%s"}}
`, pushSecret, address) + strings.Join(more, "")
	if err := os.WriteFile(w.config(), []byte(config), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// configure puts text in the place of what stands once in the configuration.
func (w *world) configure(old, text string) {
	w.t.Helper()
	b, err := os.ReadFile(w.config())
	if err != nil {
		w.t.Fatal(err)
	}
	if n := strings.Count(string(b), old); n != 1 {
		w.t.Fatalf("%q stands %d times in the configuration", old, n)
	}
	if err := os.WriteFile(w.config(), []byte(strings.Replace(string(b), old, text, 1)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) config() string { return filepath.Join(w.dir, "watchfire.yaml") }

// open puts the daemon together in this process, not running.
func (w *world) open(clock daemon.Clock) *daemon.Daemon {
	w.t.Helper()
	cfg, err := daemon.LoadConfig(w.config())
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := daemon.New(w.t.Context(), cfg, zap.NewNop(), daemon.WithClock(clock))
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// write makes up n complaints of different people, published now.
func (w *world) write(n int) *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := batch{}
	for range n {
		w.posts++
		b.posts = append(b.posts, crisis.Post{
			ID: "p" + strconv.Itoa(w.posts), Author: "a" + strconv.Itoa(w.posts), Published: w.clock.Now().UTC().Truncate(time.Second),
			Text: fmt.Sprintf("%d号楼的自来水有怪味，%s，谁来管管", w.posts, strings.Repeat(string(rune(0x4e00+w.posts*37%20000)), 5)),
		})
	}
	if w.cry != "" {
		b.posts[0].Text, w.cry = w.cry, ""
	}
	w.sent = append(w.sent, b)
	return &w.sent[len(w.sent)-1]
}

// push delivers posts to a running daemon and says whether it took them. A daemon
// that is gone takes nothing.
func (w *world) push(ctx context.Context, p *process, posts []crisis.Post) bool {
	body, err := json.Marshal(posts)
	if err != nil {
		w.t.Error(err)
		return false
	}
	id, stamp := "msg_"+posts[0].ID, strconv.FormatInt(w.clock.Now().Unix(), 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.addr+"/in/vendor", bytes.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return false
	}
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", stamp)
	req.Header.Set("Webhook-Signature", "v1,"+alerts.Sign(pushKey, id, stamp, body))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body) // for the message below only
	if resp.StatusCode/100 == 4 {
		w.t.Errorf("push: %s: %s", resp.Status, answer)
	}
	return resp.StatusCode/100 == 2
}

// deliver writes and pushes posts, n at a time, until the daemon is gone or stop
// says so.
func (w *world) deliver(p *process, n int, stop func() bool) {
	w.t.Helper()
	end := time.Now().Add(patience)
	pace := time.NewTicker(max(w.pause, time.Nanosecond))
	defer pace.Stop()
	for !p.gone() && !stop() {
		<-pace.C
		if time.Now().After(end) {
			w.t.Fatalf("delivered posts in vain\n%s", p.log.String())
		}
		posts := w.write(n).posts
		if w.push(w.t.Context(), p, posts) {
			w.acknowledge(posts)
		}
	}
}

func (w *world) acknowledge(posts []crisis.Post) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.sent {
		if w.sent[i].posts[0].ID == posts[0].ID {
			w.sent[i].acked = true
		}
	}
}

// redeliver does what a sender does that got no answer: it sends again, once, until
// the ambush takes the daemon away.
func (w *world) redeliver(p *process) {
	w.mu.Lock()
	sent := append([]batch(nil), w.sent...)
	w.mu.Unlock()
	for _, b := range sent {
		if b.acked {
			continue
		}
		if !w.push(w.t.Context(), p, b.posts) {
			if w.hook.sprung() {
				return
			}
			w.t.Errorf("posts from %s on were not taken by a daemon that runs undisturbed", b.posts[0].ID)
		}
		w.acknowledge(b.posts)
	}
}

// settle waits until every alert is delivered and stops the daemon. A minute that
// ends in between may bring one more: then the daemon is launched again for it.
func (w *world) settle(p *process, launch func() *process) {
	w.t.Helper()
	for {
		until(w.t, "an empty outbox", p.drained)
		p.stop()
		w.noteFlights()
		if w.delivered() {
			return
		}
		p = launch()
	}
}

// delivered says whether the store of a daemon that is stopped holds no alert that
// waits.
func (w *world) delivered() bool {
	w.t.Helper()
	s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	rows, err := s.Ledger(context.Background(), "", 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	return !slices.ContainsFunc(rows, func(r store.LedgerRow) bool {
		return r.State == store.StateWaiting || r.State == store.StateSending
	})
}

// holdPosts checks that every acknowledged post is stored, that no delivery was
// stored in part, and that the counts are those of the posts.
func (w *world) holdPosts() {
	w.t.Helper()
	s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	ctx, from, to := context.Background(), w.begin.Add(-time.Second), w.begin.Add(1000*time.Hour)
	stored, err := s.PostsOf(ctx, "water", from, to, 1<<20, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	times := map[string]int{}
	for _, p := range stored {
		times[p.ID]++
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.sent {
		n := 0
		for _, p := range b.posts {
			if times[p.ID] > 1 {
				w.t.Errorf("post %s is stored %d times", p.ID, times[p.ID])
			}
			n += times[p.ID]
		}
		if (b.acked || n > 0) && n != len(b.posts) {
			w.t.Errorf("%d of %d posts from %s on are stored, acknowledged: %t", n, len(b.posts), b.posts[0].ID, b.acked)
		}
	}
	counts, err := s.Counts(ctx, "water", from.Truncate(time.Minute), to)
	if err != nil {
		w.t.Fatal(err)
	}
	sum := 0
	for _, c := range counts {
		sum += c.Count.Posts
	}
	if sum != len(stored) {
		w.t.Errorf("%d posts are counted, %d are stored", sum, len(stored))
	}
}

// holdAlerts checks the timelines and that every alert was delivered, at most
// twice, and tells of what is in the store. It wants want incidents.
func (w *world) holdAlerts(want int) {
	w.t.Helper()
	s, err := store.Open(filepath.Join(w.dir, "data", "watchfire.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	if err := s.Verify(ctx); err != nil {
		w.t.Error(err)
	}
	rows, err := s.Ledger(ctx, "", 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	got := w.hook.received()
	known := map[string]bool{}
	opened := 0
	for _, r := range rows {
		if r.Channel != "platform" { // it has a checker of its own
			if r.State != store.StateSent {
				w.t.Errorf("alert %s is %s: %s", r.ID, r.State, r.Detail)
			}
			continue
		}
		known[r.ID] = true
		if r.Kind == crisis.AlertOpened {
			opened++
		}
		if n := len(got[r.ID]); n < 1 || n > max(w.copies, 2) || r.State != store.StateSent {
			w.t.Errorf("alert %s is %s and arrived %d times", r.ID, r.State, n)
		}
	}
	if opened != want {
		w.t.Errorf("%d incidents were told of, want %d", opened, want)
	}
	for id, copies := range got {
		if !known[id] {
			w.t.Errorf("alert %s arrived and is not in the store", id)
		}
		for _, a := range copies {
			w.holdAlert(ctx, s, id, a)
		}
	}
}

// holdAlert checks that an alert tells of events and posts that are stored.
func (w *world) holdAlert(ctx context.Context, s *store.Store, id string, a crisis.Alert) {
	w.t.Helper()
	if a.Incident == "" && a.ID == id { // of a part of the daemon itself
		return
	}
	var in crisis.Incident
	err := s.View(ctx, func(tx *store.Tx) error {
		var err error
		in, _, err = tx.Incident(a.Incident)
		return err
	})
	if err != nil || a.ID != id || a.Seq < 1 || a.Seq > in.Events {
		w.t.Errorf("alert %s (in the body: %s) tells of event %d of incident %s, which has %d: %v", id, a.ID, a.Seq, a.Incident, in.Events, err)
	}
	for _, e := range a.Evidence {
		if _, err := s.Post(ctx, e.Key); err != nil {
			w.t.Errorf("alert %s quotes a post that is not stored: %v", id, err)
		}
	}
}
