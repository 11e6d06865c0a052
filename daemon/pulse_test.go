package daemon

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// pulse lets minutes pass: the pulse is taken and what is due is delivered.
func pulse(t *testing.T, d *Daemon, clock *steppedClock, minutes int) {
	t.Helper()
	for range minutes {
		if err := d.Pulse(t.Context()); err != nil {
			t.Fatal(err)
		}
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Minute)
	}
}

// TestDaily holds that every channel hears once a day that somebody watches, and that a
// channel which does not take it is told of on the others.
func TestDaily(t *testing.T) {
	d, clock, one, two := testDaemon(t, "pulse: {daily: \"09:00\"}\nsources:\n  - {name: forum, title: 论坛, every: 5m, scenario: {}}\n")
	clock.now = time.Date(2026, 3, 16, 0, 58, 0, 0, time.UTC) // 08:58 in Shanghai
	two.answer = func(int) error { return errors.New("connection reset") }
	openIncident(t, d)
	pulse(t, d, clock, 2)
	before := len(one.sent)
	pulse(t, d, clock, 30)
	var daily, broken int
	for _, a := range one.sent[before:] {
		switch {
		case a.Kind == crisis.AlertAlive:
			daily++
			if s := alerts.Text(a); !strings.Contains(s, "来源 0/1 可见，在办事件 1 起") || !strings.Contains(s, "【值守注意】") || !strings.Contains(s, "论坛") {
				t.Errorf("the daily word reads\n%s", s)
			}
		case a.Trouble != nil && a.Trouble.Part == crisis.PartChannel && a.Trouble.Name == "two":
			broken++
		}
	}
	if daily != 1 || broken != 1 {
		t.Errorf("told %d daily words and %d times of the broken channel, want one each", daily, broken)
	}
	clock.now = clock.now.Add(24*time.Hour - 32*time.Minute)
	two.answer = nil
	before = len(one.sent)
	pulse(t, d, clock, 30)
	n := 0
	for _, a := range one.sent[before:] {
		if a.Kind == crisis.AlertAlive {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the next morning it was said %d times", n)
	}
}

// TestAudit holds that a moment that the clocks have missed is found by the second look,
// told once, and told to be over.
func TestAudit(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	openIncident(t, d)
	deliverAll(t, d)
	if found, err := d.Audit(t.Context(), clock.now); err != nil || len(found) != 0 {
		t.Fatalf("nothing is due and the audit finds %q, %v", found, err)
	}
	clock.now = clock.now.Add(2 * time.Hour) // and no minute was judged
	found, err := d.Audit(t.Context(), clock.now)
	if err != nil || len(found) == 0 {
		t.Fatalf("the audit finds nothing: %v", err)
	}
	before := len(one.sent)
	pulse(t, d, clock, 30)
	told := 0
	for _, a := range one.sent[before:] {
		if a.Trouble != nil && a.Trouble.Part == crisis.PartSelf {
			told++
		}
	}
	if told != 1 || !d.unsound.Load() {
		t.Errorf("told of the audit %d times", told)
	}
	if err := d.Tick(t.Context(), clock.now); err != nil {
		t.Fatal(err)
	}
	pulse(t, d, clock, 20)
	if last := one.sent[len(one.sent)-1]; last.Kind != crisis.AlertSight || last.Trouble.Part != crisis.PartSelf || d.unsound.Load() {
		t.Errorf("the end is not told: %+v", last)
	}
}

// TestUntried holds that the audit finds alerts that nobody tries to send.
func TestUntried(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	openIncident(t, d)
	found, err := d.Audit(t.Context(), clock.now.Add(stall+time.Minute))
	if err != nil || len(found) < 2 {
		t.Errorf("found %q, %v", found, err)
	}
	if err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.SetSetting(settingHeld+"one", clock.now.Add(time.Hour).UTC().Format(time.RFC3339Nano))
	}); err != nil {
		t.Fatal(err)
	}
	found, err = d.Audit(t.Context(), clock.now.Add(stall+time.Minute))
	for _, f := range found {
		if strings.HasPrefix(f, "one:") {
			t.Errorf("a channel that was asked for patience is found: %q, %v", f, err)
		}
	}
}

// TestCallOn holds that only a good answer is one, and that no error shows the address.
func TestCallOn(t *testing.T) {
	var status atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	for code, good := range map[int32]bool{200: true, 204: true, 301: false, 404: false, 500: false} {
		status.Store(code)
		if err := callOn(t.Context(), s.URL+"/topsecret"); (err == nil) != good || err != nil && strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%d: %v", code, err)
		}
	}
	s.Close()
	if err := callOn(t.Context(), s.URL+"/topsecret"); err == nil || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("nobody answers: %v", err)
	}
}
