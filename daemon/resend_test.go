package daemon

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// refusedIncident opens an incident of which channel one refuses the alert.
func refusedIncident(t *testing.T, d *Daemon, one *fakeChannel) string {
	t.Helper()
	one.answer = func(int) error {
		return &alerts.Refused{Fix: "invite the bot", Err: errors.New("not in channel")}
	}
	id := openIncident(t, d)
	deliverAll(t, d)
	one.answer = nil
	return id
}

// states says how the alerts of an incident stand, by id.
func states(t *testing.T, s *store.Store, incident string) map[string]string {
	t.Helper()
	rows, err := s.Ledger(t.Context(), incident, 100)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range rows {
		out[r.ID] = r.State
	}
	return out
}

// resent returns who had alerts of an incident sent again.
func resent(t *testing.T, s *store.Store, incident string) string {
	t.Helper()
	var who []string
	err := s.View(t.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(incident)
		for i := range events {
			if events[i].Kind == crisis.EventAlertResent {
				who = append(who, events[i].Actor)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(who, ", ")
}

// TestResend has a person send again what was refused: it arrives once, under its
// id, and the timeline says who asked for it.
func TestResend(t *testing.T) {
	d, _, one, _ := testDaemon(t, "")
	id := refusedIncident(t, d, one)
	var refused string
	for alert, state := range states(t, d.store, id) {
		if state == store.StateRefused {
			refused = alert
		}
	}
	if err := d.Resend(t.Context(), "20990101-01", refused, "李敏"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the alert of another incident: %v", err)
	}
	if err := d.Resend(t.Context(), id, refused, "李敏"); err != nil {
		t.Fatal(err)
	}
	if err := d.Resend(t.Context(), id, refused, "李敏"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what is on its way already: %v", err)
	}
	deliverAll(t, d)
	deliverAll(t, d)
	if len(one.sent) != 1 || one.sent[0].ID != refused || states(t, d.store, id)[refused] != store.StateSent {
		t.Errorf("channel one was sent %d alerts, the refused one is %s", len(one.sent), states(t, d.store, id)[refused])
	}
	if got := resent(t, d.store, id); got != "李敏" {
		t.Errorf("the timeline says that %q sent it again", got)
	}
	delete(d.wakes, "one")
	if err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.Refused(refused, d.clock.Now(), "", "") }); err != nil {
		t.Fatal(err)
	}
	if err := d.Resend(t.Context(), id, refused, "李敏"); !errors.Is(err, crisis.ErrRefused) {
		t.Errorf("a channel that is gone: %v", err)
	}
}

// TestMended starts again: with the channel set up as before what was refused
// stays so, with another set-up what was refused of open incidents is due again.
func TestMended(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	open := refusedIncident(t, d, one)
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: open, Note: "误报"})
	closed := open
	open = refusedIncident(t, d, one)
	restart := func(settings string) {
		t.Helper()
		cfg, err := ParseConfig("test.yaml", []byte("channels:\n  - {name: one, log: {"+settings+"}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Data = d.cfg.Data
		again, err := New(t.Context(), cfg, zap.NewNop(), WithClock(clock))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
	refused := func(incident string) (n int) {
		for _, state := range states(t, d.store, incident) {
			if state == store.StateRefused {
				n++
			}
		}
		return n
	}
	was := refused(closed)
	for range 2 {
		restart("")
		if refused(open) != 1 {
			t.Error("a start with the same channels sends again")
		}
	}
	restart("file: " + filepath.Join(t.TempDir(), "alerts.log"))
	if refused(open) != 0 || refused(closed) != was || was == 0 {
		t.Errorf("after the mending %d alerts of the open and %d of the closed incident are refused, want 0 and %d", refused(open), refused(closed), was)
	}
	if got := resent(t, d.store, open); got != crisis.Machine {
		t.Errorf("the timeline says that %q sent it again", got)
	}
}

// TestCheckSends has a check that delivers its test message send again what the
// channel had refused.
func TestCheckSends(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	clock.now = time.Now() // a check lives in our time
	id := refusedIncident(t, d, one)
	var said []string
	for _, f := range Examine(t.Context(), d.cfg, true) {
		if strings.HasPrefix(f.What, "refused") {
			said = append(said, f.What+": "+f.Detail)
		}
	}
	if len(said) != 1 || said[0] != "refused by one: sent again, alerts of open incidents: 1" {
		t.Errorf("the check says %q", said)
	}
	if got := resent(t, d.store, id); got != byCheck {
		t.Errorf("the timeline says that %q sent it again", got)
	}
	one.sent = nil
	clock.now = time.Now().Add(time.Second)
	deliverAll(t, d)
	if len(one.sent) != 1 || one.sent[0].Incident != id {
		t.Errorf("after the check channel one was sent %d alerts", len(one.sent))
	}
	cfg := *d.cfg
	cfg.Data = t.TempDir()
	if n, err := ResendRefused(t.Context(), &cfg, "one", byCheck); n != 0 || err != nil {
		t.Errorf("without a store: %d, %v", n, err)
	}
}
