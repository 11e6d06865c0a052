package detectors

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"watchfire/crisis"
)

// step is one thing that is told to a series.
type step struct {
	kind  byte // 'a'dd, 'c'over or 't'ick
	m     int  // minutes from the head of the series; of a tick: how many minutes
	count crisis.Count
	share float64
}

func drawCount(t *rapid.T) crisis.Count {
	c := crisis.Count{Posts: rapid.IntRange(0, 40).Draw(t, "posts")}
	c.Voices = rapid.IntRange(0, c.Posts).Draw(t, "voices")
	c.Unique = rapid.IntRange(0, c.Voices).Draw(t, "unique")
	c.Rated = rapid.IntRange(0, c.Voices).Draw(t, "rated")
	for _, n := range []*int{&c.Negative, &c.Angry, &c.Fear, &c.Harm, &c.Rumour, &c.Old, &c.Imitation} {
		*n = rapid.IntRange(0, c.Rated).Draw(t, "of the rated")
	}
	c.Rank, c.Own = rapid.IntRange(0, 60).Draw(t, "rank"), rapid.IntRange(0, 1).Draw(t, "own")
	return c
}

// drawSteps draws adds in time, late, very late and from the future, gaps that are
// told in time, later and in advance, and leaps of the clock.
func drawSteps(t *rapid.T) []step {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		switch rapid.SampledFrom([]byte("aaact")).Draw(t, "kind") {
		case 'a':
			m := rapid.OneOf(rapid.IntRange(-5, 3), rapid.IntRange(-400, 60)).Draw(t, "m")
			return step{kind: 'a', m: m, count: drawCount(t)}
		case 'c':
			m := rapid.OneOf(rapid.IntRange(-5, 3), rapid.IntRange(-400, 60)).Draw(t, "m")
			return step{kind: 'c', m: m, share: rapid.SampledFrom([]float64{0, 0.3, 0.6, 1}).Draw(t, "share")}
		}
		n := rapid.OneOf(rapid.IntRange(0, 7), rapid.IntRange(0, 500)).Draw(t, "minutes")
		return step{kind: 't', m: n}
	}), 1, 60).Draw(t, "steps")
}

func (x step) tell(s *Series, head int) (newHead int) {
	switch at := minuteAt(head + x.m); x.kind {
	case 'a':
		s.Add(at, x.count)
	case 'c':
		s.Cover(at, x.share)
	default:
		s.Advance(minuteAt(head + x.m + 1))
		return head + x.m
	}
	return head
}

// plain is a series without sliding sums: all it knows is its minutes.
type plain struct {
	head, first int
	counts      map[int]crisis.Count
	share       map[int]float64
}

func (p *plain) tell(x step) {
	m := p.head + x.m
	known := m > p.head-longest && m >= p.first
	switch x.kind {
	case 'a':
		if m > p.head+ahead-1 {
			m = p.head + 1
		}
		if known {
			p.counts[m] = p.counts[m].Plus(x.count)
		}
	case 'c':
		if known && m <= p.head+ahead-1 {
			p.share[m] = x.share
		}
	default:
		p.head += x.m
	}
}

func (p *plain) seen(m int) bool {
	share, told := p.share[m]
	return !told || share >= 0.5
}

func (p *plain) sum(w int) sum {
	var out sum
	for m := max(p.head-w+1, p.first); m <= p.head; m++ {
		if !p.seen(m) {
			continue
		}
		c := p.counts[m]
		out.seen++
		out.posts += int32(c.Posts)
		out.voices += int32(c.Voices)
		out.weight += int32(c.Voices + c.Unique)
	}
	return out
}

// TestSums holds that the sliding sums are the sums over their minutes, whatever
// was told in which order.
func TestSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSeries("x", nil)
		s.Advance(minuteAt(1))
		p := &plain{counts: map[int]crisis.Count{}, share: map[int]float64{}}
		for i, x := range drawSteps(t) {
			x.tell(s, p.head)
			p.tell(x)
			for k, w := range windows {
				if got, want := s.sums[k], p.sum(int(w)); got != want {
					t.Fatalf("step %d: sum over %d min is %+v, want %+v", i, w, got, want)
				}
				if c := s.Total(time.Duration(w) * time.Minute); c.Posts != int(s.sums[k].posts) || c.Voices != int(s.sums[k].voices) {
					t.Fatalf("step %d: total over %d min is %+v, the sum %+v", i, w, c, s.sums[k])
				}
			}
		}
	})
}

// TestSeriesPure holds that the same tale makes the same series, to the bit, and
// that reading a series does not change it.
func TestSeriesPure(t *testing.T) {
	zone := shanghai(t)
	rapid.Check(t, func(t *rapid.T) {
		steps := drawSteps(t)
		run := func(look bool) *Series {
			s := NewSeries("x", zone)
			s.Advance(minuteAt(1))
			head := 0
			for _, x := range steps {
				head = x.tell(s, head)
				if look {
					Bands(s, 6*time.Hour, 10*time.Minute)
					s.Usual(minuteAt(head+30), time.Hour)
					s.Total(time.Hour)
					s.Coverage(time.Hour)
					for _, maker := range Kinds {
						maker().Detect(s, s.Now())
					}
				}
			}
			return s
		}
		if a, b := run(false), run(true); !reflect.DeepEqual(*a, *b) {
			t.Fatal("two series that were told the same differ")
		}
	})
}

