package console

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// chart is a drawing of counts beside what is usual. Shapes lie in a box of
// chartWide by chartTall that is stretched to the width of the screen; words are
// placed in percent, so that they stay as large as the rest of the page.
type chart struct {
	Title  string
	Desc   string // the whole chart in a sentence, for those who do not see it
	Bars   string // path of the counts
	Bad    string // path of their negative part
	Loud   string // path of the counts above the usual band
	Part   string // path of the last count while its bucket still fills
	Band   string // path of the usual band, "" while it is not known
	Middle string // path of what is expected
	Line   string // path of a share, in place of bars
	Blind  []span // stretches that were not, or only partly, seen
	Grid   []tick // horizontal lines
	Marks  []tick // times along the bottom
	Flags  []flag // when the incident began, was noticed, graded and closed
	Glyphs []glyph
	Rows   []chartRow
	Marked bool   // something happened: the table has a column for it
	Seen   string // share of the whole that was seen
	Class  string // share: a chart of shares, not of counts
	Empty  bool
}

// span is a stretch of the width, in percent.
type span struct {
	X, W string
	Half bool // partly seen
}

// tick is a line with a word.
type tick struct {
	X, Y  string // Y in the box; X in percent
	TextY string
	Text  string
	End   string // class of the text's anchor
}

// flag is a moment with a word.
type flag struct {
	X, Y, Text, End string
}

// glyph is a sign above the bars, known by its shape: an alert, a statement, a step
// that was done.
type glyph struct {
	X, Kind, Text string
}

// chartRow is a bucket in the table beside the chart.
type chartRow struct {
	When, Count, Bad, Share, Usual, Seen string
	Marks                                string
	Loud                                 bool
	Blind                                bool
}

const (
	chartWide = 1000.0
	chartTall = 150.0
	// chartTop is the room left above the tallest bar for its number.
	chartTop = 14.0
)

// well is the coverage from which a bucket counts as seen.
const well = 0.99

// draw lays out points in buckets. A last bucket that has not ended is drawn
// apart, because it would look like a fall.
func (t tongue) draw(points []Point, bucket time.Duration, happened []happening) chart {
	c := chart{Title: t.must("chart.title"), Empty: len(points) == 0}
	if c.Empty {
		return c
	}
	top, step := scale(points)
	c.lay(t, points, bucket, happened, top, step)
	c.tell(t, points, bucket, happened)
	return c
}

// lay places everything on an axis that reaches up to top.
func (c *chart) lay(t tongue, points []Point, bucket time.Duration, happened []happening, top, step float64) {
	n := float64(len(points))
	y := func(v float64) float64 { return chartTall - max(0, min(v, top))/top*(chartTall-chartTop) }
	x := func(i float64) float64 { return i / n * chartWide }
	c.paths(points, points[len(points)-1].At.Add(bucket).After(t.now), x, y)
	for v := step; v <= top+step/2; v += step {
		c.Grid = append(c.Grid, tick{Y: dot(y(v)), TextY: dot(y(v) - 3), Text: number(v)})
	}
	from, whole := points[0].At, time.Duration(len(points))*bucket
	c.Marks = t.timeMarks(from, whole)
	c.Flags, c.Glyphs = flags(happened, from, whole), glyphs(happened, from, whole)
}

// drawShare lays out shares in percent, as a line with a dot for every bucket. The
// numbers stand in the table of the counts.
func (t tongue) drawShare(points []Point, bucket time.Duration) chart {
	c := chart{Class: "share", Empty: len(points) == 0}
	if c.Empty {
		return c
	}
	c.lay(t, points, bucket, nil, 100, 50)
	for i := range c.Grid {
		c.Grid[i].Text += "%"
	}
	var line, dots, loud strings.Builder
	pen, peak, covered := "M", points[0], 0.0
	for i, p := range points {
		covered += p.Coverage
		if math.IsNaN(p.Observed) {
			pen = "M"
			continue
		}
		if !(peak.Observed > p.Observed) { // also not a number
			peak = p
		}
		at := dot((float64(i)+0.5)/float64(len(points))*chartWide) + " " + dot(chartTall-p.Observed/100*(chartTall-chartTop))
		line.WriteString(pen + at)
		out := &dots
		if p.High > 0 && p.Observed > p.High {
			out = &loud
		}
		out.WriteString("M" + at + "h0")
		pen = "L"
	}
	c.Line, c.Bars, c.Bad, c.Loud, c.Part = line.String(), dots.String(), "", loud.String(), ""
	c.Desc = t.must("share.desc", percent(peak.Observed/100), t.clock(peak.At), percent(covered/float64(len(points))))
	return c
}

