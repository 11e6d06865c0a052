package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const week = 7 * 24 * time.Hour

// share is a part of a whole in percent, "—" of nothing.
func share(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return percent(min(float64(part)/float64(whole), 1))
}

// concerns are the topics by voices of the last seven days, with the seven before.
func (x *looker) concerns(ctx context.Context) (sheet, error) {
	s := x.sheet("concerns", x.must("posts.topic"), x.must("insight.week"), x.must("insight.before"), x.must("insight.change"), x.must("col.share"), x.must("insight.sharebefore"))
	type line struct {
		t        *crisis.Topic
		now, old crisis.Count
	}
	var all []line
	err := x.c.Store.View(ctx, func(tx *store.Tx) error {
		for i := range x.topics {
			l := line{t: &x.topics[i]}
			var err1, err2 error
			l.now, err1 = tx.Sum(l.t.ID, x.now.Add(-week), x.now)
			l.old, err2 = tx.Sum(l.t.ID, x.now.Add(-2*week), x.now.Add(-week))
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			all = append(all, l)
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b line) int { return cmp.Compare(b.now.Voices, a.now.Voices) })
	for _, l := range all[:min(len(all), mostRows)] {
		before, change := x.change(l.now.Voices, l.old.Voices, x.now.Add(-2*week))
		s.Rows = append(s.Rows, []cell{
			{clean(l.t.Name(), 60), "/topics/" + url.PathEscape(l.t.ID) + "?span=7d"},
			{Text: strconv.Itoa(l.now.Voices)},
			{Text: before},
			{Text: change},
			{Text: share(l.now.Negative, l.now.Rated)},
			{Text: share(l.old.Negative, l.old.Rated)},
		})
	}
	return s, err
}

// phrases are what many began to say in the last seven days, most voices first.
func (x *looker) phrases(ctx context.Context) (sheet, error) {
	s := x.sheet("phrases", x.must("insight.phrase"), x.must("col.count"), x.must("insight.posts"), x.must("hot.since"), x.must("insight.last"))
	var all []crisis.Emerged
	err := x.c.Store.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.Emerged(x.now.Add(-week))
		return err
	})
	slices.SortStableFunc(all, func(a, b crisis.Emerged) int { return cmp.Compare(b.Voices, a.Voices) })
	for _, e := range all[:min(len(all), mostRows)] {
		var words []string
		for _, p := range e.Phrases[:min(len(e.Phrases), mostPhrases)] {
			words = append(words, clean(p, 40))
		}
		s.Rows = append(s.Rows, []cell{
			{strings.Join(words, " · "), "/posts?q=" + url.QueryEscape(clean(e.Phrases[0], 40))}, {Text: strconv.Itoa(e.Voices)}, {Text: strconv.Itoa(e.Posts)}, {Text: x.clock(e.First)}, {Text: x.clock(e.Last)},
		})
	}
	return s, err
}

// owned is something that we published about a topic.
type owned struct {
	topic *crisis.Topic
	at    time.Time
}

// reactions are the voices about a topic before and after we published about it.
func (x *looker) reactions(ctx context.Context) (sheet, error) {
	before, after, day := x.must("insight.6before"), x.must("insight.6after"), x.must("insight.24after")
	bad := " " + x.must("col.share")
	s := x.sheet("reactions", x.must("insight.ours"), x.must("posts.topic"), x.must("col.when"), before, before+bad, after, after+bad, day, day+bad)
	sources, err := x.c.Sources(ctx)
	if err != nil {
		return s, fmt.Errorf("ask for the sources: %w", err)
	}
	var ours []string
	for i := range sources {
		if sources[i].Own {
			ours = append(ours, sources[i].Name)
		}
	}
	err = x.c.Store.View(ctx, func(tx *store.Tx) error {
		var all []owned
		for i := range x.topics {
			at, err := tx.OwnMinutes(x.topics[i].ID, x.now.Add(-insightFor), mostRows)
			if err != nil {
				return err
			}
			for _, m := range at {
				all = append(all, owned{&x.topics[i], m})
			}
		}
		slices.SortStableFunc(all, func(a, b owned) int { return b.at.Compare(a.at) })
		for _, o := range all[:min(len(all), mostRows)] {
			row, err := x.reaction(tx, o, ours)
			if err != nil {
				return err
			}
			s.Rows = append(s.Rows, row)
		}
		return nil
	})
	return s, err
}

