package console

import (
	"cmp"
	"context"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// waiting are the requests that nobody has answered, as the hand-over note tells of them.
type waiting struct {
	Asks  []waitingAsk
	Sums  []string // how many of each class, and how long the oldest waits
	More  int      // that are counted and not listed
	Count int
}

// waitingAsk is one line of the note. What somebody reported in confidence stays out of
// what is printed and left on a desk.
type waitingAsk struct {
	Word, Quote, Source string
	Age                 string // since it was written
	Due                 *due
	By                  string // who claimed it, "" for nobody
}

const (
	mostWaiting = 20   // lines of a note that somebody reads out
	mostCounted = 2000 // a queue beyond that is no longer handed over by reading
)

// waiting reads the requests that wait: rescue first, then by deadline.
func (c *Console) waiting(ctx context.Context, t tongue) (*waiting, error) {
	names, err := c.sourceNames(ctx)
	if err != nil {
		return nil, err
	}
	var all []crisis.Ask
	err = c.Store.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Asks(false, "", mostCounted)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &waiting{Count: len(all), More: max(len(all)-mostWaiting, 0)}
	for i := range all[:min(len(all), mostWaiting)] {
		out.Asks = append(out.Asks, t.waitingAsk(&all[i], names))
	}
	for _, class := range crisis.AskClasses {
		n, oldest := 0, t.now
		for i := range all {
			if a := &all[i]; a.Class == class {
				n++
				if at := written(a); at.Before(oldest) {
					oldest = at
				}
			}
		}
		if n > 0 {
			out.Sums = append(out.Sums, t.must("handover.asks.class", t.sayOr("request.class.", string(class)), n, t.span(t.now.Sub(oldest))))
		}
	}
	return out, nil
}

// written is since when somebody waits.
func written(a *crisis.Ask) time.Time {
	if a.Published.IsZero() || a.Published.After(a.Received) {
		return a.Received
	}
	return a.Published
}

func (t tongue) waitingAsk(a *crisis.Ask, names map[string]string) waitingAsk {
	w := waitingAsk{
		Word: t.sayOr("request.class.", string(a.Class)), Quote: clean(a.Quote, 80), Age: t.span(t.now.Sub(written(a))),
		Source: clean(cmp.Or(names[a.Source], a.Source), 60),
	}
	if a.Class == crisis.AskTipOff {
		w.Quote = t.must("handover.asks.secret")
	}
	if !a.Due.IsZero() {
		d := t.by(a.Due)
		w.Due = &d
	}
	if a.State == crisis.AskClaimed {
		w.By = clean(a.By, 40)
	}
	return w
}
