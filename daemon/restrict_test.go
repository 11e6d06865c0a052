package daemon

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// TestRestrictedChannels restricts an incident: from then on only a channel whose
// configuration says so carries what it is about, the message on show elsewhere is
// edited, and nobody gets a link that acts. Without the restriction all is as before.
func TestRestrictedChannels(t *testing.T) {
	d, clock, _, two := testDaemon(t, "url: https://watch.example\npeople:\n  - {name: 王强, seat: A, channels: [one]}\n  - {name: 李敏, seat: B, channels: [two]}\n")
	board := &boardChannel{}
	d.cfg.Channels[0].Sender, d.cfg.Channels[1].Restricted = board, true
	id := openIncident(t, d)
	deliverAll(t, d)
	if len(board.sent) != 1 || board.sent[0].Restricted || len(board.sent[0].Taps) == 0 {
		t.Fatalf("before: %+v", board.sent)
	}
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelII, Note: "知情人举报"}) // on its way when it is restricted
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: id, Note: "涉密线索", Data: crisis.Restriction{People: []string{"李敏"}, Reason: "涉密线索"}})
	clock.now = clock.now.Add(time.Minute)
	board.edits = nil
	deliverAll(t, d)
	if len(board.edits) == 0 {
		t.Error("the message on show was not edited")
	}
	for _, a := range board.edits {
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b) + alerts.Text(a) + alerts.Short(a) + alerts.Headline(a)
		for _, fact := range []string{"自来水", "知情人", "涉密线索", "/tap/", "40", `"next"`} {
			if strings.Contains(text, fact) {
				t.Errorf("%s tells %q: %s", a.Kind, fact, text)
			}
		}
		if !strings.Contains(text, "限制知悉") || !strings.Contains(text, "https://watch.example/incidents/"+id) || !a.Restricted {
			t.Errorf("%s says %s", a.Kind, text)
		}
	}
	last := two.sent[len(two.sent)-1]
	if last.Restricted || last.Title != "自来水" || len(last.Taps) == 0 {
		t.Errorf("the channel that may: %+v", last)
	}
	d.cfg.Channels[0].Restricted = true
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "x"})
	clock.now = clock.now.Add(time.Minute)
	deliverAll(t, d)
	if a := board.edits[len(board.edits)-1]; a.Restricted || len(a.Taps) > 0 {
		t.Errorf("to somebody who is not on the list: %+v", a)
	}
	d.cfg.Channels[0].Restricted = false
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: id, Note: "已公开", Data: crisis.Restriction{Reason: "已公开"}})
	clock.now = clock.now.Add(time.Minute)
	deliverAll(t, d)
	if a := board.edits[len(board.edits)-1]; a.Restricted || a.Title != "自来水" {
		t.Errorf("after the restriction the message on show says %+v", a)
	}
}

// TestRestrictedGathered restricts an incident whose alerts were gathered or counted with
// others: neither the digest nor the audit names it, nor the timeline of another.
func TestRestrictedGathered(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	d.cfg.Channels[0].Hourly, d.cfg.Channels[1].Hourly, d.cfg.Channels[1].Restricted = 1, 1, true
	first := openIncident(t, d)
	deliverAll(t, d)
	id := openIncident(t, d)
	deliverAll(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: id, Note: "x", Data: crisis.Restriction{People: []string{"李敏"}, Reason: "x"}})
	for range 6 {
		clock.now = clock.now.Add(5 * time.Minute)
		deliverAll(t, d)
	}
	for name, ch := range map[string]*fakeChannel{"one": one, "two": two} {
		var digest *crisis.Alert
		for i := range ch.sent {
			if ch.sent[i].Kind == crisis.AlertDigest {
				digest = &ch.sent[i]
			}
		}
		if digest == nil {
			t.Fatalf("%s got no digest: %v", name, kindsOf(ch))
		}
		for _, x := range digest.Digest {
			if want := name == "one" && x.Incident == id; (x.Title == "一起限制知悉的事件") != want {
				t.Errorf("%s: the digest says %+v, restricted: %s", name, x, id)
			}
		}
	}
	found, err := d.Audit(t.Context(), clock.now.Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, f := range found {
		if strings.HasPrefix(f, id) && f != id+": 一起限制知悉的事件" {
			t.Errorf("the audit tells %q", f)
		}
		if strings.HasPrefix(f, first) {
			named++
		}
	}
	if named == 0 || !strings.Contains(fmt.Sprint(found), id) {
		t.Errorf("the audit found %v", found)
	}
}

// TestRestrictedPart joins a restricted incident to a broader one without its name.
func TestRestrictedPart(t *testing.T) {
	d, _, _, _ := testDaemon(t, "")
	broad, part := openIncident(t, d), openIncident(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: part, Note: "x", Data: crisis.Restriction{People: []string{"李敏"}, Reason: "x"}})
	err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		return d.joined(tx, store.Outgoing{Incident: part, Alert: crisis.Alert{Title: "城东自来水"}}, broad, d.clock.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := timelineOf(t, d, broad); strings.Contains(s, "城东") || !strings.Contains(s, "一起限制知悉的事件") {
		t.Errorf("the timeline of the other says %s", s)
	}
}
