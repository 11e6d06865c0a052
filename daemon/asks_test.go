package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

const asksConfig = `sources:
  - {name: letters, title: 领导信箱, asks: true, push: {secret: 0123456789abcdef0123456789abcdef}}
  - {name: forum, title: 云川论坛, push: {secret: 0123456789abcdef0123456789abcdef}}
`

// say delivers posts of a source, each at its age.
func say(t *testing.T, d *Daemon, source string, posts ...crisis.Post) {
	t.Helper()
	if err := d.Receive(t.Context(), d.sourceConfig(source), crawlers.Harvest{Posts: posts, Class: crisis.ClassOK}); err != nil {
		t.Fatal(err)
	}
}

func post(id, text string, at time.Time) crisis.Post {
	return crisis.Post{ID: id, Text: text, Published: at, Precision: crisis.PrecisionSecond, Author: "a" + id}
}

func waiting(t *testing.T, d *Daemon) []crisis.Ask {
	t.Helper()
	var out []crisis.Ask
	if err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Asks(false, "", 100)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAsksAreQueued has people write to us and beside us: who is queued, in which order,
// by when, and who is rung up for.
func TestAsksAreQueued(t *testing.T) {
	d, _, one, two := testDaemon(t, asksConfig)
	say(t, d, "letters",
		post("1", "请问周末身份证窗口还办吗", eight),
		post("2", "我要投诉物业，电梯坏了一个月", eight),
		post("3", "今天天气真好", eight),
		post("4", "我们被困在三楼出不去，楼道全是烟，快来人", eight))
	say(t, d, "forum",
		post("5", "请问自来水几点恢复", eight),
		post("6", "我们被困在山上了，快来人", eight), // in no place and no topic of ours
		post("7", "自来水管爆了，我们被困在地下室，快来人", eight.Add(-7*time.Hour)))
	var got []crisis.AskClass
	for _, a := range waiting(t, d) {
		got = append(got, a.Class)
	}
	want := []crisis.AskClass{crisis.AskRescue, crisis.AskRescue, crisis.AskQuestion, crisis.AskComplaint}
	if len(got) != len(want) {
		t.Fatalf("queued %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("queued %v, want %v", got, want)
		}
	}
	if due := waiting(t, d)[3].Due; !due.Equal(time.Date(2026, 3, 23, 23, 59, 0, 0, d.cfg.Zoned())) { // Monday to Monday
		t.Errorf("the complaint is due %v", due)
	}
	deliverAll(t, d)
	for _, ch := range []*fakeChannel{one, two} {
		if len(ch.sent) != 1 || ch.sent[0].Kind != crisis.AlertRescue || ch.sent[0].Ask.Source != "领导信箱" {
			t.Errorf("a channel was told %+v, want the one young call for help", ch.sent)
		}
	}
	t.Log(alerts.Text(one.sent[0]))
}

// TestCallsForHelpAreTold holds that copies ring once, that people are reminded three
// times and no more, and that an act ends it.
func TestCallsForHelpAreTold(t *testing.T) {
	d, clock, one, _ := testDaemon(t, asksConfig)
	incident := openIncident(t, d)
	cry := "自来水厂三楼有人在喊救命，楼道全是烟，我们出不去"
	say(t, d, "forum", post("1", cry, eight), post("2", cry+"！", eight))
	say(t, d, "forum", post("3", cry+"！！", eight))
	if all := waiting(t, d); len(all) != 1 || all[0].Count != 3 {
		t.Fatalf("queued %+v, want one of three copies", all)
	}
	var in crisis.Incident
	var events []crisis.Event
	if err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(incident)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Kind != crisis.EventNote || !in.Open() {
		t.Errorf("the timeline ends with %s, want the call for help", last.Kind)
	}
	told := func() (n int) {
		deliverAll(t, d)
		for _, a := range one.sent {
			if a.Kind == crisis.AlertRescue {
				n++
			}
		}
		return n
	}
	for minute := range 60 {
		want := min(1+minute/10, 1+mostReminders)
		if n := told(); n != want {
			t.Fatalf("after %d minutes told %d times, want %d", minute, n, want)
		}
		clock.now = clock.now.Add(time.Minute)
		if err := d.Tick(t.Context(), clock.now); err != nil {
			t.Fatal(err)
		}
	}
	key := waiting(t, d)[0].Key
	act := crisis.AskAct{Key: key, Do: string(crisis.AskTransferred), By: "王值班"}
	if err := d.Ask(t.Context(), act); !errors.Is(err, crisis.ErrRefused) {
		t.Errorf("a transfer to nobody: %v", err)
	}
	act.Note = "119"
	if err := d.Ask(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	if all := waiting(t, d); len(all) != 0 {
		t.Errorf("still waiting: %+v", all)
	}
	say(t, d, "forum", post("4", cry, clock.now)) // they cry again
	if n := told(); n != 2+mostReminders {
		t.Errorf("told %d times after the answer, want once more", n)
	}
}

// TestReclassed holds that a person's word makes a call for help, which tells people.
func TestReclassed(t *testing.T) {
	d, _, one, _ := testDaemon(t, asksConfig)
	say(t, d, "letters", post("1", "请问水漫进车厢了车门打不开怎么办", eight))
	all := waiting(t, d)
	if len(all) != 1 || all[0].Class == crisis.AskRescue {
		t.Fatalf("queued %+v", all)
	}
	if err := d.Ask(t.Context(), crisis.AskAct{Key: all[0].Key, Do: crisis.AskReclass, Class: crisis.AskRescue, By: "王值班"}); err != nil {
		t.Fatal(err)
	}
	deliverAll(t, d)
	if len(one.sent) != 1 || one.sent[0].Kind != crisis.AlertRescue {
		t.Errorf("told %+v", one.sent)
	}
}

// TestCallSurvivesDeath holds that a call whose daemon dies before it is sent, without
// closing anything, is told once by the next daemon on the same store.
func TestCallSurvivesDeath(t *testing.T) {
	d, clock, _, _ := testDaemon(t, asksConfig)
	cry := post("1", "自来水厂三楼有人在喊救命，楼道全是烟，我们出不去", eight)
	say(t, d, "forum", cry)
	cfg := *d.cfg
	cfg.Channels = append([]Channel(nil), cfg.Channels...)
	heir := &fakeChannel{}
	cfg.Channels[0].Sender = heir
	next, err := New(t.Context(), &cfg, zap.NewNop(), WithClock(clock)) // the first one never sent and never closed
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := next.Close(); err != nil {
			t.Error(err)
		}
	}()
	say(t, next, "forum", cry) // the source shows it still
	for range 2 {
		if _, err := next.Deliver(t.Context(), &next.cfg.Channels[0]); err != nil {
			t.Fatal(err)
		}
	}
	if len(heir.sent) != 1 || heir.sent[0].Kind != crisis.AlertRescue {
		t.Errorf("told %d times, want once", len(heir.sent))
	}
}

// TestDeadlines holds the deadline of each class, working days around a weekend and a
// holiday, and that a calendar without working days ends.
func TestDeadlines(t *testing.T) {
	a := defaultAsks()
	zone := time.FixedZone("CST", 8*3600)
	friday := time.Date(2026, 4, 3, 17, 0, 0, 0, zone)
	weekday := new(Holidays).works
	holiday := func(at time.Time) bool { return weekday(at) && at.Day() != 6 } // Tomb-sweeping Day is made up for on Monday
	for _, x := range []struct {
		class crisis.AskClass
		works func(time.Time) bool
		want  time.Time
	}{
		{crisis.AskRescue, weekday, friday.Add(10 * time.Minute)},
		{crisis.AskMedia, weekday, friday.Add(30 * time.Minute)},
		{crisis.AskAbuse, weekday, friday.Add(time.Hour)},
		{crisis.AskQuestion, weekday, friday.Add(24 * time.Hour)},
		{crisis.AskSuggestion, weekday, friday.Add(24 * time.Hour)},
		{crisis.AskTipOff, weekday, time.Date(2026, 4, 3, 23, 59, 0, 0, zone)},
		{crisis.AskError, weekday, time.Date(2026, 4, 8, 23, 59, 0, 0, zone)},
		{crisis.AskError, holiday, time.Date(2026, 4, 9, 23, 59, 0, 0, zone)},
		{crisis.AskComplaint, weekday, time.Date(2026, 4, 10, 23, 59, 0, 0, zone)},
		{crisis.AskEmotion, weekday, time.Time{}},
	} {
		if got := a.due(x.class, friday, zone, x.works); !got.Equal(x.want) {
			t.Errorf("%s: due %v, want %v", x.class, got, x.want)
		}
	}
	if got := a.due(crisis.AskComplaint, friday, zone, func(time.Time) bool { return false }); got.Before(friday) {
		t.Errorf("without working days: %v", got)
	}
	if _, err := ParseConfig("x.yaml", []byte("asks: {rescue: 10s}\n")); err == nil || !strings.Contains(err.Error(), "asks: rescue") {
		t.Errorf("a deadline of 10s: %v", err)
	}
}
