package daemon

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// tapsOf returns the links of what a channel was sent last.
func tapsOf(f *fakeChannel) []crisis.TapLink { return f.sent[len(f.sent)-1].Taps }

func tokenOf(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// TestTaps has a person act by the links of a message: each once, before it expires, in
// the own name, and only where one person reads the channel.
func TestTaps(t *testing.T) {
	d, clock, one, two := testDaemon(t, "url: https://watch.example\npeople:\n  - {name: 王强, seat: A, channels: [one]}\n  - {name: 李敏, seat: B, channels: [two]}\n  - {name: 赵主任, seat: C, channels: [two]}\n")
	id := openIncident(t, d)
	deliverAll(t, d)
	if len(two.sent) > 0 && len(tapsOf(two)) != 0 {
		t.Error("a channel of two people carries links in one name")
	}
	links := tapsOf(one)
	if len(links) < 2 || links[0].Do != crisis.TapAcknowledge || links[1].Do != crisis.TapDone {
		t.Fatalf("links %+v", links)
	}
	text := alerts.Text(one.sent[0])
	if !strings.Contains(text, "一键签收：https://watch.example/tap/") || !strings.Contains(text, "办完一键勾选「") {
		t.Errorf("the message reads\n%s", text)
	}
	tick := tokenOf(links[1].URL)
	tap, in, err := d.Tapped(t.Context(), tick)
	if err != nil || tap.Person != "王强" || tap.Incident != id || in.Step(tap.Plan, tap.Step).Done {
		t.Fatalf("%+v, %v", tap, err)
	}
	if _, err := d.Tap(t.Context(), tick[:len(tick)-4]+"AAAA", ""); !errors.Is(err, crisis.ErrTapForged) {
		t.Errorf("a forged link: %v", err)
	}
	if _, err := d.Tap(t.Context(), tick, "已到现场"); err != nil {
		t.Fatal(err)
	}
	var s *crisis.StepState
	if err := d.store.View(t.Context(), func(tx *store.Tx) error {
		in, _, err := tx.Incident(id)
		s = in.Step(tap.Plan, tap.Step)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !s.Done || s.DoneBy != "王强" || s.Note != "已到现场" {
		t.Errorf("the step: %+v", s)
	}
	if _, err := d.Tap(t.Context(), tick, ""); !errors.Is(err, crisis.ErrTapExpired) {
		t.Errorf("used twice: %v", err)
	}
	if _, _, err := d.Tapped(t.Context(), tick); !errors.Is(err, crisis.ErrTapExpired) {
		t.Errorf("looked at after use: %v", err)
	}
	clock.now = clock.now.Add(tapLife)
	if _, err := d.Tap(t.Context(), tokenOf(links[0].URL), ""); !errors.Is(err, crisis.ErrTapExpired) {
		t.Errorf("after its end: %v", err)
	}
	rows, err := d.store.Ledger(t.Context(), id, 10)
	if err != nil || slices.ContainsFunc(rows, func(r store.LedgerRow) bool { return strings.Contains(r.Detail, "/tap/") }) {
		t.Errorf("a link stands in the ledger: %v, %v", rows, err)
	}
}

// TestTapUndone holds that a link whose act is refused may be used again.
func TestTapUndone(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "url: https://watch.example\npeople:\n  - {name: 王强, seat: A, channels: [one]}\n")
	id := openIncident(t, d)
	deliverAll(t, d)
	tick := tokenOf(tapsOf(one)[1].URL)
	tap, _, err := d.Tapped(t.Context(), tick)
	if err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventStepDone, Incident: id, Plan: tap.Plan, Step: tap.Step, By: "李敏"})
	if _, err := d.Tap(t.Context(), tick, ""); !errors.Is(err, crisis.ErrRefused) {
		t.Fatalf("ticked already: %v", err)
	}
	act(t, d, crisis.Act{Kind: crisis.EventStepReopened, Incident: id, Plan: tap.Plan, Step: tap.Step, By: "李敏", Note: "漏了一处"})
	if _, err := d.Tap(t.Context(), tick, ""); err != nil {
		t.Errorf("after it was opened again: %v", err)
	}
}
