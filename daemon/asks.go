package daemon

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/alerts"
	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/detectors/reading"
)

// staleAsk is the age at arrival past which a call for help rings nobody: it waits in the
// queue, where a person sees how old it is.
const staleAsk = 6 * time.Hour

// mostReminders is how often people are reminded of a call for help that nobody answers;
// after that it stays overdue in the console.
const mostReminders = 3

// asked says what the writer of a post needs of us, "" for nothing and for what is not
// addressed to us. What other sources bring is not, but a call for help in our topics or
// places is everybody's.
func (d *Daemon) asked(p *crisis.Post, topics []string, text reading.Text) (crisis.AskClass, string) {
	switch p.Kind {
	case crisis.KindArticle, crisis.KindBoard, crisis.KindWarning:
		return "", ""
	}
	own, asks := false, false
	for i := range d.cfg.Sources {
		if s := &d.cfg.Sources[i]; s.Name == p.Source {
			own, asks = s.Own, s.Asks
			break
		}
	}
	if own && !asks && p.Kind != crisis.KindComment {
		return "", ""
	}
	if !asks && len(topics) == 0 && !mayCry(p) {
		return "", ""
	}
	class, why := d.reader.Ask(text)
	if class == "" || asks || class == crisis.AskRescue && (len(topics) > 0 || d.here(p)) {
		return class, why
	}
	return "", ""
}

// mayCry says quickly whether a post may be a call for help: nearly none is, and every
// post is looked at.
func mayCry(p *crisis.Post) bool {
	for _, part := range [...]string{"救", "困", "elp", "escue", "rapped", "SOS", "sos"} {
		if strings.Contains(p.Text, part) || strings.Contains(p.Title, part) {
			return true
		}
	}
	return false
}

// here says whether a post names a place of any topic.
func (d *Daemon) here(p *crisis.Post) bool {
	for i := range d.cfg.Topics {
		if slices.ContainsFunc(d.cfg.Topics[i].Places, func(place string) bool {
			return strings.Contains(p.Title, place) || strings.Contains(p.Text, place) || strings.Contains(p.Place, place)
		}) {
			return true
		}
	}
	return false
}

// due is the deadline of a class that begins at a time.
func (d *Daemon) due(class crisis.AskClass, at time.Time) time.Time {
	return d.cfg.Asks.due(class, at, d.cfg.Zoned(), d.cfg.Holidays.works)
}

// queue puts the requests among stored posts into the queue and has people told of calls
// for help, in the transaction that stores the posts. It says whether anybody is told.
func (d *Daemon) queue(tx *store.Tx, asks []crisis.Ask) (bool, error) {
	rang := false
	for _, a := range asks {
		fresh, err := tx.AddAsk(a)
		if err != nil {
			return rang, err
		}
		if fresh && a.Rings {
			rang = true
			if err := d.cry(tx, a, a.Received); err != nil {
				return rang, err
			}
		}
	}
	return rang, nil
}

// askOf is the request of a post.
func (d *Daemon) askOf(p *crisis.Post, x *understood) crisis.Ask {
	a := crisis.Ask{
		Key: x.row.Key, Class: x.class, Why: x.why, Topics: x.Topics, Source: p.Source, Link: p.URL,
		Quote: alerts.Clean(p.FullText(), 300), Published: p.Published, Received: p.Seen, Due: d.due(x.class, p.Seen),
		State: crisis.AskOpen, Count: 1, Print: x.Print,
	}
	born := p.Published
	if p.Precision == crisis.PrecisionDay { // at some time of that day
		born = born.Add(24 * time.Hour)
	}
	if a.Class == crisis.AskRescue && p.Seen.Sub(born) <= staleAsk {
		a.Rings, a.Told = true, 1
	}
	return a
}

// cry tells every channel of a call for help, whatever it wants to be told of, and writes
// it into the timelines of the open incidents of its topics when it is new.
func (d *Daemon) cry(tx *store.Tx, a crisis.Ask, now time.Time) error {
	shown := a
	shown.Source = d.sourceConfig(a.Source).Label()
	key := strconv.FormatInt(int64(a.Key), 10)
	for i := range d.cfg.Channels {
		ch := d.cfg.Channels[i].Name
		al := crisis.Alert{
			ID: fmt.Sprintf("rescue.%s.%d.%s.%s", key, a.Told, now.UTC().Format("20060102T150405"), ch), Kind: crisis.AlertRescue, Drill: d.drill,
			Lang: d.cfg.Lang, Zone: d.cfg.Zone, At: now.UTC(), Org: d.cfg.Org, Title: alerts.Clean(a.Quote, 30), Since: a.Published, Ask: &shown,
		}
		if d.cfg.URL != "" {
			al.Link = strings.TrimSuffix(d.cfg.URL, "/") + "/requests#ask-" + key
		}
		if err := tx.Enqueue(store.Outgoing{ID: al.ID, Channel: ch, Alert: al, Due: al.At}); err != nil {
			return fmt.Errorf("enqueue %s: %w", al.ID, err)
		}
	}
	if a.Told > 1 {
		return nil
	}
	open, err := tx.OpenIncidents()
	if err != nil {
		return fmt.Errorf("incidents of request %s: %w", key, err)
	}
	for _, row := range open {
		if !slices.Contains(a.Topics, row.Topic) {
			continue
		}
		text := fmt.Sprintf("求助求救，已提醒各通道：“%s”", a.Quote)
		if d.cfg.Lang == "en" {
			text = fmt.Sprintf("Call for help, every channel told: “%s”", a.Quote)
		}
		if _, err := tx.Append(row.ID, now, crisis.NewEvent(crisis.EventNote, now, crisis.Machine, crisis.Remark{Text: text})); err != nil {
			return fmt.Errorf("note request %s in %s: %w", key, row.ID, err)
		}
	}
	return nil
}

// unanswered reminds people of the calls for help whose deadline has passed, once in each
// period of the deadline.
func (r *responder) unanswered() error {
	late, err := r.tx.Crying(r.now)
	if err != nil {
		return err
	}
	for _, a := range late {
		again := a.Due.Add(time.Duration(a.Told-1) * r.d.cfg.Asks.Rescue)
		if a.Told > mostReminders || again.After(r.now) {
			continue
		}
		a.Told++
		if err := r.tx.ActOnAsk(a, store.AskEntry{At: r.now, By: crisis.Machine, What: "told", Note: strconv.Itoa(a.Told)}); err != nil {
			return err
		}
		if err := r.d.cry(r.tx, a, r.now); err != nil {
			return err
		}
	}
	return nil
}

// Ask carries out what a person does to a request. A request that becomes a call for help
// tells people as one that came as one.
func (d *Daemon) Ask(ctx context.Context, x crisis.AskAct) error {
	now := d.clock.Now().UTC()
	err := d.store.Update(ctx, func(tx *store.Tx) error {
		a, _, err := tx.Ask(x.Key)
		if err != nil {
			return err
		}
		if a, err = a.Decide(x, now, d.due); err != nil {
			return err
		}
		note := strings.TrimSpace(x.Note + " " + x.Link)
		if x.Do == crisis.AskReclass {
			note = strings.TrimSpace(string(x.Class) + " " + note)
		}
		rings := x.Do == crisis.AskReclass && a.Rings
		if rings {
			a.Told = 1
		}
		if err := tx.ActOnAsk(a, store.AskEntry{At: now, By: x.By, What: x.Do, Note: note}); err != nil || !rings {
			return err
		}
		return d.cry(tx, a, now)
	})
	if err != nil {
		return fmt.Errorf("act on request %d: %w", x.Key, err)
	}
	d.wake()
	return nil
}
