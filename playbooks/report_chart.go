package playbooks

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// Sizes of a chart, in its own units; it is stretched to the width of the page.
const (
	chartWidth  = 720.0
	chartHeight = 238.0
	chartLeft   = 44.0
	chartTop    = 64.0 // room for the words of marks and for signs
	chartSigns  = 47.0 // where the signs stand
	chartTicks  = 58.0 // and those of steps
	chartBottom = 26.0
)

// chart draws one of the two charts of a report as SVG that needs nothing else.
func (r *Report) chart(name string) string {
	if len(r.Points) == 0 {
		return ""
	}
	c := reportChart{Report: r, from: r.Points[0].At, whole: time.Duration(len(r.Points)) * r.Bucket, top: 4}
	title := r.pen.w("声量", "Volume")
	if name == "mood" {
		c.mood, c.top, title = true, 1, r.pen.w("负面占比", "Negative share")
	} else {
		for _, p := range r.Points {
			c.top = max(c.top, p.Observed, p.High)
		}
		c.top = roundUp(c.top)
	}
	fmt.Fprintf(&c.b, `<svg class="chart" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, chartWidth, chartHeight, html.EscapeString(title))
	c.b.WriteString(`<defs><pattern id="blind-` + name + `" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="8" height="8" fill="#f3edfa"/><line x1="0" y1="0" x2="0" y2="8" stroke="#6a4b91" stroke-width="4"/></pattern>` +
		`<pattern id="half-` + name + `" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" stroke="#6a4b91" stroke-width="1.4"/></pattern></defs>`)
	if !c.mood {
		c.band()
	}
	c.blind(name)
	c.grid()
	if c.mood {
		c.moods()
	} else {
		c.volume()
		c.middle()
	}
	c.marks()
	c.b.WriteString(`<text x="4" y="14" class="t">` + html.EscapeString(title) + `</text></svg>`)
	return c.b.String()
}

type reportChart struct {
	*Report
	b     strings.Builder
	from  time.Time
	whole time.Duration
	top   float64
	mood  bool
}

func (c *reportChart) x(at time.Time) float64 {
	return chartLeft + float64(at.Sub(c.from))/float64(c.whole)*(chartWidth-chartLeft)
}

func (c *reportChart) y(v float64) float64 {
	return chartHeight - chartBottom - max(0, min(v, c.top))/c.top*(chartHeight-chartBottom-chartTop)
}

// blind hatches what was not seen, thinly what was seen in part.
func (c *reportChart) blind(name string) {
	for _, s := range c.Blind {
		kind := "half"
		if s.Coverage <= 0.01 {
			kind = "blind"
		}
		fmt.Fprintf(&c.b, `<rect class="%[1]s" x="%.1[2]f" y="%.1[3]f" width="%.1[4]f" height="%.1[5]f" fill="url(#%[1]s-%[6]s)"/>`, kind, c.x(s.From), chartTop, c.x(s.To)-c.x(s.From), chartHeight-chartBottom-chartTop, name)
	}
}

// grid draws lines with numbers, and the days or hours below.
func (c *reportChart) grid() {
	for i := 0; i <= 4; i++ {
		v := c.top * float64(i) / 4
		text := decimal(v)
		if c.mood {
			text = share(v)
		}
		fmt.Fprintf(&c.b, `<line class="g" x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f"/><text x="%.0f" y="%.1f" class="n" text-anchor="end">%s</text>`, chartLeft, chartWidth, c.y(v), c.y(v), chartLeft-4, c.y(v)+4, text)
	}
	every := 24 * time.Hour
	for _, d := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 120 * time.Hour} {
		if every = d; c.whole/d <= 6 {
			break
		}
	}
	local := c.from.In(c.pen.zone)
	for at := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.pen.zone); at.Before(c.from.Add(c.whole)); at = at.Add(every) {
		if at.Before(c.from) || c.x(at) > chartWidth-24 {
			continue
		}
		fmt.Fprintf(&c.b, `<text x="%.1f" y="%.0f" class="n" text-anchor="middle">%s</text>`, c.x(at), chartHeight-8, at.In(c.pen.zone).Format("01-02 15:04"))
	}
}

