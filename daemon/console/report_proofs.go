package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// gatherExhibits reads the posts that an incident quotes, as they were kept.
func gatherExhibits(ctx context.Context, st *store.Store, in *playbooks.ReportInput) error {
	err := st.View(ctx, func(tx *store.Tx) error {
		proofs, err := tx.Proofs(in.Events)
		in.Exhibits = exhibits(proofs)
		return err
	})
	if err != nil {
		return fmt.Errorf("gather the posts that were quoted: %w", err)
	}
	return nil
}

// gatherProofs reads what a report says of statements on our own accounts,
// of who repeats them, and of requests.
func gatherProofs(ctx context.Context, st *store.Store, incident *crisis.Incident, in *playbooks.ReportInput, from, to time.Time) error {
	err := st.View(ctx, func(tx *store.Tx) error {
		asks, err := tx.AsksOf(incident.Topic, from.Add(reportLead), to)
		if err != nil {
			return err
		}
		in.AsksFrom, in.AsksKnown = from.Add(reportLead), true
		for _, a := range asks {
			x := playbooks.ReportAsk{Key: a.Key, Class: a.Class, Received: a.Received, Due: a.Due, State: a.State}
			if a.State == crisis.AskAnswered || a.State == crisis.AskTransferred {
				x.Answered = a.At
			}
			in.Asks = append(in.Asks, x)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("gather the requests of %s: %w", incident.ID, err)
	}
	if err := gatherSights(ctx, st, in); err != nil {
		return err
	}
	return gatherQuotes(ctx, st, incident, in, to)
}

func exhibits(proofs []store.Proof) []playbooks.ReportExhibit {
	var out []playbooks.ReportExhibit
	for i, p := range proofs {
		x := playbooks.ReportExhibit{
			N: i + 1, Event: p.Event, Key: p.Evidence.Key, Source: p.Evidence.Source, URL: p.Evidence.URL, Quote: p.Evidence.Quote,
			Published: p.Evidence.Published, SHA256: p.Evidence.Hash, State: p.State, Stored: p.Stored,
		}
		if p.State != store.ProofGone {
			x.Source, x.URL, x.Title, x.Text, x.Published, x.Kept = p.Kept.Source, p.Kept.URL, p.Kept.Title, p.Kept.Text, p.Kept.Published, p.Kept.Kept
		}
		out = append(out, x)
	}
	return out
}

// gatherSights reads how often our statements were read where they were seen.
func gatherSights(ctx context.Context, st *store.Store, in *playbooks.ReportInput) error {
	for i := range in.Events {
		e := &in.Events[i]
		var s crisis.Sighting
		if e.Kind != crisis.EventSeen || json.Unmarshal(e.Data, &s) != nil {
			continue
		}
		sight := playbooks.ReportSight{Event: e.Seq, Source: s.Source}
		switch p, err := st.Post(ctx, s.Post); {
		case err == nil:
			sight.Views = p.Metrics.Views
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read a statement on %s: %w", s.Source, err)
		}
		in.Sights = append(in.Sights, sight)
	}
	return nil
}

// gatherQuotes counts the posts that repeat each statement, and any of them, since it was
// published.
func gatherQuotes(ctx context.Context, st *store.Store, incident *crisis.Incident, in *playbooks.ReportInput, to time.Time) error {
	ours := map[string]bool{}
	for _, s := range in.Sights {
		ours[s.Source] = true
	}
	type watched struct {
		playbooks.ReportQuotes
		says func(string) bool
	}
	var all []*watched
	var texts []string
	first := time.Time{}
	for i := range incident.Statements {
		s := &incident.Statements[i]
		v, at := s.Version(s.Approved), s.Published()
		if v == nil || at.IsZero() || !at.Before(to) {
			continue
		}
		texts = append(texts, v.Text)
		all = append(all, &watched{playbooks.ReportQuotes{Statement: s.ID, From: at, To: to}, playbooks.Quoter([]string{v.Text})})
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if all == nil {
		return nil
	}
	all = append(all, &watched{playbooks.ReportQuotes{From: first, To: to}, playbooks.Quoter(texts)})
	err := st.EachPostOf(ctx, incident.Topic, first, to, func(p *store.StoredPost) error {
		if ours[p.Source] {
			return nil
		}
		for _, w := range all {
			if p.Published.Before(w.From) {
				continue
			}
			if w.Posts++; w.says(p.FullText()) {
				w.Quoting++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return st.View(ctx, func(tx *store.Tx) error {
		for _, w := range all {
			n, err := tx.Sum(incident.Topic, w.From, w.To)
			if err != nil {
				return err
			}
			w.Counted = n.Posts
			in.Quotes = append(in.Quotes, w.ReportQuotes)
		}
		return nil
	})
}
