package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// insightPage looks back over weeks: when the public is active, what our own posts and
// events did, how soon people were answered, what concerned most.
type insightPage struct {
	frame
	Topics []choice
	Topic  string
	Heat   heat
	Sheets []sheet
	At     string // when it was worked out
}

// sheet is a table, as shown and as other programs read it.
type sheet struct {
	ID, Title, What string
	Head            []string
	Rows            [][]cell
	CSV             string
}

// cell is one place of a table; a word with a link has it first.
type cell struct{ Text, Link string }

// heat is when the public is active: voices by weekday and hour.
type heat struct {
	Boxes []heatBox
	Desc  string
	Empty bool
}

// heatBox is one hour of one weekday.
type heatBox struct{ X, Y, W, H, Shade, Tip string }

const (
	insightFor    = 28 * 24 * time.Hour
	insightKept   = 5 * time.Minute
	insightDue    = 4 * time.Minute // from when LookAhead works it out again
	insightWanted = 6 * time.Hour   // after the last look a page is kept fresh for so long
	mostInsight   = 64              // pages that are kept
	mostRows      = 20
)

// insightKey names a page.
type insightKey struct{ lang, topic string }

// insight is what was worked out for one page.
type insight struct {
	at     time.Time
	asked  time.Time // when somebody last wanted it
	heat   heat
	sheets []sheet
}

func (c *Console) insightPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := insightPage{frame: c.frame(r, v, "tab.insight", "insight")}
	for _, t := range c.Topics() {
		on := t.ID == r.URL.Query().Get("topic")
		if on {
			p.Topic = t.ID
		}
		p.Topics = append(p.Topics, choice{t.ID, clean(t.Name(), 60), on})
	}
	switch got, err := c.lookBack(r.Context(), p.tongue, p.Topic, c.patience); {
	case errors.Is(err, ErrBusy):
		p.Waits = true
	case err != nil:
		return err
	default:
		p.Heat, p.Sheets, p.At = got.heat, got.sheets, p.clock(got.at)
	}
	return c.render(w, r, http.StatusOK, "insight", p)
}

// insightTable is one table of the page for other programs.
func (c *Console) insightTable(w http.ResponseWriter, r *http.Request, _ *visit) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".csv")
	topic := r.URL.Query().Get("topic")
	if !ok || topic != "" && c.watched(topic) == nil {
		return store.ErrNotFound
	}
	got, err := c.lookBack(r.Context(), c.tongue(r), topic, time.Minute)
	if err != nil {
		return err
	}
	for _, s := range got.sheets {
		if s.ID != name {
			continue
		}
		rows := [][]string{s.Head}
		for _, row := range s.Rows {
			line := make([]string, len(row))
			for i := range row {
				line[i] = row[i].Text
			}
			rows = append(rows, line)
		}
		return sendCSV(w, "insight-"+name, rows)
	}
	return store.ErrNotFound
}

// lookBack works out a page behind it, or returns it as it was some minutes ago: it reads
// weeks of counts. LookAhead keeps what is wanted from getting too old. What takes longer
// than wait is ErrBusy.
func (c *Console) lookBack(ctx context.Context, t tongue, topic string, wait time.Duration) (insight, error) {
	key := insightKey{t.lang, topic}
	c.mu.Lock()
	kept, ok := c.insights[key]
	if ok {
		kept.asked = t.now
		c.insights[key] = kept
	}
	c.mu.Unlock()
	if ok && t.now.Sub(kept.at).Abs() < insightKept {
		return kept, nil
	}
	return ask(ctx, c.behind, question{key: "insight/" + t.lang + "/" + topic, now: t.now, wait: wait}, func(ctx context.Context) (insight, error) {
		return c.lookAgain(ctx, t, topic, t.now)
	})
}