func (x *looker) reaction(tx *store.Tx, o owned, ours []string) ([]cell, error) {
	what := cell{Text: x.must("insight.statement")}
	p, err := tx.OwnPost(o.topic.ID, o.at, ours)
	switch {
	case err == nil:
		what = cell{clean(cmp.Or(p.Title, p.Text), 60), safeLink(p.URL)}
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	row := []cell{what, {clean(o.topic.Name(), 40), "/topics/" + url.PathEscape(o.topic.ID)}, {Text: x.clock(o.at)}}
	for _, span := range [][2]time.Duration{{-6 * time.Hour, 0}, {0, 6 * time.Hour}, {0, 24 * time.Hour}} {
		from, to := o.at.Add(span[0]), o.at.Add(span[1])
		if to.After(x.now) {
			row = append(row, cell{Text: x.must("insight.yet")}, cell{Text: "—"})
			continue
		}
		n, err := tx.Sum(o.topic.ID, from, to)
		if err != nil {
			return nil, err
		}
		row = append(row, cell{Text: strconv.Itoa(n.Voices)}, cell{Text: share(n.Negative, n.Rated)})
	}
	return row, nil
}

// effects hold what was said during planned events against the same hours a week, or
// as many weeks as they last, before.
func (x *looker) effects(ctx context.Context) (sheet, error) {
	s := x.sheet("effects", x.must("calendar.title"), x.must("col.when"), x.must("insight.during"), x.must("insight.usual"), x.must("insight.change"), x.must("col.share"), x.must("insight.sharebefore"))
	d, ok := x.c.Desk.(Planner)
	if !ok {
		return s, nil
	}
	all, err := d.Planned(ctx)
	if err != nil {
		return s, fmt.Errorf("read the calendar: %w", err)
	}
	slices.Reverse(all)
	err = x.c.Store.View(ctx, func(tx *store.Tx) error {
		for i := range all {
			e := &all[i]
			if e.From.After(x.now) || e.To.Sub(e.From) > 4*week || len(s.Rows) == mostRows {
				continue
			}
			row, err := x.effect(tx, e)
			if err != nil {
				return err
			}
			if row != nil {
				s.Rows = append(s.Rows, row)
			}
		}
		return nil
	})
	return s, err
}

// effect returns nil for an event that concerns none of the topics.
func (x *looker) effect(tx *store.Tx, e *Planned) ([]cell, error) {
	to := e.To
	if to.After(x.now) {
		to = x.now
	}
	back := week * ((to.Sub(e.From) + week - 1) / week)
	var now, old crisis.Count
	found := false
	for i := range x.topics {
		id := x.topics[i].ID
		if len(e.Topics) > 0 && !slices.Contains(e.Topics, id) {
			continue
		}
		found = true
		a, err1 := tx.Sum(id, e.From, to)
		b, err2 := tx.Sum(id, e.From.Add(-back), to.Add(-back))
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		now, old = now.Plus(a), old.Plus(b)
	}
	if !found {
		return nil, nil
	}
	before, change := x.change(now.Voices, old.Voices, e.From.Add(-back))
	return []cell{
		{clean(e.Title, 60), "/calendar?month=" + e.From.In(x.zone).Format("2006-01")},
		{Text: x.between(e.From, e.To)},
		{Text: strconv.Itoa(now.Voices)},
		{Text: before},
		{Text: change},
		{Text: share(now.Negative, now.Rated)},
		{Text: share(old.Negative, old.Rated)},
	}, nil
}

// mostAsks bounds how many requests a look back reads.
const mostAsks = 20000

// answers says of the requests of the last four weeks how many were answered, in time,
// and how long half of them waited at most.
func (x *looker) answers(ctx context.Context) (sheet, error) {
	s := x.sheet("answers", x.must("request.class"), x.must("insight.received"), x.must("insight.dealt"), x.must("insight.coverage"), x.must("insight.intime"), x.must("insight.median"), x.must("insight.waiting"), x.must("insight.overdue"))
	var all []crisis.Ask
	err := x.c.Store.View(ctx, func(tx *store.Tx) (err error) {
		all, err = tx.AsksSince(x.now.Add(-insightFor), mostAsks)
		return err
	})
	for _, class := range crisis.AskClasses {
		var n, dealt, inTime, waiting, late int
		var waits []time.Duration
		for i := range all {
			a := &all[i]
			if a.Class != class || !x.concerned(a) || a.State == crisis.AskDismissed {
				continue
			}
			n++
			switch {
			case a.State.Done():
				dealt++
				waits = append(waits, a.At.Sub(a.Received))
				if a.Due.IsZero() || !a.At.After(a.Due) {
					inTime++
				}
			case !a.Due.IsZero() && !a.Due.After(x.now):
				late++
				waiting++
			default:
				waiting++
			}
		}
		if n == 0 {
			continue
		}
		median := "—"
		if len(waits) > 0 {
			slices.Sort(waits)
			median = x.span(waits[len(waits)/2])
		}
		s.Rows = append(s.Rows, []cell{
			{x.must("request.class." + string(class)), "/requests?class=" + string(class)},
			{Text: strconv.Itoa(n)},
			{Text: strconv.Itoa(dealt)},
			{Text: share(dealt, n)},
			{Text: share(inTime, dealt)},
			{Text: median},
			{Text: strconv.Itoa(waiting)},
			{Text: strconv.Itoa(late)},
		})
	}
	return s, err
}

// concerned says whether a request belongs to what is looked at: all of them while no
// topic is chosen.
func (x *looker) concerned(a *crisis.Ask) bool {
	if len(x.topics) == len(x.c.Topics()) {
		return true
	}
	return slices.ContainsFunc(x.topics, func(t crisis.Topic) bool { return slices.Contains(a.Topics, t.ID) })
}
