package town

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"watchfire/crisis"
)

// The sites of the town.
const (
	Forum  = "yunchuan-forum"  // 云川论坛, an HTML list in GB18030
	News   = "yunchuan-news"   // 云川新闻网, RSS
	Micro  = "yunchuan-micro"  // 云川微播, a JSON interface
	Notice = "yunchuan-notice" // 云川发布, Atom
)

// Town is the simulated city from begin on, for some days.
type Town struct {
	seed  uint64
	begin time.Time
	zone  *time.Location
	days  int
	posts []crisis.Post // in order of time
}

// New builds the town. Begin is taken at midnight of its day in zone; the crisis
// falls on the last day.
func New(seed uint64, begin time.Time, zone *time.Location, days int) *Town {
	b := begin.In(zone)
	t := &Town{seed: seed, begin: time.Date(b.Year(), b.Month(), b.Day(), 0, 0, 0, 0, zone), zone: zone, days: max(days, 2)}
	end := t.begin.AddDate(0, 0, t.days)
	for m := t.begin; m.Before(end); m = m.Add(time.Minute) {
		t.minute(m)
	}
	slices.SortStableFunc(t.posts, func(a, b crisis.Post) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return t
}

// Truth is what really happens, for tests and for the demo's plan.
type Truth struct {
	Live       time.Time // a good moment to begin watching
	Crisis     time.Time // the first complaint
	Statement  time.Time // the city's first statement
	Dead       time.Time // from when the notice site does not answer
	Flood      time.Time // a few accounts repeat one text for twenty minutes
	FloodUntil time.Time
	Programme  time.Duration // of each evening, from midnight
	End        time.Time
}

// Truth returns what happens.
func (t *Town) Truth() Truth {
	last := t.begin.AddDate(0, 0, t.days-1)
	at := func(h, m int) time.Time { return last.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	return Truth{
		Live: at(8, 50), Crisis: at(9, 5), Statement: at(11, 0), Dead: at(9, 30),
		Flood: t.begin.AddDate(0, 0, t.days-2).Add(15 * time.Hour), FloodUntil: t.begin.AddDate(0, 0, t.days-2).Add(15*time.Hour + 20*time.Minute),
		Programme: 20 * time.Hour, End: t.begin.AddDate(0, 0, t.days),
	}
}

// scene is one subject on one site: so many posts on an average day, at these hours.
type scene struct {
	source  string
	subject string
	kind    crisis.Kind
	daily   float64
	people  int // how many authors take part
}

var scenes = []scene{
	{Forum, "闲聊", crisis.KindPost, 700, 900},
	{Micro, "闲聊", crisis.KindPost, 1500, 4000},
	{Micro, "公交", crisis.KindPost, 260, 900},
	{Forum, "公交", crisis.KindPost, 120, 300},
	{Micro, "学校", crisis.KindPost, 220, 700},
	{Forum, "学校", crisis.KindPost, 110, 300},
	{Micro, "用水", crisis.KindPost, 34, 200},
	{Forum, "用水", crisis.KindPost, 20, 150},
	{News, "新闻", crisis.KindArticle, 60, 8},
	{Notice, "政务", crisis.KindArticle, 12, 1},
}

// rhythm is the share of a day's posts by hour: quiet before dawn, busy at noon
// and in the evening.
var rhythm = [24]float64{.55, .35, .22, .16, .15, .25, .55, .9, 1.2, 1.35, 1.4, 1.4, 1.3, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.3, 1.45, 1.5, 1.3, .9}

// minute writes the posts of one minute. Its dice depend on the seed and the
// minute only.
func (t *Town) minute(m time.Time) {
	r := rand.New(rand.NewPCG(t.seed, uint64(m.Unix())))
	local := m.In(t.zone)
	share := rhythm[local.Hour()] / 1440
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		share *= 0.85
	}
	for _, s := range scenes {
		for range poisson(r, s.daily*share) {
			t.post(r, s.source, s.kind, m, say(r, s.subject), author(r, s))
		}
	}
	if local.Hour() == 20 && local.Minute() < 40 {
		for range poisson(r, 1.5) {
			t.post(r, Micro, crisis.KindPost, m, say(r, "节目"), author(r, scene{Micro, "节目", "", 0, 2000}))
		}
	}
	x := t.Truth()
	if !m.Before(x.Flood) && m.Before(x.FloodUntil) {
		for range 4 {
			t.post(r, Micro, crisis.KindPost, m, say(r, "刷帖"), fmt.Sprintf("flood-%d", r.IntN(3)))
		}
	}
	if !m.Before(x.Crisis) {
		t.crisis(r, m, x)
	}
}

// crisis writes what the smell of the water makes people say: a cascade that grows
// within a quarter of an hour, waves with the first report, and ebbs away after the
// statement.
func (t *Town) crisis(r *rand.Rand, m time.Time, x Truth) {
	age := m.Sub(x.Crisis).Minutes()
	rate := 0.9 + 2.6*(1-math.Exp(-age/25))
	if age > 45 {
		rate += 3 * math.Exp(-(age-45)/60)
	}
	if m.After(x.Statement) {
		rate *= math.Exp(-m.Sub(x.Statement).Hours() / 2.5)
	}
	for range poisson(r, rate) {
		source := Micro
		if r.Float64() < 0.35 {
			source = Forum
		}
		subject := "异味"
		if m.After(x.Statement) && r.Float64() < 0.45 {
			subject = "安抚"
		}
		text := say(r, subject)
		if r.Float64() < 0.25 {
			text = reposts[r.IntN(len(reposts))] + "//@网友: " + text
		}
		t.post(r, source, crisis.KindPost, m, text, author(r, scene{source, subject, "", 0, 6000}))
	}
	switch {
	case age == 38 || age == 75 || age == 110:
		t.post(r, News, crisis.KindArticle, m, say(r, "报道"), "news-desk")
	case m.Equal(x.Statement):
		t.post(r, Notice, crisis.KindArticle, m, say(r, "声明"), "city")
	}
}

func (t *Town) post(r *rand.Rand, source string, kind crisis.Kind, m time.Time, text, who string) {
	at := m.Add(time.Duration(r.IntN(60)) * time.Second).UTC()
	id := fmt.Sprintf("%d-%d", at.Unix(), len(t.posts))
	p := crisis.Post{Source: source, ID: id, Kind: kind, Text: text, Author: who, Published: at, Precision: crisis.PrecisionSecond}
	if kind == crisis.KindArticle {
		p.Title = text[:min(len(text), cutRunes(text, 24))]
	}
	t.posts = append(t.posts, p)
}

func cutRunes(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// author picks who speaks: a few speak often, most once.
func author(r *rand.Rand, s scene) string {
	return fmt.Sprintf("%s-%d", s.source, int(float64(s.people)*math.Pow(r.Float64(), 1.6)))
}

// poisson draws a count by Knuth's method; means here are small.
func poisson(r *rand.Rand, mean float64) int {
	limit, p, n := math.Exp(-mean), r.Float64(), 0
	for p > limit {
		p *= r.Float64()
		n++
	}
	return n
}

// Posts returns the posts published from from up to to, in order of time.
func (t *Town) Posts(from, to time.Time) iter.Seq[crisis.Post] {
	return func(yield func(crisis.Post) bool) {
		for _, p := range t.between(from, to) {
			if !yield(p) {
				return
			}
		}
	}
}

func (t *Town) between(from, to time.Time) []crisis.Post {
	find := func(at time.Time) int {
		i, _ := slices.BinarySearchFunc(t.posts, at, func(p crisis.Post, at time.Time) int {
			if p.Published.Before(at) {
				return -1
			}
			return 1
		})
		return i
	}
	return t.posts[find(from):find(to)]
}

// newest returns the last n posts of a source published up to now, newest first.
func (t *Town) newest(source string, now time.Time, n int) []crisis.Post {
	var out []crisis.Post
	for _, p := range slices.Backward(t.between(t.begin, now)) {
		if p.Source == source {
			if out = append(out, p); len(out) == n {
				break
			}
		}
	}
	return out
}

// WriteJSONL writes posts as `watchfire replay` reads them.
func (t *Town) WriteJSONL(w io.Writer, from, to time.Time) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for p := range t.Posts(from, to) {
		if err := enc.Encode(p); err != nil {
			return fmt.Errorf("write post %s: %w", p.ID, err)
		}
	}
	return nil
}

// Topics are what the town's newsroom watches.
func Topics() []crisis.Topic {
	return []crisis.Topic{
		{ID: "tap-water", Title: "青溪区自来水", Tags: []string{"utility", "water"}, Any: []string{"自来水", "水龙头", "水质"}, Not: []string{"招聘"}},
		{ID: "bus", Title: "公交", Tags: []string{"transport"}, Any: []string{"公交"}},
		{ID: "school", Title: "学校", Tags: []string{"school"}, Any: []string{"一小", "中学", "学校", "幼儿园", "一中"}},
		{ID: "programme", Title: "云川好声音", Any: []string{"云川好声音"}},
	}
}