// lookAgain works out a page and keeps it.
func (c *Console) lookAgain(ctx context.Context, t tongue, topic string, asked time.Time) (insight, error) {
	out := insight{at: t.now, asked: asked}
	var err error
	if out.heat, out.sheets, err = c.workOut(ctx, t, topic); err != nil {
		return out, fmt.Errorf("look back: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.insights) >= mostInsight || c.insights == nil {
		c.insights = map[insightKey]insight{}
	}
	c.insights[insightKey{t.lang, topic}] = out
	return out, nil
}

// LookAhead works out again what somebody asked for in the last hours, before it is too old
// to be shown. It is called every minute.
func (c *Console) LookAhead(ctx context.Context) error {
	now := c.Now()
	due := map[insightKey]time.Time{}
	c.mu.Lock()
	for k, kept := range c.insights {
		if now.Sub(kept.at).Abs() >= insightDue && now.Sub(kept.asked) < insightWanted {
			due[k] = kept.asked
		}
	}
	c.mu.Unlock()
	for k, asked := range due {
		if k.topic != "" && c.watched(k.topic) == nil {
			continue
		}
		if _, err := c.lookAgain(ctx, tongue{lang: k.lang, zone: c.Zone, now: now}, k.topic, asked); err != nil {
			return err
		}
	}
	return nil
}

func (c *Console) workOut(ctx context.Context, t tongue, topic string) (heat, []sheet, error) {
	topics := c.Topics()
	if topic != "" {
		topics = []crisis.Topic{*c.watched(topic)}
	}
	x := looker{c: c, tongue: t, topics: topics, first: t.now}
	if err := x.begin(ctx); err != nil {
		return heat{}, nil, err
	}
	h, table, err := x.hours(ctx)
	if err != nil {
		return h, nil, err
	}
	sheets := []sheet{table}
	for _, f := range []func(context.Context) (sheet, error){x.concerns, x.phrases, x.reactions, x.effects, x.answers} {
		s, err := f(ctx)
		if err != nil {
			return h, nil, err
		}
		if topic != "" {
			s.CSV = "?topic=" + topic
		}
		s.CSV = "/insight/" + s.ID + ".csv" + s.CSV
		sheets = append(sheets, s)
	}
	sheets[0].CSV = strings.Replace(sheets[1].CSV, sheets[1].ID, "hours", 1)
	return h, sheets, nil
}

// looker works out the tables for some topics.
type looker struct {
	tongue
	c      *Console
	topics []crisis.Topic
	first  time.Time // since then there are counts: what lies before is not known, and not 0
}

// begin finds out how far back anything was counted, of whatever topic.
func (x *looker) begin(ctx context.Context) error {
	return x.c.Store.View(ctx, func(tx *store.Tx) error {
		for _, t := range x.c.Topics() {
			at, err := tx.FirstCount(t.ID)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if at.Before(x.first) {
				x.first = at
			}
		}
		return nil
	})
}

// change says by how much a count has changed, "—" when the earlier one is not known.
func (x *looker) change(now, old int, from time.Time) (before, change string) {
	switch {
	case from.Before(x.first):
		return x.must("insight.unknown"), "—"
	case old == 0:
		return "0", "—"
	}
	return strconv.Itoa(old), fmt.Sprintf("%+.0f%%", 100*(float64(now)/float64(old)-1))
}

// sheet begins a table; its words are under insight. and its id.
func (x *looker) sheet(id string, head ...string) sheet {
	return sheet{ID: id, Title: x.sayOr("insight.", id), What: x.sayOr("insight.what.", id), Head: head}
}

// hours is how many voices an hour of each weekday has on average, in the zone of the
// organisation, since anything was counted.
func (x *looker) hours(ctx context.Context) (heat, sheet, error) {
	var mean, times [7][24]float64
	slot := func(at time.Time) (day, hour int) {
		local := at.In(x.zone)
		return (int(local.Weekday()) + 6) % 7, local.Hour()
	}
	to := x.now.Truncate(time.Hour)
	from := to.Add(-insightFor)
	if x.first.After(from) {
		from = x.first.Truncate(time.Hour)
	}
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		d, h := slot(at)
		times[d][h]++
	}
	for i := range x.topics {
		err := x.c.Store.HalfHours(ctx, x.topics[i].ID, from, to, func(at time.Time, n crisis.Count) {
			d, h := slot(at)
			mean[d][h] += float64(n.Voices) / max(times[d][h], 1)
		})
		if err != nil {
			return heat{}, sheet{}, err
		}
	}
	s := x.sheet("hours", x.must("insight.hour"))
	for d := range 7 {
		s.Head = append(s.Head, x.weekday(time.Weekday((d+1)%7)))
	}
	for h := range 24 {
		row := []cell{{Text: fmt.Sprintf("%02d:00", h)}}
		for d := range 7 {
			text := "—"
			if times[d][h] > 0 {
				text = number(mean[d][h])
			}
			row = append(row, cell{Text: text})
		}
		s.Rows = append(s.Rows, row)
	}
	return x.heat(&mean, s.Rows), s, nil
}

// heat draws the means, the busiest darkest.
func (x *looker) heat(mean *[7][24]float64, rows [][]cell) heat {
	top, day, hour := 0.0, 0, 0
	for d := range 7 {
		for h := range 24 {
			if mean[d][h] > top {
				top, day, hour = mean[d][h], d, h
			}
		}
	}
	out := heat{Empty: top == 0, Desc: x.must("insight.heat", x.weekday(time.Weekday((day+1)%7)), hour, number(top))}
	for h := range 24 {
		for d := range 7 {
			shade := "0.04"
			if mean[d][h] > 0 {
				shade = decimal(0.1 + 0.9*mean[d][h]/top)
			}
			out.Boxes = append(out.Boxes, heatBox{
				heatX(h), dot(18 + float64(d)*22), "3.7%", "20", shade,
				x.weekday(time.Weekday((d+1)%7)) + " " + rows[h][0].Text + " " + rows[h][d+1].Text,
			})
		}
	}
	return out
}

// heatX is where an hour begins, in the width.
func heatX(hour int) string { return percentOf(0.08 + 0.0383*float64(hour)) }

// HeatDays are the labels of the rows.
func (p insightPage) HeatDays() []tick {
	var out []tick
	for d := range 7 {
		out = append(out, tick{Y: dot(33 + float64(d)*22), Text: p.weekday(time.Weekday((d + 1) % 7))})
	}
	return out
}

// HeatHours are the labels of the columns.
func (p insightPage) HeatHours() []tick {
	var out []tick
	for h := 0; h < 24; h += 3 {
		out = append(out, tick{X: heatX(h), Text: fmt.Sprintf("%02d", h)})
	}
	return out
}
