package console

import (
	"context"
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
	insightFor  = 28 * 24 * time.Hour
	insightKept = 5 * time.Minute
	mostInsight = 64 // pages that are kept
	mostRows    = 20
)

// insight is what was worked out for one page.
type insight struct {
	at     time.Time
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
	got, err := c.lookBack(r.Context(), p.tongue, p.Topic)
	if err != nil {
		return err
	}
	p.Heat, p.Sheets, p.At = got.heat, got.sheets, p.clock(got.at)
	return c.render(w, r, http.StatusOK, "insight", p)
}

// insightTable is one table of the page for other programs.
func (c *Console) insightTable(w http.ResponseWriter, r *http.Request, _ *visit) error {
	name, ok := strings.CutSuffix(r.PathValue("file"), ".csv")
	topic := r.URL.Query().Get("topic")
	if !ok || topic != "" && c.watched(topic) == nil {
		return store.ErrNotFound
	}
	got, err := c.lookBack(r.Context(), c.tongue(r), topic)
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

// lookBack works out a page, or returns it as it was some minutes ago: it reads
// weeks of counts.
func (c *Console) lookBack(ctx context.Context, t tongue, topic string) (insight, error) {
	key := t.lang + " " + topic
	c.mu.Lock()
	kept, ok := c.insights[key]
	c.mu.Unlock()
	if ok && t.now.Sub(kept.at).Abs() < insightKept {
		return kept, nil
	}
	out := insight{at: t.now}
	var err error
	if out.heat, out.sheets, err = c.workOut(ctx, t, topic); err != nil {
		return out, fmt.Errorf("look back: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.insights) >= mostInsight || c.insights == nil {
		c.insights = map[string]insight{}
	}
	c.insights[key] = out
	return out, nil
}

func (c *Console) workOut(ctx context.Context, t tongue, topic string) (heat, []sheet, error) {
	topics := c.Topics()
	if topic != "" {
		topics = []crisis.Topic{*c.watched(topic)}
	}
	x := looker{c: c, tongue: t, topics: topics}
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
}

// sheet begins a table; its words are under insight. and its id.
func (x *looker) sheet(id string, head ...string) sheet {
	return sheet{ID: id, Title: x.sayOr("insight.", id), What: x.sayOr("insight.what.", id), Head: head}
}

// hours counts voices by weekday and hour of the organisation's zone.
func (x *looker) hours(ctx context.Context) (heat, sheet, error) {
	var sum [7][24]int
	to := x.now.Truncate(time.Hour)
	for i := range x.topics {
		err := x.c.Store.HalfHours(ctx, x.topics[i].ID, to.Add(-insightFor), to, func(at time.Time, n crisis.Count) {
			local := at.In(x.zone)
			sum[(int(local.Weekday())+6)%7][local.Hour()] += n.Voices
		})
		if err != nil {
			return heat{}, sheet{}, err
		}
	}
	top, busiest := 0, [2]int{}
	s := x.sheet("hours", x.must("insight.hour"))
	for d := range 7 {
		s.Head = append(s.Head, x.weekday(time.Weekday((d+1)%7)))
		for h := range 24 {
			if sum[d][h] > top {
				top, busiest = sum[d][h], [2]int{d, h}
			}
		}
	}
	var out heat
	out.Empty = top == 0
	out.Desc = x.must("insight.heat", x.weekday(time.Weekday((busiest[0]+1)%7)), busiest[1], number(float64(top)/4))
	for h := range 24 {
		row := []cell{{Text: fmt.Sprintf("%02d:00", h)}}
		for d := range 7 {
			row = append(row, cell{Text: strconv.Itoa(sum[d][h])})
			shade := "0.04"
			if top > 0 && sum[d][h] > 0 {
				shade = decimal(0.1 + 0.9*float64(sum[d][h])/float64(top))
			}
			out.Boxes = append(out.Boxes, heatBox{
				heatX(h), dot(18 + float64(d)*22), "3.7%", "20", shade,
				x.weekday(time.Weekday((d+1)%7)) + " " + fmt.Sprintf("%02d:00 ", h) + strconv.Itoa(sum[d][h]),
			})
		}
		s.Rows = append(s.Rows, row)
	}
	return out, s, nil
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
