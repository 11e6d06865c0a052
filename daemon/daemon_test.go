package daemon

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var eight = time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC) // eight in the morning in China

// fakeChannel keeps what it is sent and answers as told.
type fakeChannel struct {
	mu     sync.Mutex // guards the fields below
	sent   []crisis.Alert
	answer func(n int) error // by number of the attempt, from 1; nil: sent
	tries  int
}

func (f *fakeChannel) Check() error { return nil }

func (f *fakeChannel) Send(_ context.Context, a crisis.Alert) (alerts.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	if f.answer != nil {
		if err := f.answer(f.tries); err != nil {
			return alerts.Receipt{}, err
		}
	}
	f.sent = append(f.sent, a)
	return alerts.Receipt{Ref: fmt.Sprint(f.tries)}, nil
}

// testDaemon is a daemon with one topic, two fake channels, and a clock that the
// test moves.
func testDaemon(t *testing.T, more string) (*Daemon, *steppedClock, *fakeChannel, *fakeChannel) {
	t.Helper()
	cfg, err := ParseConfig("test.yaml", []byte("topics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: one, log: {}}\n  - {name: two, log: {}}\n"+more))
	if err != nil {
		t.Fatal(err)
	}
	one, two := &fakeChannel{}, &fakeChannel{}
	cfg.Channels[0].Sender, cfg.Channels[1].Sender = one, two
	cfg.Data = t.TempDir()
	clock := &steppedClock{now: eight}
	d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, clock, one, two
}

// openIncident opens an incident as a detector would.
func openIncident(t *testing.T, d *Daemon) string { t.Helper(); return openIncidentOf(t, d, "water") }