// scale is the greatest count on the axis, and the distance of its lines.
func scale(points []Point) (top, step float64) {
	top = 4
	for _, p := range points {
		top = max(top, p.Observed, p.High)
	}
	step = niceStep(top / 3)
	return math.Ceil(top/step) * step, step
}

// flags places moments with their words, each word a line below the one before
// it where they would meet.
func flags(happened []happening, from time.Time, whole time.Duration) []flag {
	slices.SortStableFunc(happened, func(a, b happening) int { return a.at.Compare(b.at) })
	var out []flag
	last, row := -1.0, 0
	for _, h := range happened {
		at := float64(h.at.Sub(from)) / float64(whole)
		if h.kind != markLine || at < 0 || at > 1 {
			continue
		}
		if row++; at-last > 0.25 {
			row = 0
		}
		last = at
		f := flag{X: percentOf(at), Y: dot(10 + 12*float64(row%5)), Text: h.text, End: "start"}
		if at > 0.6 {
			f.End = "end"
		}
		out = append(out, f)
	}
	return out
}

// glyphs places the signs of what was done. Signs of one kind that would cover each
// other are one sign with all their words.
func glyphs(happened []happening, from time.Time, whole time.Duration) []glyph {
	var out []glyph
	last := map[string]int{}
	drawn := map[string]float64{}
	for _, h := range happened {
		at := float64(h.at.Sub(from)) / float64(whole)
		if h.kind == markLine || at < 0 || at > 1 {
			continue
		}
		if i, ok := last[h.kind]; ok && at-drawn[h.kind] < 0.012 {
			out[i].Text += "\n" + h.text
			continue
		}
		last[h.kind], drawn[h.kind] = len(out), at
		out = append(out, glyph{percentOf(at), h.kind, h.text})
	}
	return out
}

// paths draws bars, band and blind stretches.
func (c *chart) paths(points []Point, filling bool, x, y func(float64) float64) {
	var bars, bad, loud, part, band, middle strings.Builder
	n := float64(len(points))
	gap := min(chartWide/n*0.18, 3)
	bar := func(b *strings.Builder, i, v float64) {
		if v > 0 {
			fmt.Fprintf(b, "M%s %sH%sV%sH%sZ", dot(x(i)+gap/2), dot(chartTall), dot(x(i+1)-gap/2), dot(y(v)), dot(x(i)+gap/2))
		}
	}
	for i, p := range points {
		f := float64(i)
		switch {
		case filling && i == len(points)-1:
			bar(&part, f, p.Observed)
		case p.High > 0 && p.Observed > p.High:
			bar(&loud, f, p.Observed)
		default:
			bar(&bars, f, p.Observed)
		}
		if part.Len() == 0 {
			bar(&bad, f, min(p.Negative, p.Observed))
		}
		if p.High > 0 {
			fmt.Fprintf(&band, "M%s %sH%sV%sH%sZ", dot(x(f)), dot(y(p.Low)), dot(x(f+1)), dot(y(p.High)), dot(x(f)))
			fmt.Fprintf(&middle, "M%s %sH%s", dot(x(f+0.2)), dot(y(p.Expected)), dot(x(f+0.8)))
		}
	}
	c.Bars, c.Bad, c.Loud, c.Part = bars.String(), bad.String(), loud.String(), part.String()
	c.Band, c.Middle = band.String(), middle.String()
	for i := 0; i < len(points); {
		kind := sight(points[i].Coverage)
		j := i + 1
		for j < len(points) && sight(points[j].Coverage) == kind {
			j++
		}
		if kind != "seen" {
			c.Blind = append(c.Blind, span{percentOf(float64(i) / n), percentOf(float64(j-i) / n), kind == "half"})
		}
		i = j
	}
}

