package crisis

import (
	"testing"
	"time"
)

// TestRuling holds that a decision of a person on the opinion level binds the
// machine until a signal is clearly beyond what the person knew.
func TestRuling(t *testing.T) {
	sig := func(detector string, observed float64, negative int, window time.Duration) Signal {
		return Signal{Detector: detector, Observed: observed, Negative: negative, Window: window, At: at(2)}
	}
	level := func(by string, c LevelChange) Event { return NewEvent(EventLevel, at(3), by, c) }
	known := []Event{
		NewEvent(EventSignal, at(2), Machine, sig("surge", 40, 20, time.Hour)),
		NewEvent(EventSignal, at(2), Machine, sig("mood", 0.8, 16, time.Hour)),
	}
	lowered := level("李", LevelChange{Opinion: LevelIV, Reason: "个别楼栋"})
	for _, x := range []struct {
		name   string
		events []Event
		s      Signal
		bound  bool
	}{
		{"nobody decided", nil, sig("surge", 41, 0, time.Hour), false},
		{"the machine decided", []Event{level(Machine, LevelChange{Opinion: LevelIII})}, sig("surge", 41, 0, time.Hour), false},
		{"a person graded the harm only", []Event{level("李", LevelChange{Event: LevelIII, Reason: "一人送医"})}, sig("surge", 41, 0, time.Hour), false},
		{"a person decided, about as much", []Event{lowered}, sig("surge", 79, 0, time.Hour), true},
		{"twice as much", []Event{lowered}, sig("surge", 80, 0, time.Hour), false},
		{"twice as much in three hours", []Event{lowered}, sig("surge", 100, 0, 3*time.Hour), true},
		{"twice as fast for ten minutes", []Event{lowered}, sig("surge", 20, 0, 10*time.Minute), true},
		{"as much in ten minutes", []Event{lowered}, sig("surge", 40, 0, 10*time.Minute), false},
		{"a share, with as many behind it", []Event{lowered}, sig("mood", 1, 31, time.Hour), true},
		{"a share, with twice as many behind it", []Event{lowered}, sig("mood", 0.8, 32, time.Hour), false},
		{"what nobody had seen", []Event{lowered}, sig("flood", 500, 0, time.Hour), true},
		{"about as much as it had become", []Event{level("李", LevelChange{Opinion: LevelIV, Known: []Signal{sig("surge", 70, 30, time.Hour)}})}, sig("surge", 100, 0, time.Hour), true},
		{"the machine raised since", []Event{lowered, level(Machine, LevelChange{Opinion: LevelII})}, sig("surge", 41, 0, time.Hour), false},
	} {
		in := opened(t, append(append([]Event(nil), known...), x.events...)...)
		if got := in.Bound(x.s); got != x.bound {
			t.Errorf("%s: bound = %v, want %v", x.name, got, x.bound)
		}
	}
}

// TestProposal holds that a proposal changes no level and stands until a person
// sets one.
func TestProposal(t *testing.T) {
	lowered := NewEvent(EventLevel, at(3), "李", LevelChange{Opinion: LevelIV, Reason: "个别楼栋"})
	proposed := NewEvent(EventProposed, at(4), Machine, LevelChange{Opinion: LevelII, Reason: "三个平台"})
	in := opened(t, lowered, proposed)
	if in.OpinionLevel != LevelIV || in.Proposal == nil || in.Proposal.Opinion != LevelII || in.Proposal.Reason != "三个平台" || in.Ruling.By != "李" {
		t.Errorf("level %s, proposal %+v, ruling %+v", in.OpinionLevel, in.Proposal, in.Ruling)
	}
	kept := NewEvent(EventLevel, at(5), "王", LevelChange{Opinion: LevelIV, Reason: "维持"})
	if in := opened(t, lowered, proposed, kept); in.Proposal != nil || in.Ruling.By != "王" || !in.Ruling.At.Equal(at(5)) {
		t.Errorf("answered: proposal %+v, ruling %+v", in.Proposal, in.Ruling)
	}
}