// band draws what is usual, as far as that is known.
func (c *reportChart) band() {
	var up, down strings.Builder
	flush := func() { // one stretch in which the usual is known
		if up.Len() > 0 {
			c.b.WriteString(`<path class="band" d="M` + up.String() + `L` + down.String() + `Z"/>`)
		}
		up.Reset()
		down.Reset()
	}
	for _, p := range c.Points {
		if p.High <= 0 {
			flush()
			continue
		}
		x0, x1 := c.x(p.At), c.x(p.At.Add(c.Bucket))
		fmt.Fprintf(&up, "%.1f %.1f %.1f %.1f ", x0, c.y(p.High), x1, c.y(p.High))
		back := fmt.Sprintf("%.1f %.1f %.1f %.1f ", x1, c.y(p.Low), x0, c.y(p.Low))
		rest := down.String()
		down.Reset()
		down.WriteString(back + rest)
	}
	flush()
}

func (c *reportChart) volume() {
	for _, p := range c.Points {
		x0, w := c.x(p.At), c.x(p.At.Add(c.Bucket))-c.x(p.At)
		class := "bar"
		if p.High > 0 && p.Observed > p.High {
			class = "loud"
		}
		for _, bar := range []struct {
			class string
			v     float64
		}{{class, p.Observed}, {"neg", min(p.Negative, p.Observed)}} {
			if bar.v > 0 {
				fmt.Fprintf(&c.b, `<rect class="%s" x="%.2f" y="%.1f" width="%.2f" height="%.1f"/>`, bar.class, x0+w*0.1, c.y(bar.v), w*0.8, chartHeight-chartBottom-c.y(bar.v))
			}
		}
	}
}

// middle draws what is to be expected, over the bars.
func (c *reportChart) middle() {
	var path strings.Builder
	for _, p := range c.Points {
		if p.High > 0 {
			fmt.Fprintf(&path, "M%.1f %.1fH%.1f", c.x(p.At), c.y(p.Expected), c.x(p.At.Add(c.Bucket)))
		}
	}
	if path.Len() > 0 {
		c.b.WriteString(`<path class="mid" d="` + path.String() + `"/>`)
	}
}

// moods draws the share where enough was rated; elsewhere there is a gap.
func (c *reportChart) moods() {
	pen := "M"
	var path strings.Builder
	for _, p := range c.Points {
		mood := p.Mood()
		if math.IsNaN(mood) {
			pen = "M"
			continue
		}
		x, y := c.x(p.At.Add(c.Bucket/2)), c.y(mood)
		fmt.Fprintf(&path, "%s%.1f %.1f ", pen, x, y)
		fmt.Fprintf(&c.b, `<circle class="dot" cx="%.1f" cy="%.1f" r="1.8"/>`, x, y)
		pen = "L"
	}
	if path.Len() > 0 {
		c.b.WriteString(`<path class="line" d="` + path.String() + `"/>`)
	}
}

// signs are the shapes of what was done, around the point where they stand.
var signs = map[string]string{"alert": "M0 -5 5.5 5h-11z", "statement": "M0 -6 6 0 0 6 -6 0z", "tick": "M-4.5 .5 -1.5 4 4.5 -4"}

// marks draws alerts, statements, ticks. Words that would meet stand lower, and
// alerts and ticks have none: there are many of them. Signs of one kind that would
// cover each other are one.
func (c *reportChart) marks() {
	last, row := -1e9, 0
	drawn := map[string]float64{}
	for _, m := range c.Marks {
		x := c.x(m.At)
		if x < chartLeft || x > chartWidth {
			continue
		}
		if sign := signs[m.Kind]; sign != "" {
			if before, ok := drawn[m.Kind]; !ok || x-before > 6 || x < before {
				y := chartSigns
				if m.Kind == "tick" {
					y = chartTicks
				}
				fmt.Fprintf(&c.b, `<path class="s %s" d="%s" transform="translate(%.1f %.0f)"/>`, m.Kind, sign, x, y)
				drawn[m.Kind] = x
			}
			if m.Kind != "statement" {
				continue
			}
		}
		fmt.Fprintf(&c.b, `<line class="m %s" x1="%.1f" x2="%.1f" y1="%.0f" y2="%.0f"/>`, m.Kind, x, x, chartTop-2, chartHeight-chartBottom)
		if row++; x-last > 100 || row > 1 {
			row = 0
		}
		last = x
		anchor, shift := "start", 3.0
		if x > chartWidth-120 {
			anchor, shift = "end", -3
		}
		fmt.Fprintf(&c.b, `<text class="w" x="%.1f" y="%d" text-anchor="%s">%s</text>`, x+shift, 27+12*row, anchor, html.EscapeString(m.Text))
	}
}

// roundUp finds a number at or above v that four lines divide well.
func roundUp(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(v, 4)))-1)
	for _, m := range []float64{10, 12, 16, 20, 24, 32, 40, 60, 80, 100} {
		if v <= m*power {
			return m * power
		}
	}
	return 100 * power
}
