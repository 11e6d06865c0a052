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

// kindsOf are the kinds of what a channel was sent.
func kindsOf(f *fakeChannel) (out []crisis.AlertKind) {
	for _, a := range f.sent {
		out = append(out, a.Kind)
	}
	return out
}

// timelineOf are the remarks in the timeline of an incident.
func timelineOf(t *testing.T, d *Daemon, id string) string {
	t.Helper()
	var b strings.Builder
	err := d.store.View(t.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(id)
		for _, e := range events {
			b.Write(e.Data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSilence holds that a silenced incident rings only for what is grave, that the
// newest of what was held is told at the end, and that the ledger says why it waited.
func TestSilence(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	id := openIncident(t, d)
	deliverAll(t, d)
	quiet := store.Silence{Incident: id, Channel: "one", Until: clock.now.Add(2 * time.Hour), By: "王强", Reason: "已知施工停水"}
	for _, bad := range []store.Silence{
		{Incident: id, Until: quiet.Until, By: "王强"},
		{Incident: id, Until: clock.now, By: "王强", Reason: "晚了"},
		{Incident: id, Until: clock.now.AddDate(0, 1, 0), By: "王强", Reason: "太久"},
		{Until: quiet.Until, By: "王强", Reason: "全部"},
		{Channel: "nobody", Until: quiet.Until, By: "王强", Reason: "没有"},
	} {
		if err := d.Silence(t.Context(), bad); !errors.Is(err, crisis.ErrRefused) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := d.Silence(t.Context(), quiet); err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(30 * time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"})
	deliverAll(t, d)
	if got := kindsOf(one); !slices.Equal(got, []crisis.AlertKind{crisis.AlertOpened}) {
		t.Errorf("silenced, and told %v", got)
	}
	if got := kindsOf(two); !slices.Equal(got, []crisis.AlertKind{crisis.AlertOpened, crisis.AlertClosed}) {
		t.Errorf("the other channel was told %v", got)
	}
	rows, err := d.store.Ledger(t.Context(), id, 20)
	if err != nil || !slices.ContainsFunc(rows, func(r store.LedgerRow) bool {
		return r.State == store.StateHeld && strings.Contains(r.Detail, "王强：已知施工停水")
	}) {
		t.Errorf("the ledger: %+v, %v", rows, err)
	}
	act(t, d, crisis.Act{Kind: crisis.EventReopened, Incident: id, Note: "又来了"})
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelII, Note: "有人就医"})
	deliverAll(t, d)
	if got := kindsOf(one); len(got) != 2 || one.sent[1].Level != crisis.LevelII {
		t.Errorf("a matter of level II waits: %v", got)
	}
	clock.now = clock.now.Add(2 * time.Hour)
	deliverAll(t, d)
	if got := kindsOf(one); len(got) != 2 {
		t.Errorf("what is older than the last word is told: %v", got)
	}
	if s := timelineOf(t, d, id); !strings.Contains(s, "静默提醒至") {
		t.Errorf("the timeline does not tell of the silence: %s", s)
	}
}

// TestSilenceEnds holds that ending a silence early tells the newest of what it held, and
// nothing of an incident that came and went meanwhile.
func TestSilenceEnds(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	if err := d.Silence(t.Context(), store.Silence{Topic: "water", Until: clock.now.Add(5 * time.Hour), By: "王强", Reason: "演习日"}); err != nil {
		t.Fatal(err)
	}
	gone := openIncident(t, d)
	deliverAll(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: gone, Note: "误报"})
	clock.now = clock.now.Add(time.Minute)
	stays := openIncident(t, d)
	deliverAll(t, d)
	if len(one.sent)+len(two.sent) != 0 {
		t.Fatalf("silenced, and told %v %v", kindsOf(one), kindsOf(two))
	}
	clock.now = clock.now.Add(time.Hour)
	if err := d.Unsilence(t.Context(), 1, "李敏"); err != nil {
		t.Fatal(err)
	}
	if err := d.Unsilence(t.Context(), 1, "李敏"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
	deliverAll(t, d)
	deliverAll(t, d)
	if len(one.sent) != 1 || one.sent[0].Incident != stays || one.sent[0].Kind != crisis.AlertOpened {
		t.Errorf("told %+v", one.sent)
	}
}

// TestPartOf holds that an open incident of a broader topic stands for its parts, unless
// they are graver, and that they are told when it is over.
func TestPartOf(t *testing.T) {
	d, clock, one, _ := testDaemon(t, "")
	d.topics["taps"] = crisis.Topic{ID: "taps", Title: "三号楼水管", PartOf: "water"}
	broad := openIncident(t, d)
	deliverAll(t, d)
	part := openIncidentOf(t, d, "taps")
	deliverAll(t, d)
	if len(one.sent) != 1 {
		t.Fatalf("a part rings: %v", kindsOf(one))
	}
	if s := timelineOf(t, d, broad); strings.Count(s, part) != 1 {
		t.Errorf("the broader incident does not tell of its part once: %s", s)
	}
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: part, Event: crisis.LevelII, Note: "有人受伤"})
	deliverAll(t, d)
	if len(one.sent) != 2 || one.sent[1].Incident != part {
		t.Errorf("a graver part does not ring: %v", kindsOf(one))
	}
	third := openIncidentOf(t, d, "taps")
	deliverAll(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: broad, Note: "已恢复"})
	clock.now = clock.now.Add(broadAgain)
	deliverAll(t, d)
	deliverAll(t, d)
	if !slices.ContainsFunc(one.sent, func(a crisis.Alert) bool { return a.Incident == third }) {
		t.Errorf("the broader incident is over and its part is not told of: %v", kindsOf(one))
	}
}

// TestStorm holds that what rings too often is gathered into one message of which each
// line is on record, and that grave alerts ring all the same.
func TestStorm(t *testing.T) {
	d, clock, one, two := testDaemon(t, "")
	d.cfg.Channels[0].Hourly = 5
	d.cfg.Channels[1].Hourly = 0
	var ids []string
	for range 12 {
		ids = append(ids, openIncident(t, d))
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Second)
	}
	if len(one.sent) != 5 || len(two.sent) != 12 {
		t.Fatalf("told %d and %d, want 5 and 12", len(one.sent), len(two.sent))
	}
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: ids[11], Event: crisis.LevelI, Note: "有人死亡"})
	deliverAll(t, d)
	if len(one.sent) != 6 || one.sent[5].Level != crisis.LevelI {
		t.Errorf("a matter of level I waits: %v", kindsOf(one))
	}
	clock.now = clock.now.Add(gatherFor)
	deliverAll(t, d)
	last := one.sent[len(one.sent)-1]
	if last.Kind != crisis.AlertDigest || len(last.Digest) != 7 || last.Digest[0].Incident != ids[5] {
		t.Fatalf("the digest: %+v", last)
	}
	text := alerts.Text(last)
	if !strings.HasPrefix(text, "【汇总】另有 7 条提醒，涉及 7 起事件") || !strings.Contains(text, ids[6]) {
		t.Errorf("the digest reads\n%s", text)
	}
	rows, err := d.store.Ledger(t.Context(), ids[6], 10)
	if err != nil || !slices.ContainsFunc(rows, func(r store.LedgerRow) bool { return r.State == store.StateBundled }) {
		t.Errorf("the ledger: %+v, %v", rows, err)
	}
}