// sight puts a coverage into one of three words, which are also classes.
func sight(coverage float64) string {
	switch {
	case coverage >= well:
		return "seen"
	case coverage > 0.01:
		return "half"
	}
	return "blind"
}

// tell writes the table and the sentence.
func (c *chart) tell(t tongue, points []Point, bucket time.Duration, happened []happening) {
	var sum, bad, covered float64
	peak := points[0]
	said := inBuckets(happened, points, bucket)
	for i, p := range points {
		sum += p.Observed
		bad += min(p.Negative, p.Observed)
		covered += p.Coverage
		if p.Observed > peak.Observed {
			peak = p
		}
		row := t.row(p)
		row.Marks = strings.Join(said[i], t.pick("；", "; "))
		c.Marked = c.Marked || row.Marks != ""
		c.Rows = append(c.Rows, row)
	}
	c.Seen = percent(covered / float64(len(points)))
	c.Desc = t.must("chart.desc", t.clock(points[0].At), t.clock(points[len(points)-1].At.Add(bucket)),
		number(sum), number(bad), number(peak.Observed), t.clock(peak.At), t.usual(peak), c.Seen)
}

// row puts a bucket into words. What was not seen is not nothing.
func (t tongue) row(p Point) chartRow {
	row := chartRow{
		When: t.clock(p.At), Count: number(p.Observed), Bad: number(min(p.Negative, p.Observed)), Usual: t.usual(p), Seen: percent(p.Coverage),
		Loud: p.High > 0 && p.Observed > p.High, Blind: p.Coverage < well,
	}
	if p.Observed > 0 {
		row.Share = percent(min(p.Negative/p.Observed, 1))
	}
	if unseen(p) {
		row.Count, row.Bad = t.must("chart.unseen"), ""
	}
	return row
}

// unseen says that nothing is known of a bucket.
func unseen(p Point) bool { return sight(p.Coverage) == "blind" && p.Observed == 0 }

// usual says what was to be expected of a bucket, "—" while that is not known.
func (t tongue) usual(p Point) string {
	if p.High <= 0 {
		return "—"
	}
	return number(p.Low) + "–" + number(p.High)
}

// timeMarks places a few round times of the zone along the bottom.
func (t tongue) timeMarks(from time.Time, whole time.Duration) []tick {
	var out []tick
	for _, at := range roundTimes(from, whole, t.zone) {
		out = append(out, tick{X: percentOf(float64(at.Sub(from)) / float64(whole)), Text: t.roundTime(at), End: "middle"})
	}
	return out
}

// roundTime names a time on the axis: the day at midnight, else the hour.
func (t tongue) roundTime(at time.Time) string {
	local := at.In(t.zone)
	if local.Hour() == 0 && local.Minute() == 0 {
		return local.Format(t.pick("1月2日", "2 Jan"))
	}
	return local.Format("15:04")
}

// roundTimes are a few round times of a zone within a stretch, none at its very ends.
func roundTimes(from time.Time, whole time.Duration, zone *time.Location) []time.Time {
	var every time.Duration
	for _, d := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 96 * time.Hour, 240 * time.Hour} {
		every = d
		if whole/d <= 5 {
			break
		}
	}
	local := from.In(zone)
	var out []time.Time
	for at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone); at.Before(from.Add(whole)); at = at.Add(every) {
		if share := float64(at.Sub(from)) / float64(whole); share >= 0.02 && share <= 0.98 {
			out = append(out, at)
		}
	}
	return out
}

// niceStep rounds up to 1, 2, 2.5 or 5 times a power of ten, at least 1.
func niceStep(v float64) float64 {
	if !(v > 1) { // also not a number
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5} {
		if v <= m*power {
			return m * power
		}
	}
	return 10 * power
}

// dot writes a coordinate briefly.
func dot(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64)
}

func percentOf(share float64) string { return dot(100*share) + "%" }

// buckets chooses a bucket for a stretch of time, so that a chart has at most
// about a hundred bars.
func buckets(whole time.Duration) time.Duration {
	for _, d := range []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if whole <= 100*d {
			return d
		}
	}
	return 24 * time.Hour
}
