package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// mostOwed is how many promises the first page shows.
const mostOwed = 6

// owedRow is a promise to the public, wherever it was given.
type owedRow struct {
	due
	What     string
	Incident string
	Title    string
}

// voiceRow is an account of our own: whether it is seen, and when it said anything last.
type voiceRow struct {
	Name   string
	Title  string
	State  string
	Word   string
	Said   moment
	Silent bool // it has said nothing since an incident was opened that is still open
}

// owed lists the promises of open incidents, the earliest first.
func (t tongue) owed(open []crisis.Incident) []owedRow {
	type promise struct {
		row owedRow
		at  time.Time
	}
	var all []promise
	for i := range open {
		in := &open[i]
		for _, p := range in.OpenPromises() {
			all = append(all, promise{owedRow{t.by(p.Due), clean(p.What, 120), in.ID, clean(in.Title, 60)}, p.Due})
		}
	}
	slices.SortStableFunc(all, func(a, b promise) int { return a.at.Compare(b.at) })
	var out []owedRow
	for _, p := range all[:min(len(all), mostOwed)] {
		out = append(out, p.row)
	}
	return out
}

// voices says of each of our own accounts when it spoke last. Silence while an incident is
// open is what the public sees of us.
func (c *Console) voices(ctx context.Context, t tongue, sources []Source, open []crisis.Incident) ([]voiceRow, error) {
	var since time.Time
	for i := range open {
		if at := open[i].Opened; !open[i].Drill && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	var out []voiceRow
	err := c.Store.View(ctx, func(tx *store.Tx) error {
		for i := range sources {
			s := &sources[i]
			if !s.Own || s.Off {
				continue
			}
			last, err := tx.LastPost(s.Name)
			if err != nil {
				return err
			}
			row := t.sourceRow(s)
			out = append(out, voiceRow{s.Name, row.Title, row.State, row.Word, t.since(last), !since.IsZero() && last.Before(since) && s.seen()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("last posts of our own accounts: %w", err)
	}
	slices.SortStableFunc(out, func(a, b voiceRow) int { return cmp.Compare(a.Title, b.Title) })
	return out, nil
}