// rated is a channel whose provider lets two messages through in ten seconds.
type rated struct{ fakeChannel }

func (*rated) Limits() []alerts.Rate { return []alerts.Rate{{N: 2, Per: 10 * time.Second}} }

// TestPace holds that a provider is never asked for more than it gives, not even by a
// daemon that has just started.
func TestPace(t *testing.T) {
	d, clock, _, _ := testDaemon(t, "")
	slow := &rated{}
	d.cfg.Channels[0].Sender = slow
	d.pacers["one"] = newPacer(slow)
	for range 7 {
		openIncident(t, d)
	}
	var at []time.Duration
	begin := clock.now
	for range 60 {
		n := slow.tries
		if clock.now.Sub(begin) == 12*time.Second { // a start forgets what it has sent
			d.pacers["one"] = newPacer(slow)
		}
		deliverAll(t, d)
		for range slow.tries - n {
			at = append(at, clock.now.Sub(begin))
		}
		clock.now = clock.now.Add(time.Second)
	}
	if len(at) != 7 {
		t.Fatalf("sent at %v, want seven", at)
	}
	for i := 2; i < len(at); i++ {
		if at[i]-at[i-2] < 10*time.Second {
			t.Errorf("sent at %v: more than two in ten seconds", at)
		}
	}
	if at[6] > 31*time.Second {
		t.Errorf("the seventh was sent after %v, want 30s", at[6])
	}
}
