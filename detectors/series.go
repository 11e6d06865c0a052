package detectors

import (
	"math"
	"time"

	"watchfire/crisis"
)

// The shape of a series in minutes. The ring holds the longest window, and room
// ahead for posts whose clock runs fast.
const (
	longest = 360
	ahead   = 24
	ringLen = longest + ahead
	// halfLost is the loss above which a minute counts as not seen.
	halfLost = 128
	// forgetAfter is a year, after which nothing learnt says anything.
	forgetAfter = 365 * day
)

// windows are the sliding windows in minutes, shortest first.
var windows = [...]int32{5, 15, 30, 60, 180, longest}

// Windows returns the lengths of the sliding windows, shortest first.
func Windows() []time.Duration {
	out := make([]time.Duration, len(windows))
	for i, w := range windows {
		out[i] = time.Duration(w) * time.Minute
	}
	return out
}

// minute is what one minute of the ring holds. Counts stop at 65,535, negative
// ones at 255. Lost is the share of planned sampling that failed, 0 to 255, so that
// the zero value is a minute that was seen and in which nothing was said.
type minute struct {
	posts, voices, unique uint16
	negative, lost        uint8
}

func (m *minute) seen() bool { return m.lost < halfLost }

// weight counts a voice that says something of its own twice. Handing on is cheap:
// a wave of bare reposts is less of an event than as many people with words of
// their own.
func (m *minute) weight() int32 { return int32(m.voices) + int32(min(m.unique, m.voices)) }

// sum is a sliding sum over the minutes of one window that were seen.
type sum struct {
	posts, voices int32
	weight        int32 // voices, and once more those who say something of their own
	seen          int32 // minutes
}

// Series holds the minute counts of one topic or source for the last hours, and
// what is usual for it. It takes about 8 KB and less than a microsecond a minute. It
// is not safe for concurrent use.
//
// Minutes are told by Add and Cover and judged by Advance, in order of time.
// What is judged is the weight of the voices: who says something of their own
// counts twice, who hands on what others said counts once. A series of a source
// must count its posts as voices and as unique too.
type Series struct {
	name string
	zone *time.Location
	cfg  *shape

	started bool
	head    int32 // the last minute that was judged, since 1970
	first   int32 // the first minute that was judged
	judged  int32 // minutes that were seen since then, stops at a fortnight

	zoneTill int32 // the zone's offset is known up to here
	zoneOff  int32 // minutes

	sums   [len(windows)]sum
	usual  [len(windows)]baseline
	slotAt [slots]int32 // when a slot of the day was last learnt
	mood   moods
	tense  bool // the mood has turned, as of the last call of Advance
	habits habits
	board  board
	stated int32 // the last minute with a statement of our own, 0 for none

	own      share   // how many voices a weight stands for
	missing  float64 // posts that were to be expected since the last one
	barren   int     // reads of the source that brought nothing since the last post
	lastPost int32   // the last minute with a post
	lastSeen int32   // the last minute that was seen

	ring    [ringLen]minute
	waiting [ahead]heard // what else is known of minutes that were not judged yet
}

// heard is what is told of a minute beside its numbers.
type heard struct {
	said
	rank uint8 // best place on a board, 0 none
	own  bool  // we published a statement
}

// NewSeries returns an empty series. The zone decides which time of day it is;
// nil is UTC.
func NewSeries(name string, zone *time.Location) *Series {
	if zone == nil {
		zone = time.UTC
	}
	return &Series{name: name, zone: zone, cfg: &standard}
}

// Name returns the name of the topic or source.
func (s *Series) Name() string { return s.name }

// Now returns the end of the last minute that was judged; zero before the first.
func (s *Series) Now() time.Time {
	if !s.started {
		return time.Time{}
	}
	return timeOf(s.head + 1)
}

// Begin returns the start of the first minute that was judged; zero before it.
func (s *Series) Begin() time.Time {
	if !s.started {
		return time.Time{}
	}
	return timeOf(s.first)
}

func minuteOf(t time.Time) int32 {
	sec := t.Unix()
	if sec < 0 {
		return -1
	}
	return int32(min(sec/60, math.MaxInt32/2))
}

func timeOf(m int32) time.Time { return time.Unix(int64(m)*60, 0).UTC() }

func (s *Series) at(m int32) *minute { return &s.ring[uint32(m+ringLen)%ringLen] }

func (s *Series) start(m int32) {
	s.started, s.head, s.first, s.lastSeen, s.lastPost, s.zoneTill = true, m-1, m, m-1, m-1, m-1
	for i := range s.slotAt {
		s.slotAt[i] = m
	}
}

// Add counts posts of the minute in which at lies. Posts of the last six hours
// go to their own minute, whenever they come. Older ones, and those from before
// the first minute, change only what is usual. A time far ahead of the series is
// a wrong clock: such posts count in the minute that is being filled. Times
// before 1970 are no times.
func (s *Series) Add(at time.Time, c crisis.Count) {
	m := minuteOf(at)
	if m < 0 {
		return
	}
	if !s.started {
		s.start(m)
	}
	switch {
	case m <= s.head-longest, m < s.first:
		s.learnLate(m, c)
		return
	case m > s.head+ahead-1:
		m = s.head + 1
	}
	e := s.at(m)
	old := *e
	e.posts, e.voices = grow(e.posts, c.Posts), grow(e.voices, c.Voices)
	e.unique = grow(e.unique, c.Unique)
	e.negative = uint8(min(max(int(e.negative)+c.Negative, 0), math.MaxUint8))
	if c.Posts > 0 {
		s.barren = 0
	}
	if m > s.head {
		s.waiting[m%ahead].add(c)
		return
	}
	var late heard
	late.add(c)
	s.listen(m, &late)
	if c.Posts > 0 {
		s.spoke(m)
	}
	if !e.seen() {
		return
	}
	for i, w := range windows {
		if m > s.head-w {
			s.sums[i].posts += int32(e.posts - old.posts)
			s.sums[i].voices += int32(e.voices - old.voices)
			s.sums[i].weight += e.weight() - old.weight()
		}
	}
}

