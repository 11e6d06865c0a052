package console

import (
	"math"
	"net/http"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// chartJSON is a chart as the page's script draws it. Everything that is read is in
// words of the reader and times of the organisation; the script only places it. Times
// are Unix seconds.
type chartJSON struct {
	From    int64        `json:"from"`
	Bucket  int64        `json:"bucket"` // seconds
	Filling bool         `json:"filling"`
	Seen    []string     `json:"seen"` // of each bucket: seen, half or blind
	When    []string     `json:"when"`
	Told    []string     `json:"told"` // each bucket in a sentence
	Panels  []panelJSON  `json:"panels"`
	Ticks   []tickJSON   `json:"ticks"`
	Marks   []momentJSON `json:"marks"`
	Label   string       `json:"label"` // what the whole is, for those who do not see it
}

// panelJSON is one drawing over the common time. A count of null was not seen.
type panelJSON struct {
	Share    bool       `json:"share"`
	Top      float64    `json:"top"`
	Step     float64    `json:"step"`
	Observed []*float64 `json:"observed"`
	Negative []*float64 `json:"negative,omitempty"`
	Expected []*float64 `json:"expected"` // null while what is usual is not known
	Low      []*float64 `json:"low"`
	High     []*float64 `json:"high"`
}

// tickJSON is a round time on the axis.
type tickJSON struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// momentJSON is something that happened: a line when kind is empty.
type momentJSON struct {
	At   int64  `json:"at"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// plotted lays a course out for the script.
func (t tongue) plotted(course, share []Point, bucket time.Duration, happened []happening) chartJSON {
	out := chartJSON{
		Bucket: int64(bucket / time.Second), Seen: []string{}, When: []string{}, Told: []string{}, Ticks: []tickJSON{}, Marks: []momentJSON{},
		Panels: []panelJSON{panelOf(course, true), panelOf(share, false)},
	}
	if len(course) == 0 {
		return out
	}
	out.From = course[0].At.Unix()
	out.Filling = course[len(course)-1].At.Add(bucket).After(t.now)
	out.Label = t.draw(course, bucket, happened).Desc
	said := inBuckets(happened, course, bucket)
	for i, p := range course {
		out.Seen = append(out.Seen, sight(p.Coverage))
		out.When = append(out.When, t.between(p.At, p.At.Add(bucket)))
		out.Told = append(out.Told, t.told(p, out.Filling && i == len(course)-1, said[i]))
	}
	whole := time.Duration(len(course)) * bucket
	for _, at := range roundTimes(course[0].At, whole, t.zone) {
		out.Ticks = append(out.Ticks, tickJSON{at.Unix(), t.roundTime(at)})
	}
	for _, h := range happened {
		if after := h.at.Sub(course[0].At); after >= 0 && after <= whole {
			out.Marks = append(out.Marks, momentJSON{h.at.Unix(), h.kind, h.text})
		}
	}
	return out
}

// told says a bucket in a sentence, as it stands below the chart.
func (t tongue) told(p Point, filling bool, happened []string) string {
	row := t.row(p)
	parts := []string{t.must("told.unseen")}
	if !unseen(p) {
		parts = []string{t.must("told.count", row.Count)}
		if p.High > 0 {
			parts = append(parts, t.must("told.usual", row.Usual))
		}
		if row.Loud {
			parts[len(parts)-1] += t.must("told.loud")
		}
		if row.Share != "" {
			parts = append(parts, t.must("told.negative", row.Bad, row.Share))
		}
		if row.Blind {
			parts = append(parts, t.must("told.half", row.Seen))
		}
	}
	if filling {
		parts = append(parts, t.must("leg.part"))
	}
	const most = 3
	parts = append(parts, happened[:min(len(happened), most)]...)
	if n := len(happened) - most; n > 0 {
		parts = append(parts, t.must("told.more", n))
	}
	return strings.Join(parts, " · ")
}

// panelOf takes a course apart into columns. Without counts there is nothing of which a
// share could be.
func panelOf(points []Point, counts bool) panelJSON {
	top, step := 100.0, 50.0
	if counts {
		top, step = scale(points)
	}
	out := panelJSON{Share: !counts, Top: top, Step: step, Observed: []*float64{}, Expected: []*float64{}, Low: []*float64{}, High: []*float64{}}
	for _, p := range points {
		known := func(f float64, ok bool) *float64 {
			if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
				return nil
			}
			f = math.Round(f*100) / 100
			return &f
		}
		out.Observed = append(out.Observed, known(p.Observed, !counts || !unseen(p)))
		if counts {
			out.Negative = append(out.Negative, known(min(p.Negative, p.Observed), !unseen(p)))
		}
		out.Expected = append(out.Expected, known(p.Expected, p.High > 0))
		out.Low = append(out.Low, known(p.Low, p.High > 0))
		out.High = append(out.High, known(p.High, p.High > 0))
	}
	return out
}

// incidentChart answers with the course of an incident.
func (c *Console) incidentChart(w http.ResponseWriter, r *http.Request, _ *visit) error {
	var in crisis.Incident
	var events []crisis.Event
	err := c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		in, events, err = tx.Incident(r.PathValue("id"))
		return err
	})
	if err != nil {
		return err
	}
	points, bucket, err := c.incidentPoints(r.Context(), &in)
	if err != nil {
		return err
	}
	t := c.tongue(r)
	happened, err := t.marks(&in, events)
	if err != nil {
		return err
	}
	return sendChart(w, t.plotted(points, shares(points, beginning(&in)), bucket, happened))
}

// topicChart answers with the course of a topic.
func (c *Console) topicChart(w http.ResponseWriter, r *http.Request, _ *visit) error {
	topic := c.watched(r.PathValue("id"))
	if topic == nil {
		return store.ErrNotFound
	}
	span := stretchOf(r)
	points, err := c.topicPoints(r.Context(), topic.ID, span)
	if err != nil {
		return err
	}
	t := c.tongue(r)
	happened, err := c.topicMarks(r.Context(), t, topic.ID)
	if err != nil {
		return err
	}
	return sendChart(w, t.plotted(points, shares(points, time.Time{}), span.every, happened))
}

func sendChart(w http.ResponseWriter, chart chartJSON) error {
	return sendJSON(w, http.StatusOK, "application/json", chart)
}

// incidentCounts is the course of an incident as a table for other programs.
func (c *Console) incidentCounts(w http.ResponseWriter, r *http.Request, _ *visit) error {
	in, err := c.readIncident(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	points, _, err := c.incidentPoints(r.Context(), &in)
	if err != nil {
		return err
	}
	return sendCSV(w, in.ID, c.countRows(c.tongue(r), points))
}

// countRows is a course as a table.
func (c *Console) countRows(say tongue, points []Point) [][]string {
	rows := [][]string{{say.must("col.when"), say.must("col.count"), say.must("col.negative"), say.must("csv.expected"), say.must("csv.low"), say.must("csv.high"), say.must("col.seen")}}
	for _, p := range points {
		row := []string{p.At.In(c.Zone).Format(time.RFC3339), decimal(p.Observed), decimal(p.Negative), decimal(p.Expected), decimal(p.Low), decimal(p.High), decimal(p.Coverage)}
		if unseen(p) {
			row[1], row[2] = "", "" // not nothing: not known
		}
		rows = append(rows, row)
	}
	return rows
}