// openIncidentOf opens an incident of a topic.
func openIncidentOf(t *testing.T, d *Daemon, topic string) string {
	t.Helper()
	var id string
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		r := responder{d: d, tx: tx, now: d.clock.Now()}
		s := crisis.Signal{Detector: "surge", Topic: topic, Tier: crisis.TierAlert, Level: crisis.LevelIII, At: r.now, Window: time.Hour, Observed: 40, Expected: 3, Odds: 5, Voices: 40, Posts: 40, Unique: 40, Coverage: 1}
		if err := r.begin(turn{name: topic, Turn: detectors.Turn{Kind: detectors.TurnOpen, Signal: s}}); err != nil {
			return err
		}
		id = r.due[0].in.ID
		return r.flush()
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func deliverAll(t *testing.T, d *Daemon) {
	t.Helper()
	for i := range d.cfg.Channels {
		if _, err := d.Deliver(t.Context(), &d.cfg.Channels[i]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLater holds at-least-once delivery: an alert that must wait keeps its id,
// waits as told, and arrives once.
func TestLater(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	openIncident(t, d)
	one.answer = func(n int) error {
		if n < 3 {
			return &alerts.Later{After: time.Duration(n) * time.Minute, Err: errors.New("answered 429")}
		}
		return nil
	}
	for range 8 {
		deliverAll(t, d)
		clock.now = clock.now.Add(30 * time.Second)
	}
	if one.tries != 3 || len(one.sent) != 1 {
		t.Errorf("%d attempts, %d alerts, want 3 and 1", one.tries, len(one.sent))
	}
	rows, err := d.store.Ledger(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.State != store.StateSent {
			t.Errorf("%s is %s", r.ID, r.State)
		}
	}
}

// TestRefused holds the promise that what cannot be delivered is told to a human
// on another channel, once.
func TestRefused(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	one.answer = func(int) error {
		return &alerts.Refused{Fix: "invite the bot", Err: errors.New("not in channel")}
	}
	id := openIncident(t, d)
	deliverAll(t, d)
	clock.now = clock.now.Add(time.Minute)
	if _, err := d.Act(t.Context(), crisis.Act{Kind: crisis.EventLevel, Incident: id, By: "李主任", Event: crisis.LevelI, Note: "有人就医"}); err != nil {
		t.Fatal(err)
	}
	deliverAll(t, d)
	deliverAll(t, d)
	var told []string
	for _, a := range two.sent {
		if a.Trouble != nil {
			told = append(told, a.Trouble.Source+": "+a.Trouble.Fix)
		}
	}
	if !slices.Equal(told, []string{"one: invite the bot"}) {
		t.Errorf("the other channel was told %q", told)
	}
}

// TestDoubleTick holds that a double click leaves one event.
func TestDoubleTick(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	id := openIncident(t, d)
	var step crisis.StepState
	err := d.store.View(t.Context(), func(tx *store.Tx) error {
		in, _, err := tx.Incident(id)
		step = *in.Checklist()[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	act := crisis.Act{Kind: crisis.EventStepDone, Incident: id, Plan: step.Plan, Step: step.ID, By: "王值班", Note: "已签收"}
	var wg sync.WaitGroup
	refused := make([]error, 8)
	for i := range refused {
		wg.Go(func() { _, refused[i] = d.Act(t.Context(), act) })
	}
	wg.Wait()
	done := 0
	for _, err := range refused {
		if err == nil {
			done++
		} else if !errors.Is(err, crisis.ErrRefused) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d of 8 clicks ticked the step, want 1", done)
	}
	if err := d.store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestPush delivers posts over HTTP: signed ones are stored before the answer,
// unsigned ones are not, and a full disk asks the sender to come again.
func TestPush(t *testing.T) {
	const secret = "whsec_dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IQ=="
	d, _, _, _ := testDaemon(t, "sources:\n  - {name: vendor, push: {secret: "+secret+"}}\n")
	send := func(body, sign string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodPost, "/in/vendor", strings.NewReader(body))
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sign, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		stamp := fmt.Sprint(eight.Unix())
		m := hmac.New(sha256.New, key)
		m.Write([]byte("msg_1." + stamp + "." + body))
		req.Header.Set("Webhook-Id", "msg_1")
		req.Header.Set("Webhook-Timestamp", stamp)
		req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
		w := httptest.NewRecorder()
		d.Handler().ServeHTTP(w, req)
		return w
	}
	body := `{"id":"7","text":"自来水有异味","published":"2026-03-16T07:59:00+08:00","author_ref":"u1"}`
	if w := send(body, secret); w.Code != http.StatusAccepted {
		t.Errorf("a signed post: %d %s", w.Code, w.Body)
	}
	if w := send(body, secret); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "delivered before") {
		t.Errorf("the same delivery again: %d %s", w.Code, w.Body)
	}
	if w := send(body, "whsec_d3JvbmcgIHNlY3JldCAgd3Jvbmc="); w.Code != http.StatusUnauthorized {
		t.Errorf("a wrong signature: %d", w.Code)
	}
	if w := send("{", secret); w.Code != http.StatusBadRequest {
		t.Errorf("no JSON: %d", w.Code)
	}
	if w := send(strings.Repeat("x", inbound+1), secret); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body: %d", w.Code)
	}
	posts, err := d.store.PostsOf(t.Context(), "water", eight.Add(-time.Hour), eight, 10, 0)
	if err != nil || len(posts) != 1 || posts[0].Author == "u1" || posts[0].Author == "" {
		t.Errorf("stored %+v, %v, want one post with a hashed author", posts, err)
	}
	d.full.Store(true)
	if w := send(body, secret); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("with a full disk: %d", w.Code)
	}
}

// TestFullDisk stops the intake with one alert on every channel, loses nothing
// that was acknowledged, and goes on by itself.
func TestFullDisk(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	deliver := func(n int) error {
		var posts []crisis.Post
		for i := range 200 {
			posts = append(posts, crisis.Post{ID: fmt.Sprintf("%d-%d", n, i), Text: strings.Repeat("自来水", 500), Published: clock.now, Precision: crisis.PrecisionSecond})
		}
		return d.Receive(t.Context(), &Source{Name: "forum"}, crawlers.Harvest{Posts: posts, Class: crisis.ClassOK})
	}
	if err := deliver(0); err != nil {
		t.Fatal(err)
	}
	size, err := d.store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.Limit(t.Context(), size+200<<10); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 50 && !d.full.Load(); n++ {
		_ = deliver(n) // fails at the full disk
	}
	if !d.full.Load() {
		t.Fatal("the disk never got full")
	}
	if err := deliver(99); crawlers.ClassOf(err) != crisis.ClassUnavailable {
		t.Errorf("a delivery to a full disk: %v", err)
	}
	for _, ch := range []*fakeChannel{one, two} {
		if len(ch.sent) != 1 || ch.sent[0].Trouble.Part != crisis.PartStore || ch.sent[0].Trouble.Detail == "" {
			t.Errorf("told %+v, want one alert about the store", ch.sent)
		}
	}
	if err := d.store.Limit(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	d.breathe(t.Context())
	if d.full.Load() {
		t.Fatal("there is room again and the intake stands still")
	}
	for _, ch := range []*fakeChannel{one, two} {
		if len(ch.sent) != 2 || ch.sent[1].Kind != crisis.AlertSight {
			t.Errorf("told %+v, want the end of it too", ch.sent)
		}
	}
	if err := deliver(100); err != nil {
		t.Errorf("with room again: %v", err)
	}
	posts, err := d.store.PostsOf(t.Context(), "water", clock.now.Add(-time.Hour), clock.now, 1000, 0)
	if err != nil || len(posts) < 400 {
		t.Errorf("%d posts, %v, want all that were acknowledged", len(posts), err)
	}
}

// TestRestart holds that a restart needs no warm-up: a daemon that is stopped and
// started between every two minutes says the same as one that runs through.
func TestRestart(t *testing.T) {
	var posts []crisis.Post
	for i := range 3000 {
		at := eight.Add(-72*time.Hour + time.Duration(i)*90*time.Second)
		posts = append(posts, crisis.Post{Source: "forum", ID: fmt.Sprint(i), Text: fmt.Sprintf("自来水缴费第%d次", i), Author: fmt.Sprint(i), Published: at, Precision: crisis.PrecisionSecond})
	}
	for i := range 90 {
		posts = append(posts, crisis.Post{Source: "forum", ID: fmt.Sprint("c", i), Text: fmt.Sprintf("自来水有怪味第%d户", i), Author: fmt.Sprint("c", i), Published: eight.Add(20*time.Minute + time.Duration(i)*20*time.Second), Precision: crisis.PrecisionSecond})
	}
	run := func(restart int) string {
		cfg := DefaultConfig()
		cfg.Topics = []crisis.Topic{{ID: "water", Any: []string{"自来水"}}}
		cfg.Data, cfg.AuthorKey = t.TempDir(), "key"
		clock := &steppedClock{now: eight}
		var out bytes.Buffer
		start := func() *Daemon {
			d, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock), WithListener(func(o Occurrence) { _ = json.NewEncoder(&out).Encode(o) }))
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := start()
		past := slices.IndexFunc(posts, func(p crisis.Post) bool { return !p.Published.Before(eight) })
		if err := d.Learn(t.Context(), slices.Clone(posts[:past])); err != nil {
			t.Fatal(err)
		}
		for m := range 60 {
			clock.now = eight.Add(time.Duration(m+1) * time.Minute)
			var fresh []crisis.Post
			for _, p := range posts {
				if !p.Published.Before(clock.now.Add(-time.Minute)) && p.Published.Before(clock.now) {
					fresh = append(fresh, p)
				}
			}
			if err := d.Receive(t.Context(), &Source{Name: "forum"}, crawlers.Harvest{Posts: fresh, Class: crisis.ClassOK}); err != nil {
				t.Fatal(err)
			}
			if err := d.Tick(t.Context(), clock.now); err != nil {
				t.Fatal(err)
			}
			if restart > 0 && m%restart == restart-1 {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				d = start()
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := run(0)
	if !strings.Contains(want, "incident_opened") {
		t.Fatalf("nothing was opened:\n%s", want)
	}
	if got := run(7); got != want {
		t.Errorf("with restarts:\n%s\nwithout:\n%s", got, want)
	}
}

// TestRunStops runs a daemon as a program does and stops it: the console answers,
// systemd is told, and nothing is left running.
func TestRunStops(t *testing.T) {
	dir := t.TempDir()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	t.Setenv("NOTIFY_SOCKET", filepath.Join(dir, "n"))
	cfg := DefaultConfig()
	cfg.Data = dir
	d, err := New(t.Context(), cfg, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx, l) }()
	buf := make([]byte, 100)
	n, err := socket.Read(buf)
	if err != nil || string(buf[:n]) != "READY=1" {
		t.Errorf("systemd was told %q, %v", buf[:n], err)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/login"} {
		resp, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %d, %v", path, resp.StatusCode, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestReplayIsExact replays the same posts twice and compares byte by byte.
func TestReplayIsExact(t *testing.T) {
	file := filepath.Join(t.TempDir(), "posts.jsonl")
	var b strings.Builder
	for i := range 4000 {
		every := 3 * time.Minute
		if i > 3900 {
			every = 3*time.Minute - time.Duration(i-3900)*time.Second
		}
		fmt.Fprintf(&b, `{"id":"%d","source":"s","author_hash":"a%d","published":"%s","text":"第%d条","topic":"t%d"}`+"\n",
			i, i%911, eight.Add(time.Duration(i)*every).Format(time.RFC3339), i, i%2)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func() string {
		var out bytes.Buffer
		if err := Replay(t.Context(), DefaultConfig(), zap.NewNop(), []string{file}, func(o Occurrence) { _ = json.NewEncoder(&out).Encode(o) }); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if a, b := run(), run(); a != b {
		t.Errorf("two replays differ:\n%s\n%s", a, b)
	}
	for text, want := range map[string]string{"{": ":1: not a post", `{"text":"x"}`: "id is missing", `{"id":"1","text":"x"}`: "published is missing"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPosts([]string{file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadPosts(%s) = %v, want %q", text, err, want)
		}
	}
}
