package crisis

import (
	"fmt"
	"slices"
	"time"
)

// The shares of a clock at which people are told, in percent of the time from its
// start to when it is due.
const (
	ShareHalf = 50
	ShareNear = 80
	ShareDue  = 100
)

// shortRun is the length under which a clock is not announced at half time: a few
// minutes later it would ring again.
const shortRun = 10 * time.Minute

// Reminder is the payload of EventReminded.
type Reminder struct {
	Plan    string    `json:"plan"`
	Step    string    `json:"step"`
	RedLine string    `json:"red_line,omitempty"` // id of the red line, else the target
	Due     time.Time `json:"due"`
	Share   int       `json:"share"` // ShareHalf or ShareNear
}

// Announced is what has been said of one due time of a clock. A clock that comes to be
// due at another time has not been announced.
type Announced struct {
	Due   time.Time
	Share int // ShareHalf, ShareNear or ShareDue
	Seq   int // the event that said so
	At    time.Time
	Rung  int // of the ladder climbed since it was said to be due
}

// Ring is a moment of a clock that has come and has not been announced.
type Ring struct {
	Clock
	Share int // ShareHalf, ShareNear or ShareDue
}

// Rings returns what is to be announced at now, earliest due first: of each clock the
// last of its moments that has come, so that after a sleep each rings once. Next is
// when the next moment comes, zero if none does while nothing happens.
func (in *Incident) Rings(now time.Time) (rings []Ring, next time.Time) {
	in.each(func(s *StepState, l *RedLine, r run) {
		due, ok := in.moment(s, r, ShareDue)
		if !ok {
			return
		}
		id := ""
		if l != nil {
			id = l.ID
		}
		said := 0
		if a, ok := s.Told[id]; ok && a.Due.Equal(due) {
			said = a.Share
		}
		come := 0
		for _, share := range [...]int{ShareHalf, ShareNear, ShareDue} {
			if share <= said || share != ShareDue && !reminds(s, l, r.span, share) {
				continue
			}
			at, _ := in.moment(s, r, share) // a clock that is due does not stand still before
			if at.After(now) {
				if next.IsZero() || at.Before(next) {
					next = at
				}
				break
			}
			come = share
		}
		if come > 0 {
			rings = append(rings, Ring{in.clock(s, l, r, due), come})
		}
	})
	slices.SortStableFunc(rings, func(a, b Ring) int { return a.Due.Compare(b.Due) })
	return rings, next
}

// reminds says whether people are reminded of a clock at a share of its time. A promise
// reminds of itself.
func reminds(s *StepState, l *RedLine, span Span, share int) bool {
	switch {
	case span.IsZero() || l == nil && s.From == FromPromise:
		return false
	case share == ShareHalf:
		return span.Least() >= shortRun
	}
	return true
}

// Announcement returns the event that records a ring.
func (r Ring) Announcement(now time.Time) Event {
	if r.Share == ShareDue {
		return NewEvent(EventStepOverdue, now, Machine, Overdue{Plan: r.Plan, Step: r.Step, Due: r.Due, RedLine: r.RedLine})
	}
	return NewEvent(EventReminded, now, Machine, Reminder{Plan: r.Plan, Step: r.Step, RedLine: r.RedLine, Due: r.Due, Share: r.Share})
}

// Said returns the running clocks of which at least a share was announced by an event
// behind seq, earliest due first: what people who know of seq have not heard.
func (in *Incident) Said(share, seq int) []Clock {
	var out []Clock
	in.each(func(s *StepState, l *RedLine, r run) {
		id := ""
		if l != nil {
			id = l.ID
		}
		a, ok := s.Told[id]
		if !ok || a.Share < share || a.Seq <= seq {
			return
		}
		if due, ok := in.moment(s, r, ShareDue); ok && a.Due.Equal(due) {
			out = append(out, in.clock(s, l, r, due))
		}
	})
	slices.SortStableFunc(out, func(a, b Clock) int { return a.Due.Compare(b.Due) })
	return out
}

func (in *Incident) applyReminded(e *Event, r Reminder) error {
	return in.announced(e, r.Plan, r.Step, r.RedLine, r.Due, r.Share)
}

func (in *Incident) applyOverdue(e *Event, o Overdue) error {
	return in.announced(e, o.Plan, o.Step, o.RedLine, o.Due, ShareDue)
}

func (in *Incident) announced(e *Event, plan, step, redLine string, due time.Time, share int) error {
	s := in.Step(plan, step)
	if s == nil {
		return fmt.Errorf("step %s/%s is not in the plan", plan, step)
	}
	if s.Told == nil {
		s.Told = map[string]Announced{}
	}
	s.Told[redLine] = Announced{Due: due, Share: share, Seq: e.Seq, At: e.At}
	return nil
}
