package detectors

import (
	"testing"
	"time"

	"watchfire/crisis"
)

// TestBlindTopic holds that a topic of which half an hour was hardly seen gives a
// notice and opens nothing, and that a short gap is none.
func TestBlindTopic(t *testing.T) {
	w := NewWatch("x", nil, []Detector{NewSurge(), NewBlind()})
	turns := watch(w, 0, 2*hours, func(m int) crisis.Count {
		if m >= 40 && m < 45 || m >= 80 && m < 100 { // of a young one, and of an old one
			w.Series().Cover(minuteAt(m), 0)
		}
		return crisis.Count{}
	})
	if len(turns) != 1 || turns[0].Kind != TurnSignal || turns[0].minute != 95 {
		t.Fatalf("turns %v, want one notice in minute 95, when 16 of 30 minutes are lost", turns)
	}
	sig := turns[0].Signal
	if sig.Detector != "blind" || sig.Tier != crisis.TierNotice || sig.Coverage >= 0.5 || sig.Observed != sig.Coverage || sig.Low != 0.5 {
		t.Errorf("the notice says %+v", sig)
	}
}

// TestBlindYoung holds that a topic is not judged before it was watched for the
// whole stretch.
func TestBlindYoung(t *testing.T) {
	s := NewSeries("x", nil)
	d := NewBlind()
	for m := range 40 {
		s.Cover(minuteAt(m), 0)
		s.Advance(minuteAt(m + 1))
		if got := len(d.Detect(s, s.Now())) > 0; got != (m+1 >= 30) {
			t.Errorf("after %d minutes blind is %v", m+1, got)
		}
	}
}

// TestBlindSource follows a source that is not read for a while, of which two
// intervals passed before its minutes went dark: an alert when its last read is
// three intervals old, raised when the time has doubled, and over when it is read
// again. With misses of 1 or 2 the first dark minute tells.
func TestBlindSource(t *testing.T) {
	w := NewWatch("forum", nil, []Detector{NewBlind().ForSource(10 * time.Minute)})
	turns := watch(w, 0, 5*hours, func(m int) crisis.Count {
		if m >= 60 && m < 200 {
			w.Series().Cover(minuteAt(m), 0)
		}
		return crisis.Count{}
	})
	want := []struct {
		minute int
		kind   TurnKind
	}{{69, TurnOpen}, {99, TurnRaise}, {159, TurnRaise}, {200, TurnOver}}
	if len(turns) != len(want) {
		t.Fatalf("turns %v, want %v", turns, want)
	}
	for i, x := range want {
		if turns[i].minute != x.minute || turns[i].Kind != x.kind {
			t.Errorf("turn %d: %s in minute %d, want %s in %d", i, turns[i].Kind, turns[i].minute, x.kind, x.minute)
		}
	}
	sig := turns[0].Signal
	if sig.Tier != crisis.TierAlert || sig.Coverage != 0 || !sig.Since.Equal(minuteAt(40)) || sig.Window != 30*time.Minute {
		t.Errorf("the alert says %+v", sig)
	}
	for name, d := range map[string]*Blind{"misses 1": {Misses: 1}, "misses 2": {Misses: 2}} {
		if got := firstDark(d.ForSource(10 * time.Minute)); got != 1 {
			t.Errorf("%s: told after %d dark minutes, want the first", name, got)
		}
	}
	if got := firstDark(NewBlind().ForSender(time.Hour)); got != 1 {
		t.Errorf("a sender that was given its time is told of after %d dark minutes, want the first", got)
	}
}

// firstDark returns how many minutes of a source were dark when it alerts.
func firstDark(d *Blind) int {
	s := NewSeries("forum", nil)
	for m := range 600 {
		if m >= 60 {
			s.Cover(minuteAt(m), 0)
		}
		s.Advance(minuteAt(m + 1))
		if len(d.Detect(s, s.Now())) > 0 {
			return m - 59
		}
	}
	return 0
}

// answering watches a source that answers all the time.
func answering(d *Blind) *Watch {
	return NewWatch("forum", nil, []Detector{d.ForSender(5 * time.Minute)})
}

// TestSilentSource lets a source of six posts an hour fall silent while it answers:
// an alert when fifteen posts are missing, over with the next post. At half the
// pace it takes twice as long, and a young source is not judged.
func TestSilentSource(t *testing.T) {
	for _, every := range []int{10, 20} {
		silent := 7 * days
		w := answering(NewBlind())
		turns := turnsOf(watch(w, 0, silent+12*hours, func(m int) crisis.Count {
			if m%every == 0 && m < silent || m == silent+10*hours {
				return people(1)
			}
			return crisis.Count{}
		}), TurnOpen, TurnSignal, TurnOver)
		if len(turns) != 2 || turns[0].Kind != TurnOpen || turns[1].Kind != TurnOver {
			t.Fatalf("a post every %d min: turns %v, want an alert and its end", every, turns)
		}
		if wait, want := turns[0].minute-silent, 15*every; wait < want*8/10 || wait > want*12/10 {
			t.Errorf("a post every %d min: silent for %d min, want about %d", every, wait, want)
		}
		if turns[1].minute != silent+10*hours {
			t.Errorf("over in minute %d, the post came in %d", turns[1].minute, silent+10*hours)
		}
		sig := turns[0].Signal
		if !sig.Since.Equal(minuteAt(silent-every+1)) || sig.Expected < 15 || sig.Observed != 0 || sig.Posts != 0 {
			t.Errorf("the alert says %+v", sig)
		}
	}
	w := answering(NewBlind())
	if got := watch(w, 0, 47*hours, func(m int) crisis.Count {
		if m < 12*hours {
			return people(1)
		}
		return crisis.Count{}
	}); len(got) > 0 {
		t.Errorf("a source of two days is silent: %v", got)
	}
	never := NewBlind()
	never.Silent = 0
	w = answering(never)
	if got := watch(w, 0, 4*days, func(m int) crisis.Count {
		if m < 3*days {
			return people(1)
		}
		return crisis.Count{}
	}); len(got) > 0 {
		t.Errorf("switched off, it finds %v", got)
	}
}
