package daemon

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/console"
	"watchfire/daemon/store"
)

// pushService counts what it is handed for each device, and answers as told.
type pushService struct {
	*httptest.Server

	mu      sync.Mutex     // guards what follows
	taken   map[string]int // by path
	asked   map[string]int
	answers map[string]int // status, by path
}

func newPushService(t *testing.T) *pushService {
	s := &pushService{taken: map[string]int{}, asked: map[string]int{}, answers: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked[r.URL.Path]++
		status := s.answers[r.URL.Path]
		if status == 0 {
			status = http.StatusCreated
			s.taken[r.URL.Path]++
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *pushService) answer(status int, devices ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range devices {
		s.answers["/"+d] = status
	}
}

// got is how much each device was handed and took.
func (s *pushService) got() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, path := range slices.Sorted(maps.Keys(s.taken)) {
		out = append(out, fmt.Sprintf("%s %d", path[1:], s.taken[path]))
	}
	return strings.Join(out, ", ")
}

// pushDaemon is a daemon with a channel that pushes to the service, beside a channel that
// keeps what it is told.
func pushDaemon(t *testing.T, s *pushService, data, more string) (*Daemon, *steppedClock, *fakeChannel) {
	t.Helper()
	cfg, err := ParseConfig("test.yaml", fmt.Appendf(nil, "topics:\n  - {id: water, title: 自来水, any: [自来水]}\nchannels:\n  - {name: push, webpush: {contact: mailto:it@yunchuan.example, services: [\"%s\"], timeout: 20s}}\n  - {name: two, log: {}}\n%s", strings.TrimPrefix(s.URL, "http://"), more))
	if err != nil {
		t.Fatal(err)
	}
	two := &fakeChannel{}
	cfg.Channels[1].Sender = two
	cfg.Data = data
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
	return d, clock, two
}

// device lets a user take alerts on a device, which knows us by the key in force.
func device(t *testing.T, d *Daemon, s *pushService, user, name string) {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = d.store.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.SetUser(store.User{Name: user, Role: "viewer", Password: "x", Created: eight}); err != nil {
			return err
		}
		return tx.AddPush(store.Push{
			User: user, Endpoint: crisis.Secret(s.URL + "/" + name), P256DH: base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
			Auth: "MDEyMzQ1Njc4OWFiY2RlZg", Key: d.PushKey(), Session: "s-" + name, Created: eight,
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func devicesOf(t *testing.T, d *Daemon, user string) (out []store.Push) {
	t.Helper()
	err := d.store.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = tx.Pushes(user)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rowOf is the newest line of the ledger about a channel and an incident.
func rowOf(t *testing.T, d *Daemon, incident, channel string, kind crisis.AlertKind) store.LedgerRow {
	t.Helper()
	rows, err := d.store.Ledger(t.Context(), incident, 50)
	if err != nil {
		t.Fatal(err)
	}
	var found []store.LedgerRow
	for _, r := range rows {
		if r.Channel == channel && r.Kind == kind {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines of %s about %s, want one: %+v", len(found), channel, kind, found)
	}
	return found[0]
}

// TestPushWhoSees pushes an incident that is restricted to those who may see it and to
// nobody else, and says so when none of them gets pushes.
func TestPushWhoSees(t *testing.T) {
	s := newPushService(t)
	d, clock, _ := pushDaemon(t, s, t.TempDir(), "")
	device(t, d, s, "李敏", "li-phone")
	device(t, d, s, "李敏", "li-desk")
	device(t, d, s, "周强", "zhou")
	id := openIncident(t, d)
	deliverAll(t, d)
	if got := s.got(); got != "li-desk 1, li-phone 1, zhou 1" {
		t.Errorf("pushed to %s", got)
	}
	if r := rowOf(t, d, id, "push", crisis.AlertOpened); r.State != store.StateSent || r.Detail != "已推送到 3 台设备" {
		t.Errorf("the ledger says %+v", r)
	}
	if p := devicesOf(t, d, "周强")[0]; !p.Reached.Equal(eight) {
		t.Errorf("last reached %s", p.Reached)
	}
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: id, Data: crisis.Restriction{People: []string{"李敏"}, Reason: "涉干部"}})
	clock.now = clock.now.Add(time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
	deliverAll(t, d)
	if got := s.got(); got != "li-desk 2, li-phone 2, zhou 1" {
		t.Errorf("pushed to %s", got)
	}
	clock.now = clock.now.Add(time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: id, Data: crisis.Restriction{People: []string{"王主任"}, Reason: "涉干部"}})
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"})
	deliverAll(t, d)
	if got := s.got(); got != "li-desk 2, li-phone 2, zhou 1" {
		t.Errorf("pushed to %s", got)
	}
	if r := rowOf(t, d, id, "push", crisis.AlertClosed); r.State != store.StateRefused || !strings.Contains(r.Fix, "都没有开启推送") {
		t.Errorf("the ledger says %+v", r)
	}
}

// TestPushDigest leaves out of a digest whoever may see none of it.
func TestPushDigest(t *testing.T) {
	s := newPushService(t)
	d, _, _ := pushDaemon(t, s, t.TempDir(), "")
	device(t, d, s, "李敏", "li")
	device(t, d, s, "周强", "zhou")
	open, secret := openIncident(t, d), openIncident(t, d)
	act(t, d, crisis.Act{Kind: crisis.EventRestricted, Incident: secret, Data: crisis.Restriction{People: []string{"李敏"}, Reason: "涉干部"}})
	b := &browsers{d.store, d.clock.Now}
	for want, ids := range map[string][]string{"li zhou-1": {open, secret}, "li": {secret}, "li zhou": {open, ""}} {
		a := crisis.Alert{ID: "digest." + want, Kind: crisis.AlertDigest}
		for _, id := range ids {
			a.Digest = append(a.Digest, crisis.Told{Incident: id, Title: "x"})
		}
		todo, _, err := b.Pending(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range todo {
			name := strings.TrimPrefix(x.Endpoint.Reveal(), s.URL+"/")
			if len(x.Hides) > 0 {
				name += fmt.Sprintf("-%d", len(x.Hides))
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("a digest of %v is for %v, want %s", ids, got, want)
		}
	}
}

// TestPushSome keeps a device whose service fails from holding up the others: they are
// told everything at once and once, it is told the newest when it can be reached again, and
// a person hears of it when that takes too long.
func TestPushSome(t *testing.T) {
	s := newPushService(t)
	data := t.TempDir()
	d, clock, _ := pushDaemon(t, s, data, "")
	device(t, d, s, "李敏", "good")
	device(t, d, s, "周强", "bad")
	s.answer(http.StatusTooManyRequests, "bad")
	id := openIncident(t, d)
	deliverAll(t, d)
	if r := rowOf(t, d, id, "push", crisis.AlertOpened); r.State != store.StateWaiting || !r.Due.After(clock.now) {
		t.Fatalf("the ledger says %+v", r)
	}
	clock.now = clock.now.Add(time.Second)
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
	deliverAll(t, d)
	if got := s.got(); got != "good 2" {
		t.Fatalf("pushed to %s, want the second alert not held up", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	later := clock.now.Add(5 * time.Minute)
	d, clock, two := pushDaemon(t, s, data, "") // who has what outlives the program
	clock.now = later
	s.answer(0, "bad")
	for range 3 {
		deliverAll(t, d)
		clock.now = clock.now.Add(5 * time.Minute)
	}
	if got := s.got(); got != "bad 1, good 2" && got != "bad 2, good 2" {
		t.Errorf("pushed to %s, want the rest only", got)
	}
	for _, kind := range []crisis.AlertKind{crisis.AlertOpened, crisis.AlertRaised} {
		if r := rowOf(t, d, id, "push", kind); r.State != store.StateSent || r.Detail != "已推送到 2 台设备" {
			t.Errorf("%s: the ledger says %+v", kind, r)
		}
	}
	s.answer(http.StatusServiceUnavailable, "bad")
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"})
	for range 60 {
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Minute)
	}
	r := rowOf(t, d, id, "push", crisis.AlertClosed)
	if r.State != store.StateRefused || r.Attempts != restTries || !strings.Contains(r.Fix, "1 台设备没有收到") || !strings.Contains(r.Fix, "其他 1 台已收到") {
		t.Errorf("the ledger says %+v", r)
	}
	if !slices.ContainsFunc(two.sent, func(a crisis.Alert) bool { return a.Trouble != nil && a.Trouble.Name == "push" }) {
		t.Error("nobody was told on the other channel")
	}
	if text := fmt.Sprintf("%+v %+v", r, two.sent); strings.Contains(text, s.URL+"/bad") {
		t.Errorf("an endpoint is shown: %s", text)
	}
}

// TestPushNewest does not let an old alert take the place of a newer one of its incident on
// a device that missed the old one.
func TestPushNewest(t *testing.T) {
	s := newPushService(t)
	d, clock, _ := pushDaemon(t, s, t.TempDir(), "")
	device(t, d, s, "李敏", "good")
	device(t, d, s, "周强", "bad")
	s.answer(http.StatusBadGateway, "bad")
	id := openIncident(t, d)
	deliverAll(t, d)
	s.answer(0, "bad")
	clock.now = clock.now.Add(time.Second) // before the next attempt at the first
	act(t, d, crisis.Act{Kind: crisis.EventLevel, Incident: id, Event: crisis.LevelI, Note: "有人就医"})
	for range 3 {
		deliverAll(t, d)
		clock.now = clock.now.Add(time.Minute)
	}
	if got := s.got(); got != "bad 1, good 2" {
		t.Errorf("pushed to %s, want the newest only where the first was missed", got)
	}
	if r := rowOf(t, d, id, "push", crisis.AlertOpened); r.State != store.StateSent {
		t.Errorf("the ledger says %+v", r)
	}
}

// TestPushAfterCrash sends an alert again of whose delivery nothing was booked, to those
// devices only that do not have it.
func TestPushAfterCrash(t *testing.T) {
	s := newPushService(t)
	data := t.TempDir()
	d, _, _ := pushDaemon(t, s, data, "")
	device(t, d, s, "李敏", "one")
	device(t, d, s, "周强", "two")
	s.answer(http.StatusBadGateway, "two")
	id := openIncident(t, d)
	ch := &d.cfg.Channels[0]
	due, err := d.dueOn(t.Context(), ch)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %d due", err, len(due))
	}
	if _, _, err := d.sending(t.Context(), ch, &due[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := ch.Sender.Send(t.Context(), due[0].Alert); err == nil { // and here it dies
		t.Fatal("a device that was not reached counts as reached")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	s.answer(0, "two")
	d, _, _ = pushDaemon(t, s, data, "")
	deliverAll(t, d)
	if got := s.got(); got != "one 1, two 1" {
		t.Errorf("pushed to %s", got)
	}
	if r := rowOf(t, d, id, "push", crisis.AlertOpened); r.State != store.StateSent || r.Attempts != 2 {
		t.Errorf("the ledger says %+v", r)
	}
}

// TestPushGone forgets a device that is gone, and leaves its owner a line about it.
func TestPushGone(t *testing.T) {
	s := newPushService(t)
	d, clock, _ := pushDaemon(t, s, t.TempDir(), "")
	device(t, d, s, "李敏", "old")
	device(t, d, s, "李敏", "new")
	s.answer(http.StatusGone, "old")
	id := openIncident(t, d)
	deliverAll(t, d)
	if r := rowOf(t, d, id, "push", crisis.AlertOpened); r.State != store.StateSent || r.Detail != "已推送到 1 台设备" {
		t.Errorf("the ledger says %+v", r)
	}
	clock.now = clock.now.Add(time.Minute)
	act(t, d, crisis.Act{Kind: crisis.EventClosed, Incident: id, Note: "误报"})
	deliverAll(t, d)
	if s.asked["/old"] != 1 || s.taken["/new"] != 2 {
		t.Errorf("asked for %v", s.asked)
	}
	all := devicesOf(t, d, "李敏")
	if len(all) != 2 || !all[0].Gone.Equal(eight) || all[0].Endpoint != "" || all[0].Auth != "" || !all[1].Gone.IsZero() {
		t.Errorf("kept %+v", all)
	}
}

// TestPushTest says what came of a test in the words of its reader.
func TestPushTest(t *testing.T) {
	s := newPushService(t)
	d, _, _ := pushDaemon(t, s, t.TempDir(), "")
	device(t, d, s, "李敏", "phone")
	for _, x := range []struct {
		status int
		want   error
		fix    bool
	}{{0, nil, false}, {503, console.ErrUnpushed, false}, {403, console.ErrUnpushed, true}, {410, console.ErrPushGone, false}} {
		s.answer(x.status, "phone")
		fix, err := d.TestPush(t.Context(), devicesOf(t, d, "李敏")[0], "en")
		if !errors.Is(err, x.want) || (fix != "") != x.fix || x.fix && !strings.Contains(fix, "the push service") {
			t.Errorf("%d: %q, %v", x.status, fix, err)
		}
	}
	if !devicesOf(t, d, "李敏")[0].Reached.Equal(eight) || devicesOf(t, d, "李敏")[0].Gone.IsZero() {
		t.Error("what came of tests was not noted")
	}
	if err := d.AcceptPush(store.Push{Endpoint: "https://169.254.169.254/latest"}); err == nil || strings.Contains(err.Error(), "latest") {
		t.Errorf("an address inside is accepted, or shown: %v", err)
	}
}

// TestPushKeys makes a key once, and after another was configured serves those who know the
// first with it.
func TestPushKeys(t *testing.T) {
	s := newPushService(t)
	data := t.TempDir()
	d, _, _ := pushDaemon(t, s, data, "")
	first := d.PushKey()
	device(t, d, s, "李敏", "phone")
	restart := func() {
		t.Helper()
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		d, _, _ = pushDaemon(t, s, data, "")
	}
	if restart(); first == "" || d.PushKey() != first {
		t.Errorf("the key is %q, and %q after a restart", first, d.PushKey())
	}
	const configured = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw" // of the example of RFC 8291
	if err := lend(t.Context(), []Channel{{Name: "push", Sender: &alerts.WebPush{Key: configured}}}, d.store, func() time.Time { return eight.Add(time.Hour) }); err != nil {
		t.Fatal(err)
	}
	if restart(); d.PushKey() == first {
		t.Error("the configured key is not the newest")
	}
	device(t, d, s, "周强", "desk")
	todo, _, err := (&browsers{d.store, d.clock.Now}).Pending(t.Context(), crisis.Alert{ID: "a"})
	if err != nil || len(todo) != 2 {
		t.Fatalf("%v, %d devices", err, len(todo))
	}
	for i, want := range []string{first, d.PushKey()} {
		if got, err := alerts.PushPublic(todo[i].Key); err != nil || got != want {
			t.Errorf("device %d is signed for with %s, %v, want %s", i, got, err, want)
		}
	}
}

// TestPushSendTest lets the command line push a test to the browsers in the store.
func TestPushSendTest(t *testing.T) {
	s := newPushService(t)
	d, _, _ := pushDaemon(t, s, t.TempDir(), "url: http://watch.example\n")
	device(t, d, s, "李敏", "phone")
	cfg := *d.cfg
	cfg.Channels = []Channel{{Name: "push", KindName: "webpush", Sender: &alerts.WebPush{Contact: "mailto:it@yunchuan.example", Services: []string{strings.TrimPrefix(s.URL, "http://")}, TTL: time.Hour, Timeout: 20 * time.Second}}}
	found, err := SendTest(t.Context(), &cfg, nil)
	if err != nil || len(found) != 1 || !found[0].OK || s.got() != "phone 1" {
		t.Errorf("%+v, %v, pushed to %s", found, err, s.got())
	}
	if warned := cfg.unpushed(); len(warned) != 1 || !warned[0].Warn {
		t.Errorf("an address without TLS: %+v", warned)
	}
	cfg.Data = filepath.Join(t.TempDir(), "nowhere")
	cfg.Channels[0].Sender.(*alerts.WebPush).Subscribers = nil
	if found, err = SendTest(t.Context(), &cfg, nil); err != nil || found[0].OK {
		t.Errorf("%+v, %v, although nobody can have asked for alerts", found, err)
	}
}

// TestContacts lists who can be called and when they are on duty.
func TestContacts(t *testing.T) {
	s := newPushService(t)
	d, _, _ := pushDaemon(t, s, t.TempDir(), `people:
  - {name: 王强, seat: A, phone: "13800000001"}
  - {name: 李敏, roles: [office_director], phone: "0871-55550101"}
  - {name: 周强, seat: C}
roster:
  shifts:
    - {days: [mon, tue, wed, thu, fri, sat, sun], from: "18:00", to: "08:15", people: [王强]}
`)
	all := d.contacts("zh")
	if len(all) != 2 || all[0].Name != "王强" || all[0].Phone != "13800000001" || !slices.Contains(all[0].Roles, "值班员") || len(all[1].Duty) != 0 {
		t.Fatalf("%+v", all)
	}
	var got []string
	for _, x := range all[0].Duty {
		got = append(got, x.From.In(d.cfg.Zoned()).Format("2 15:04")+"-"+x.To.In(d.cfg.Zoned()).Format("2 15:04"))
	}
	if want := []string{"16 08:00-16 08:15", "16 18:00-17 08:15", "17 18:00-18 08:15", "18 18:00-19 08:00"}; !slices.Equal(got, want) {
		t.Errorf("on duty %q, want %q", got, want)
	}
}