func (h *heard) add(c crisis.Count) {
	h.said.add(c)
	h.rank = better(h.rank, rankOf(c.Rank))
	h.own = h.own || c.Own > 0
}

// listen takes in what was told of minute m, which has been judged.
func (s *Series) listen(m int32, h *heard) {
	s.board.see(m, h.rank)
	if h.own {
		s.stated = max(s.stated, m)
	}
	if h.rated > 0 && s.at(m).seen() {
		s.mood.put(m/cellLen, &h.said)
		s.mood.learn(s.place(m), &h.said)
	}
}

// spoke notes that there are posts in minute m, which has been judged already: a
// source that is read every few minutes tells most of them late.
func (s *Series) spoke(m int32) {
	if m <= s.lastPost {
		return
	}
	s.lastPost, s.missing = m, 0
	for k := m; k <= s.head; k++ {
		if s.at(k).seen() {
			s.missing += s.perMinute(s.place(k))
		}
	}
}

// Barren tells that the source was read and brought nothing new. The silence of a
// source counts only when somebody listened.
func (s *Series) Barren() { s.barren++ }

func grow(n uint16, by int) uint16 {
	return uint16(min(max(int(n)+by, 0), math.MaxUint16))
}

// Cover tells which share of the planned sampling succeeded in the minute in
// which at lies. A minute of which nothing is told counts as seen. When posts of
// a gap were fetched later, telling the minute again brings it back.
func (s *Series) Cover(at time.Time, share float64) {
	m := minuteOf(at)
	if m < 0 {
		return
	}
	if !s.started {
		s.start(m)
	}
	if m <= s.head-longest || m < s.first || m > s.head+ahead-1 {
		return
	}
	e := s.at(m)
	was := e.seen()
	e.lost = uint8(math.Round(255 * (1 - min(max(share, 0), 1))))
	if m > s.head || e.seen() == was {
		return
	}
	sign := int32(1)
	if was {
		sign = -1
	}
	for i, w := range windows {
		if m > s.head-w {
			s.sums[i].add(e, sign)
		}
	}
}

func (u *sum) add(e *minute, sign int32) {
	u.seen += sign
	u.posts += sign * int32(e.posts)
	u.voices += sign * int32(e.voices)
	u.weight += sign * e.weight()
}

// Advance judges every minute up to the one that ends at now, and then learns
// from it. A now that is not later than the last one does nothing. After a year
// without a minute the series begins anew.
func (s *Series) Advance(now time.Time) {
	to := minuteOf(now) - 1
	if to < 0 {
		return
	}
	if s.started && to-s.head > forgetAfter {
		*s = Series{name: s.name, zone: s.zone, cfg: s.cfg}
	}
	if !s.started {
		s.start(to)
	}
	for s.head < to {
		s.step()
	}
	s.tense = s.mood.stirred()
}

func (s *Series) step() {
	s.head++
	*s.at(s.head + ahead - 1) = minute{}
	e := s.at(s.head)
	for i, w := range windows {
		u := &s.sums[i]
		if out := s.at(s.head - w); out.seen() && s.head-w >= s.first {
			u.add(out, -1)
		}
		if e.seen() {
			u.add(e, 1)
		}
	}
	if e.seen() {
		s.lastSeen = s.head
	}
	s.judge(e)
	s.mood.step(s)
	s.board.step(s.head)
	w := &s.waiting[s.head%ahead]
	s.listen(s.head, w)
	*w = heard{}
}

// Total returns the posts, voices and negative ones that were counted in the last
// window of minutes that were seen, at most six hours.
func (s *Series) Total(window time.Duration) crisis.Count {
	var c crisis.Count
	s.each(window, func(_ int32, e *minute) {
		if e.seen() {
			c = c.Plus(e.count())
		}
	})
	return c
}

// Coverage returns the share of planned sampling that succeeded in the last
// window, at most six hours; minutes before the first one are left out.
func (s *Series) Coverage(window time.Duration) float64 {
	var lost, n int
	s.each(window, func(_ int32, e *minute) {
		n++
		lost += int(e.lost)
	})
	if n == 0 {
		return 1
	}
	return 1 - float64(lost)/float64(255*n)
}

func (m *minute) count() crisis.Count {
	return crisis.Count{
		Posts: int(m.posts), Voices: int(m.voices), Unique: int(m.unique), Negative: int(m.negative),
	}
}

// each calls f for the minutes of the last window, oldest first.
func (s *Series) each(window time.Duration, f func(m int32, e *minute)) {
	if !s.started {
		return
	}
	w := int32(min(max(window/time.Minute, 0), longest))
	for m := max(s.head-w+1, s.first); m <= s.head; m++ {
		f(m, s.at(m))
	}
}

// since returns the first minute of the last window in which somebody spoke.
func (s *Series) since(window time.Duration) time.Time {
	var at time.Time
	s.each(window, func(m int32, e *minute) {
		if at.IsZero() && e.posts > 0 && e.seen() {
			at = timeOf(m)
		}
	})
	return at
}

// LastPost returns the end of the last minute that was seen and held a post; the
// begin of the series when there was none.
func (s *Series) LastPost() time.Time { return timeOf(s.lastPost + 1) }

// dark returns for how long no minute was seen.
func (s *Series) dark() time.Duration { return time.Duration(s.head-s.lastSeen) * time.Minute }
