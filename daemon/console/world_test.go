package console

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// night is when the tests play: 3 a.m. of a Wednesday in autumn.
var night = time.Date(2026, 10, 14, 3, 12, 0, 0, shanghai)

// office is the daemon as far as the console knows it, on a real store.
type office struct {
	t     *testing.T
	store *store.Store

	mu     sync.Mutex
	at     time.Time
	all    []Source
	broken error
	held   chan struct{} // until it is closed, no question of another sensitivity is answered; nil: it is at once

	pushKey string                     // for pushes; "" for none
	pushed  []store.Push               // who was sent a test
	takes   func(store.Push) error     // what a push service says to it; nil: it takes it
	accept  func(endpoint string) bool // whether it is a push service; nil: it is
}

func (o *office) PushKey() string { return o.pushKey }

func (o *office) AcceptPush(p store.Push) error {
	if o.accept != nil && !o.accept(p.Endpoint.Reveal()) {
		return errors.New("no push service")
	}
	return nil
}

func (o *office) TestPush(_ context.Context, p store.Push, lang string) (string, error) {
	o.pushed = append(o.pushed, p)
	if o.takes == nil {
		return "", nil
	}
	return map[string]string{"zh": "核对密钥", "en": "check the key"}[lang], o.takes(p)
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) wait(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

func (o *office) Act(ctx context.Context, a crisis.Act) (crisis.Incident, error) {
	var in crisis.Incident
	err := o.store.Update(ctx, func(tx *store.Tx) error {
		var err error
		if in, _, err = tx.Incident(a.Incident); err != nil {
			return err
		}
		events, err := in.Decide(a, o.now())
		if err != nil {
			return err
		}
		sealed, err := tx.Append(a.Incident, o.now(), events...)
		if err != nil {
			return err
		}
		return in.ApplyAll(sealed)
	})
	return in, err
}

func (o *office) Pause(_ context.Context, name string, paused bool, by string) error {
	for i := range o.all {
		if o.all[i].Name == name {
			o.all[i].Paused, o.all[i].PausedBy, o.all[i].PausedAt = paused, by, o.now()
			return nil
		}
	}
	return store.ErrNotFound
}

func (o *office) sources(context.Context) ([]Source, error) {
	if o.broken != nil {
		return nil, o.broken
	}
	return o.all, nil
}

// Chart is a day in the life of a topic: quiet nights, a rise since a quarter past two.
func (o *office) Chart(_ context.Context, topic string, from, to time.Time, bucket time.Duration) ([]Point, error) {
	var out []Point
	scale := float64(bucket) / float64(15*time.Minute)
	if strings.HasSuffix(topic, "quiet") {
		scale *= 0.15
	}
	i := 0
	for at := from; at.Before(to); at = at.Add(bucket) {
		hour := float64(at.In(shanghai).Hour()) + float64(at.Minute())/60
		usual := scale * (2.2 - 1.8*math.Cos((hour-3)/24*2*math.Pi))
		p := Point{At: at, Expected: usual, Low: math.Max(0, usual-1.8*math.Sqrt(usual)), High: usual + 2.2*math.Sqrt(usual) + 1, Coverage: 1}
		p.Observed = math.Round(math.Max(0, usual+math.Sin(float64(i)*2.7)*math.Sqrt(usual)))
		p.Negative = math.Floor(p.Observed / 4)
		if since := at.Sub(night.Add(-75 * time.Minute)).Hours(); since > 0 && !strings.HasSuffix(topic, "quiet") {
			p.Observed = math.Round(scale * 34 * (1 - math.Exp(-since*2)))
			p.Negative = math.Round(p.Observed * 0.62)
		}
		if d := night.Sub(at); d > 3*time.Hour && d < 4*time.Hour {
			p.Coverage, p.Observed, p.Negative = 0, 0, 0
		} else if d > 30*time.Minute && d < 100*time.Minute {
			p.Coverage = 0.75
		}
		out = append(out, p)
		i++
	}
	return out, nil
}

// world is a console with its store, its office and a browser.
type world struct {
	*office
	console *Console
	server  *httptest.Server
	browser *http.Client
	library *playbooks.Library
	errs    []error
}

// shipped is the library that nobody changes.
var shipped = sync.OnceValues(func() (*playbooks.Library, error) { return playbooks.Load(playbooks.Builtin()) })

func newWorld(t *testing.T, open bool) *world {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "watchfire.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	lib, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{office: &office{t: t, store: s, at: night}, library: lib}
	w.console, err = New(Options{
		Store: s, Desk: w.office, Chart: w.office, Sources: w.sources, Topics: func() []crisis.Topic { return topics },
		Now: w.now, Zone: shanghai, Org: "云川市人民政府新闻办公室", Version: "0.1.0", Open: open, Playbooks: lib, Phrases: true,
		OnError: func(_ *http.Request, err error) { w.errs = append(w.errs, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.console.patience = time.Minute
	w.server = httptest.NewServer(w.console)
	w.browser = w.newBrowser()
	t.Cleanup(func() {
		w.console.Close()
		w.server.Close()
	})
	return w
}

// newBrowser follows redirects and keeps cookies, as a browser does.
func (w *world) newBrowser() *http.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
}

var topics = []crisis.Topic{
	{ID: "tap-water", Title: "自来水异味", Any: []string{"自来水", "水龙头", "自来水厂"}, Must: [][]string{{"异味", "臭", "土腥味", "发黄"}}, Places: []string{"云川", "临江区", "老城区"}, Not: []string{"演练", "净水器", "招聘"}, Tags: []string{"utility"}},
	{ID: "school-quiet", Title: "校园食品安全", Any: []string{"食堂", "营养餐"}, Must: [][]string{{"变质", "拉肚子"}}},
	{ID: "bus-quiet", Title: "公交线路调整", Any: []string{"公交", "1路车"}, Not: []string{"招聘"}},
}

func coverage(name, title, kind string, every, ago time.Duration) Source {
	return Source{Name: name, Title: title, Kind: kind, Every: every, LastOK: night.Add(-ago), LastAttempt: night.Add(-ago), LastClass: crisis.ClassOK}
}

// fill puts a believable night into the store: tap water smells in 云川市.
func (w *world) fill() string {
	w.t.Helper()
	forum := coverage("forum", "云川论坛·民生版", "list", 5*time.Minute, 96*time.Minute)
	forum.Blind, forum.LastAttempt, forum.LastClass, forum.Failures = true, night.Add(-4*time.Minute), crisis.ClassUnavailable, 9
	forum.LastDetail, forum.NextAttempt = "get forum.yunchuan.example: connect: connection refused", night.Add(26*time.Minute)
	weibo := coverage("square", "云川微广场", "json", 2*time.Minute, time.Minute)
	gated := coverage("tieba", "云川吧", "list", 10*time.Minute, 9*time.Hour)
	gated.Paused, gated.LastClass = true, crisis.ClassGated
	gated.PausedBy, gated.PausedAt = crisis.Machine, night.Add(-9*time.Hour)
	off := Source{Name: "hotline", Title: "12345 工单", Kind: "push", Push: true, Off: true}
	w.all = []Source{weibo, coverage("news", "云川新闻网", "feed", 10*time.Minute, 6*time.Minute), forum, coverage("notices", "云川发布", "list", 15*time.Minute, 11*time.Minute), gated, off}
	for i := range w.all {
		w.attempts(&w.all[i])
	}
	w.sights()
	id := w.openIncident("tap-water", "自来水异味", night.Add(-41*time.Minute), crisis.LevelIII)
	w.keep(surge(night.Add(-41 * time.Minute)))
	w.must(w.act(id, crisis.EventAcknowledged, "", "李敏", "", night.Add(-36*time.Minute)))
	w.must(w.act(id, crisis.EventStepDone, "out-01", "李敏", "问了市水务集团调度室（陈工）：临江区、老城区约 2.1 万户，重点用户有市一院、云川三中；原水藻类异常，能否饮用等快检，预计 6 点前出结果。", night.Add(-30*time.Minute)))
	w.must(w.act(id, crisis.EventStepDone, "out-02", "李敏", "", night.Add(-24*time.Minute)))
	w.must(w.act(id, crisis.EventNote, "", "王主任", "分管副市长已知悉，要求先发安全提示，检测结果出来立即公布。", night.Add(-18*time.Minute)))
	old := w.openIncident("bus-quiet", "公交线路调整", night.Add(-50*time.Hour), crisis.LevelIV)
	w.must(w.act(old, crisis.EventClosed, "", "王主任", "线路已恢复，回应已发布，声量回到平常。", night.Add(-20*time.Hour)))
	w.deliver(id)
	w.emerge()
	return id
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) act(id string, kind crisis.EventKind, step, by, note string, at time.Time) error {
	a := crisis.Act{Kind: kind, Incident: id, By: by, Step: step, Note: note, At: at}
	if step != "" {
		a.Plan = "service-outage"
	}
	_, err := w.Act(context.Background(), a)
	return err
}

func (w *world) attempts(s *Source) {
	w.t.Helper()
	if s.Off {
		return
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		for at := night.Add(-26 * time.Hour); at.Before(night); at = at.Add(s.Every) {
			class := crisis.ClassOK
			if at.After(s.LastOK) || (s.Name == "news" && at.After(night.Add(-8*time.Hour)) && at.Before(night.Add(-7*time.Hour))) {
				class = crisis.ClassUnavailable
			}
			if err := tx.AddAttempt(crisis.Coverage{Source: s.Name, At: at, Class: class}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// sights is what could be seen in the last four weeks: the forum is down on Sundays.
func (w *world) sights() {
	w.t.Helper()
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		for day := range 28 {
			at := night.Add(-time.Duration(27-day) * 24 * time.Hour)
			err := tx.AddSight(store.Sight{From: at, Seen: map[string]bool{"square": true, "news": day%9 != 8, "forum": at.Weekday() != time.Sunday, "notices": true}})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

// surge is what the detector saw.
func surge(at time.Time) crisis.Signal {
	posts := []struct{ source, quote, url string }{
		{"square", "临江区谁家自来水也有股土腥味？刚给孩子冲奶粉，一股霉味，不敢喝了", "https://square.yunchuan.example/p/88121"},
		{"square", "老城区的水也臭了，烧开了更明显，打96116一直占线，到底能不能喝给句话", "https://square.yunchuan.example/p/88127"},
		{"news", "读者来电：多个小区反映自来水有异味，本报记者已联系市水务集团", "https://news.yunchuan.example/2026/10/14/1.html"},
		{"square", "超市矿泉水已经在抢了，大家冷静点，等通知", "https://square.yunchuan.example/p/88140"},
	}
	s := crisis.Signal{
		Detector: "surge", Rule: "surge/1", Topic: "tap-water", Tier: crisis.TierAlert, Level: crisis.LevelIII, At: at, Since: at.Add(-34 * time.Minute),
		Window: 30 * time.Minute, Observed: 46, Expected: 1.2, Low: 0, High: 4, Odds: 9.8, Posts: 63, Voices: 46, Unique: 51, Negative: 29, Coverage: 0.75, Sources: []string{"square", "news"},
	}
	for i, p := range posts {
		e := crisis.Evidence{
			Source: p.source, URL: p.url, Quote: p.quote, Published: at.Add(-time.Duration(30-6*i) * time.Minute), Mood: crisis.Negative, Copies: 1 + 4*(i%2),
		}
		post := postOf(e)
		e.Key = post.Key()
		s.Evidence = append(s.Evidence, e)
	}
	s.Evidence[2].Mood = crisis.Neutral
	return s
}

// postOf is the post that a piece of evidence quotes.
func postOf(e crisis.Evidence) crisis.Post {
	return crisis.Post{Source: e.Source, ID: e.URL, URL: e.URL, Text: e.Quote, Published: e.Published, Seen: e.Published, Precision: crisis.PrecisionSecond}
}

// keep stores the posts that a signal quotes.
func (w *world) keep(s crisis.Signal) {
	w.t.Helper()
	var all []store.Saved
	for _, e := range s.Evidence {
		p := postOf(e)
		all = append(all, store.Saved{Post: &p, Reading: &crisis.Reading{Mood: e.Mood}, Topics: []store.Hit{{Topic: s.Topic, Voice: true, Fresh: true}}})
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error { return tx.SavePosts(all) }))
}

func (w *world) openIncident(topic, title string, at time.Time, level crisis.Level) string {
	w.t.Helper()
	s := surge(at)
	s.Topic = topic
	var id string
	var found crisis.Topic
	for _, t := range topics {
		if t.ID == topic {
			found = t
		}
	}
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		var err error
		if id, err = tx.NewIncidentID(at.In(shanghai).Format("20060102")); err != nil {
			return err
		}
		mood := s
		mood.Detector, mood.Observed, mood.Expected, mood.Odds = "mood", 0.63, 0.21, 4.2
		events := []crisis.Event{
			crisis.NewEvent(crisis.EventDetected, at, crisis.Machine, crisis.Detected{Topic: topic, Title: title, Signal: s}),
			crisis.NewEvent(crisis.EventLevel, at, crisis.Machine, crisis.LevelChange{Opinion: level, Reason: "1小时声量达平常 8 倍以上，已扩散到 2 个平台", ReasonEN: "eight times the usual count in 1 h, on 2 platforms"}),
		}
		for _, m := range w.library.Match(playbooks.Query{Topic: found, Signals: []crisis.Signal{s}, Text: "自来水异味", Level: level}) {
			events = append(events, crisis.NewEvent(crisis.EventPlanned, at, crisis.Machine, w.library.Plan(m)))
		}
		events = append(events, crisis.NewEvent(crisis.EventBlind, at, crisis.Machine, crisis.Remark{Text: "forum"}),
			crisis.NewEvent(crisis.EventSignal, at.Add(9*time.Minute), crisis.Machine, mood))
		_, err = tx.Append(id, at, events...)
		return err
	}))
	return id
}

func (w *world) deliver(id string) {
	w.t.Helper()
	w.must(w.store.Update(context.Background(), func(tx *store.Tx) error {
		at := night.Add(-41 * time.Minute)
		for _, ch := range []string{"slack", "duty-sms"} {
			o := store.Outgoing{ID: id + ".5.opened." + ch, Incident: id, Channel: ch, Due: at, Alert: crisis.Alert{Kind: crisis.AlertOpened, Incident: id}}
			if err := tx.Enqueue(o); err != nil {
				return err
			}
			if err := tx.Sending(o.ID, at); err != nil {
				return err
			}
		}
		if err := tx.Sent(id+".5.opened.slack", at, "ref", "ok"); err != nil {
			return err
		}
		if err := tx.Refused(id+".5.opened.duty-sms", at, "status 401", "请管理员更换短信网关的密钥"); err != nil {
			return err
		}
		_, err := tx.Append(id, at,
			crisis.NewEvent(crisis.EventAlertSent, at, crisis.Machine, crisis.Delivery{Kind: crisis.AlertOpened, Channel: "slack"}),
			crisis.NewEvent(crisis.EventAlertRefused, at, crisis.Machine, crisis.Delivery{Kind: crisis.AlertOpened, Channel: "duty-sms", Detail: "请管理员更换短信网关的密钥"}))
		return err
	}))
}

// get fetches a page and wants a status.
func (w *world) get(path string, want int) string {
	w.t.Helper()
	r, err := w.browser.Get(w.server.URL + path)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.read(r, want)
}

// post sends a form and wants a status of the page that follows.
func (w *world) post(path string, form url.Values, want int) string {
	w.t.Helper()
	r, err := w.browser.PostForm(w.server.URL+path, form)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.read(r, want)
}

func (w *world) read(r *http.Response, want int) string {
	w.t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if r.StatusCode != want {
		w.t.Fatalf("%s %s: status %d, want %d\n%s", r.Request.Method, r.Request.URL.Path, r.StatusCode, want, b)
	}
	return string(b)
}

// form makes a form from pairs.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

var errDisk = errors.New("disk on fire at /var/lib/watchfire with password=hunter2")

func tickForm(step string) url.Values {
	return form("do", "tick", "plan", "service-outage", "step", step, "times", "0")
}
