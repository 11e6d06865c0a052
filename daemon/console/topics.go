package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// topicRow is one topic with its last day.
type topicRow struct {
	ID       string
	Title    string
	Words    string
	Must     []string
	Not      string
	Places   string
	Chart    chart
	Incident string // id of the open one
}

// topicsPage lists what is watched.
type topicsPage struct {
	frame
	Rows         []topicRow
	Newer, Older string
	Records      []recordRow
}

// recordRow is how often one rule was right.
type recordRow struct {
	Rule               string
	Real, Noise, Known int
	Share, Low, High   string
}

// topicsPerPage keeps a page with its drawings small.
const topicsPerPage = 20

func (c *Console) topics(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := topicsPage{frame: c.frame(r, v, "tab.topics", "topics")}
	p.Live = "*"
	all, at := c.Topics(), pageNumber(r)
	first := min(at*topicsPerPage, len(all))
	last := min(first+topicsPerPage, len(all))
	p.Newer, p.Older = turnPages("/topics", at, last < len(all))
	open, err := c.openByTopic(r)
	if err != nil {
		return err
	}
	bucket := time.Hour / 2
	to := p.now.Truncate(bucket).Add(bucket)
	for i := first; i < last; i++ {
		topic := &all[i]
		points, err := c.Chart.Chart(r.Context(), topic.ID, to.Add(-24*time.Hour), to, bucket)
		if err != nil {
			return fmt.Errorf("chart of %s: %w", topic.ID, err)
		}
		row := topicRowOf(topic)
		row.Chart, row.Incident = p.draw(points, bucket, nil), open[topic.ID]
		row.Chart.Rows = nil // the table is for the page of an incident
		p.Rows = append(p.Rows, row)
	}
	if err := c.fillRecords(r, &p); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "topics", p)
}

// fillRecords says how people judged what each rule opened.
func (c *Console) fillRecords(r *http.Request, p *topicsPage) error {
	var records []crisis.Record
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		records, err = tx.Records(p.now.Add(-crisis.RecordSpan))
		return err
	})
	if err != nil {
		return err
	}
	p.Records = p.records(records)
	return nil
}

// records says how often each rule was right.
func (t tongue) records(all []crisis.Record) []recordRow {
	var out []recordRow
	for i := range all {
		k := &all[i]
		share, low, high := k.Share()
		out = append(out, recordRow{
			t.sayOr("detector.", k.Rule), k.Real, k.Noise, k.Known, percent(share), percent(low), percent(high),
		})
	}
	return out
}

func topicRowOf(topic *crisis.Topic) topicRow {
	row := topicRow{ID: topic.ID, Title: clean(topic.Name(), 80), Words: list(topic.Any), Not: list(topic.Not), Places: list(topic.Places)}
	for _, group := range topic.Must {
		row.Must = append(row.Must, list(group))
	}
	return row
}

// list joins words for reading.
func list(words []string) string { return clean(strings.Join(words, " · "), 400) }

// openByTopic finds the open incident of each topic.
func (c *Console) openByTopic(r *http.Request) (map[string]string, error) {
	out := map[string]string{}
	err := c.Store.View(r.Context(), func(tx *store.Tx) error {
		rows, err := tx.OpenIncidents()
		for _, row := range rows {
			out[row.Topic] = row.ID
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the open incidents: %w", err)
	}
	return out, nil
}