// TestBlindToTheFuture holds that what is told of minutes after now changes no
// signal: a detector sees nothing that has not been judged.
func TestBlindToTheFuture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSeries("x", nil)
		s.Advance(minuteAt(1))
		head := 0
		for _, x := range drawSteps(t) {
			head = x.tell(s, head)
		}
		now := s.Now()
		before := map[string][]crisis.Signal{}
		for name, maker := range Kinds {
			before[name] = maker().Detect(s, now)
		}
		for range rapid.IntRange(1, 10).Draw(t, "posts") {
			m := head + rapid.IntRange(1, 500).Draw(t, "minute")
			s.Add(minuteAt(m), crisis.Count{Posts: 50, Voices: 50, Unique: 50, Rated: 50, Negative: 50, Angry: 50, Fear: 50, Rumour: 50, Rank: 1, Own: 1})
			s.Cover(minuteAt(m), 0)
		}
		for name, maker := range Kinds {
			if got := maker().Detect(s, now); !reflect.DeepEqual(got, before[name]) {
				t.Fatalf("%s: minutes after now change what is found: %v, want %v", name, got, before[name])
			}
		}
	})
}

// TestBeforeTheFirstMinute holds that posts and gaps of minutes before the series
// began belong to no window, and never stay in one.
func TestBeforeTheFirstMinute(t *testing.T) {
	s := NewSeries("x", nil)
	s.Add(minuteAt(100), people(1))
	s.Add(minuteAt(97), people(3))
	s.Cover(minuteAt(98), 0)
	s.Advance(minuteAt(101))
	if got := s.sums[0]; got != (sum{posts: 1, voices: 1, weight: 2, seen: 1}) {
		t.Errorf("sum of the first minute is %+v", got)
	}
	s.Advance(minuteAt(101 + longest))
	for i, u := range s.sums {
		if u.posts != 0 || u.seen != windows[i] {
			t.Errorf("window of %d min holds %+v after six quiet hours", windows[i], u)
		}
	}
}

// steady returns a series of the given people every minute for so many days.
func steady(t testing.TB, zone *time.Location, each, length int) *Series {
	t.Helper()
	s := NewSeries("x", zone)
	for m := range length * days {
		s.Add(minuteAt(m), people(each))
		s.Advance(minuteAt(m + 1))
	}
	return s
}

// TestGapFreezes holds that twelve hours without sight teach nothing: what is
// usual is the same before and after, to the bit.
func TestGapFreezes(t *testing.T) {
	s := steady(t, shanghai(t), 2, 7)
	usual, mood, missing := s.usual, s.mood.slot, s.missing
	end := 7*days + 12*hours
	for m := 7 * days; m < end; m++ {
		s.Cover(minuteAt(m), 0)
		s.Advance(minuteAt(m + 1))
	}
	for i := range s.usual {
		a, b := usual[i], s.usual[i]
		a.z, b.z, a.want, b.want = 0, 0, 0, 0 // of the last minute alone
		if a != b {
			t.Errorf("window %d: the gap taught %+v, was %+v", windows[i], b, a)
		}
	}
	if s.mood.slot != mood || s.missing != missing {
		t.Error("the gap taught a mood, or counted posts as missing")
	}
	if c := s.Coverage(6 * time.Hour); c != 0 {
		t.Errorf("coverage of the gap is %v, want 0", c)
	}
	for m := end; m < end+6*hours; m++ {
		s.Add(minuteAt(m), people(2))
		s.Advance(minuteAt(m + 1))
		for i := range s.usual {
			if z := s.usual[i].z; math.Abs(z) > 0.2 {
				t.Fatalf("minute %d after the gap, window %d: z = %v, want about 0", m-end, windows[i], z)
			}
		}
	}
}

// TestDeadAtOnce holds that a busy topic that falls silent at once, while its
// sources answer, is presumed dead for half a day and then has a new level.
func TestDeadAtOnce(t *testing.T) {
	s := steady(t, nil, 2, 7)
	level := func() float64 { return s.usual[len(windows)-1].level }
	want := s.Usual(minuteAt(7*days+1), time.Hour).Expected
	s.Advance(minuteAt(7*days + 12*hours - 1))
	if !s.presumedDead() {
		t.Fatal("twelve hours without a post are not presumed dead")
	}
	if got := s.Usual(s.Now(), time.Hour).Expected; math.Abs(got-want) > 0.1*want {
		t.Errorf("while presumed dead %v an hour are usual, want about %v", got, want)
	}
	was := level()
	s.Advance(minuteAt(8*days + 12*hours))
	if s.presumedDead() {
		t.Error("still presumed dead after a day and a half")
	}
	if level() >= was-1 {
		t.Errorf("the level is %v after a day of silence, was %v: want a change", level(), was)
	}
}

