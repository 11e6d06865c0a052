package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	daysShown    = 30
	mostFailures = 400 // attempts that are read
	failuresRows = 12
)

// dayTally is how much of a day a source was seen, in minutes; Expected is 0 when
// nobody looked.
type dayTally struct {
	From           time.Time
	Expected, Seen int
}

// coverageDays says for each source how much of each of the last days was seen, from
// what the judge of every minute kept.
func (c *Console) coverageDays(ctx context.Context) (map[string][]dayTally, error) {
	now := c.Now()
	local := now.In(c.Zone)
	first := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.Zone).AddDate(0, 0, 1-daysShown)
	sights, err := c.Store.Sights(ctx, first)
	if err != nil {
		return nil, err
	}
	out := map[string][]dayTally{}
	for i, s := range sights {
		to := now
		if i+1 < len(sights) {
			to = sights[i+1].From
		}
		for name, seen := range s.Seen {
			days := out[name]
			if days == nil {
				for d := range daysShown {
					days = append(days, dayTally{From: first.AddDate(0, 0, d)})
				}
				out[name] = days
			}
			addSight(days, s.From, to, seen)
		}
	}
	return out, nil
}

// addSight adds the minutes from from to to to the days that they belong to.
func addSight(days []dayTally, from, to time.Time, seen bool) {
	for d := range days {
		begin, end := days[d].From, days[d].From.AddDate(0, 0, 1)
		if from.After(begin) {
			begin = from
		}
		if to.Before(end) {
			end = to
		}
		n := int(end.Sub(begin) / time.Minute)
		if n <= 0 {
			continue
		}
		days[d].Expected += n
		if seen {
			days[d].Seen += n
		}
	}
}

// kind is the class and the word of a day.
func (d dayTally) kind() string {
	if d.Expected == 0 {
		return "idle"
	}
	return sight(float64(d.Seen) / float64(d.Expected))
}

func (t tongue) day(at time.Time) string {
	return at.In(t.zone).Format(t.pick("1月2日", "2 Jan"))
}

// dayStrip draws the days, those alike in one stretch.
func (t tongue) dayStrip(days []dayTally) strip {
	out := strip{Share: "—"}
	all, seen := 0, 0
	for i := 0; i < len(days); {
		j, expected, ok := i, 0, 0
		for ; j < len(days) && days[j].kind() == days[i].kind(); j++ {
			expected, ok = expected+days[j].Expected, ok+days[j].Seen
		}
		all, seen = all+expected, seen+ok
		tip := t.day(days[i].From)
		if j-i > 1 {
			tip += "–" + t.day(days[j-1].From)
		}
		out.Runs = append(out.Runs, run{
			percentOf(float64(i) / float64(len(days))), percentOf(float64(j-i) / float64(len(days))), days[i].kind(),
			tip + " " + t.must("strip."+days[i].kind()) + " " + share(ok, expected),
		})
		i = j
	}
	out.Share = share(seen, all)
	out.Desc = t.must("days.share", out.Share)
	return out
}

// sourcePage is one source: thirty days of it, and what went wrong.
type sourcePage struct {
	frame
	Row      sourceRow
	Here     string
	Days     []dayRow
	Failures []failureRow
}

type dayRow struct{ Day, Class, Word, Share, Seen, Expected string }

// failureRow is a failure, or the same one several times in a row.
type failureRow struct {
	At, First   moment
	Times       int
	Word, Fix   string
	Detail      string
	class, line string
}

// oneSource finds a configured source.
func (c *Console) oneSource(r *http.Request) (Source, error) {
	all, err := c.Sources(r.Context())
	if err != nil {
		return Source{}, fmt.Errorf("ask for the sources: %w", err)
	}
	i := slices.IndexFunc(all, func(s Source) bool { return s.Name == r.PathValue("name") })
	if i < 0 {
		return Source{}, store.ErrNotFound
	}
	return all[i], nil
}

func (c *Console) source(w http.ResponseWriter, r *http.Request, v *visit) error {
	s, err := c.oneSource(r)
	if err != nil {
		return err
	}
	p := sourcePage{frame: c.frame(r, v, "", "sources"), Here: "/sources/" + url.PathEscape(s.Name)}
	p.Row, p.Live = p.sourceRow(&s), "*"
	p.Title = p.Row.Title
	_, can := c.Desk.(Pauser)
	p.Row.Can = can && !s.Off
	days, err := c.coverageDays(r.Context())
	if err != nil {
		return err
	}
	p.Row.Days = p.dayStrip(days[s.Name])
	for _, d := range slices.Backward(days[s.Name]) {
		p.Days = append(p.Days, dayRow{p.day(d.From), d.kind(), p.must("strip." + d.kind()), share(d.Seen, d.Expected), strconv.Itoa(d.Seen), strconv.Itoa(d.Expected)})
	}
	failed, err := c.Store.Failures(r.Context(), s.Name, p.now.AddDate(0, 0, -daysShown), mostFailures)
	if err != nil {
		return err
	}
	p.fillFailures(&s, failed)
	return c.render(w, r, http.StatusOK, "source", p)
}

// fillFailures tells each failure once, however often it came in a row.
func (p *sourcePage) fillFailures(s *Source, failed []crisis.Coverage) {
	for _, f := range failed {
		if n := len(p.Failures); n > 0 && p.Failures[n-1].class == string(f.Class) && p.Failures[n-1].line == f.Detail {
			last := &p.Failures[n-1]
			last.Times++
			last.First = p.since(f.At)
			continue
		}
		if len(p.Failures) == failuresRows {
			return
		}
		class := string(f.Class)
		if s.Kind == "file" && f.Class == crisis.ClassUnavailable {
			class = "folder"
		}
		p.Failures = append(p.Failures, failureRow{
			At: p.since(f.At), First: p.since(f.At), Times: 1, Word: p.sayOr("class.", class), Fix: p.sayOr("fix.", class), Detail: clean(f.Detail, 300),
			class: string(f.Class), line: f.Detail,
		})
	}
}

// sourceDays is the thirty days of a source for other programs.
func (c *Console) sourceDays(w http.ResponseWriter, r *http.Request, _ *visit) error {
	s, err := c.oneSource(r)
	if err != nil {
		return err
	}
	days, err := c.coverageDays(r.Context())
	if err != nil {
		return err
	}
	say := c.tongue(r)
	rows := [][]string{{say.must("days.day"), say.must("days.expected"), say.must("days.minutes"), say.must("col.seen")}}
	for _, d := range days[s.Name] {
		rows = append(rows, []string{d.From.In(c.Zone).Format(time.DateOnly), strconv.Itoa(d.Expected), strconv.Itoa(d.Seen), share(d.Seen, d.Expected)})
	}
	return sendCSV(w, "source-"+s.Name, rows)
}