// TestLate holds that late posts go to their own minute, and those older than the
// ring to what is usual alone.
func TestLate(t *testing.T) {
	late, prompt := steady(t, nil, 1, 3), steady(t, nil, 1, 3)
	const end = 3 * days
	for m := end; m < end+30; m++ {
		prompt.Add(minuteAt(m), people(3))
		prompt.Advance(minuteAt(m + 1))
		late.Advance(minuteAt(m + 1))
	}
	for m := end + 29; m >= end; m-- { // in any order
		late.Add(minuteAt(m), people(3))
	}
	if late.sums != prompt.sums {
		t.Errorf("sums with late posts %+v, in time %+v", late.sums, prompt.sums)
	}
	at := minuteAt(end - 12*hours)
	sums, usual := late.sums, late.Usual(at, time.Hour).Expected
	late.Add(at.Add(-30*time.Minute), people(200))
	if late.sums != sums {
		t.Error("posts older than the ring are in a window")
	}
	if got := late.Usual(at, time.Hour).Expected; got <= usual {
		t.Errorf("%v are usual half a day ago, want more than %v after old posts came in", got, usual)
	}
}

// TestMoodBehind holds that the mood of posts that arrive some minutes after they
// were published, as those of any source that is polled, is learnt as if they had
// come in time.
func TestMoodBehind(t *testing.T) {
	learnt := func(behind int) *moods {
		s := NewSeries("x", nil)
		for m := range 5 * days {
			if m%10 == 0 && m >= behind {
				c := crisis.Count{Posts: 1, Voices: 1, Unique: 1, Rated: 1}
				if m%40 == 0 {
					c.Negative = 1
				}
				s.Add(minuteAt(m-behind), c)
			}
			s.Advance(minuteAt(m + 1))
		}
		return &s.mood
	}
	late, prompt := learnt(7), learnt(0)
	if late.rated < prompt.rated-1 {
		t.Errorf("the mood of %d late posts was learnt, of %d in time", late.rated, prompt.rated)
	}
	if math.Abs(float64(late.base[cueNegative]-prompt.base[cueNegative])) > 0.02 {
		t.Errorf("%.3f negative are usual of late posts, %.3f of those in time", late.base[cueNegative], prompt.base[cueNegative])
	}
}

// TestLastPost holds that the last post is the one published last, in whichever
// order they come.
func TestLastPost(t *testing.T) {
	s := NewSeries("x", nil)
	s.Advance(minuteAt(1))
	s.Add(minuteAt(10), people(1))
	s.Advance(minuteAt(31))
	for _, x := range []struct{ post, last int }{{5, 11}, {15, 16}, {12, 16}} {
		s.Add(minuteAt(x.post), people(1))
		if got, want := s.LastPost(), minuteAt(x.last); !got.Equal(want) {
			t.Errorf("last post at %s, want %s", got, want)
		}
	}
}

// TestYear holds that after a year without a minute a series begins anew.
func TestYear(t *testing.T) {
	s := steady(t, nil, 2, 2)
	at := minuteAt(2*days + forgetAfter + 10)
	s.Advance(at)
	fresh := NewSeries("x", nil)
	fresh.Advance(at)
	if !reflect.DeepEqual(*s, *fresh) {
		t.Error("a series knows what was before a year without a minute")
	}
}

// FuzzSeries holds that nothing that is told to a series makes it panic or hang,
// and that its sums never fall below zero.
func FuzzSeries(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 9, 9, 2, 1, 200, 0, 255, 1})
	f.Add([]byte{2, 255, 255, 0, 255, 255, 0, 254, 255, 1, 200, 0, 2, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewSeries("x", nil)
		head := 0
		for b = b[:min(len(b), 900)]; len(b) >= 3; b = b[3:] {
			shift, n := int(int8(b[1]))*4, int(b[2])
			switch at := minuteAt(head + shift); b[0] % 4 {
			case 0:
				s.Add(at, crisis.Count{Posts: n * n * n, Voices: n, Unique: n + shift, Negative: n / 2, Rated: n * 300, Angry: n * n, Harm: -n, Rank: n - 100, Own: n % 3})
			case 1:
				s.Cover(at, float64(n)/100-0.5)
			case 2:
				head += n
				s.Advance(minuteAt(head))
			case 3:
				for _, x := range []time.Time{{}, time.Unix(1<<40, 0), time.Unix(-1, 0), time.Unix(int64(n), 0)} {
					if s.started {
						s.Add(x, people(n))
						s.Cover(x, 0)
					}
				}
			}
			for _, d := range all() {
				d.Detect(s, s.Now())
			}
			for i, u := range s.sums {
				if u.posts < 0 || u.voices < 0 || u.weight < 0 || u.seen < 0 || u.seen > windows[i] {
					t.Fatalf("window %d holds %+v", windows[i], u)
				}
			}
		}
	})
}
