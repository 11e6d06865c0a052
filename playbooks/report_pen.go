package playbooks

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// pen writes times, spans and words in one language and zone.
type pen struct {
	lang string
	zone *time.Location
}

func (p pen) w(zh, en string) string {
	if p.lang == "en" {
		return en
	}
	return zh
}

func (p pen) f(zh, en string, args ...any) string { return fmt.Sprintf(p.w(zh, en), args...) }

// clock writes a time with its day; no time is a dash.
func (p pen) clock(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(p.zone).Format("2006-01-02 15:04")
}

// span writes a length of time to the minute, of less than ten minutes to the second.
func (p pen) span(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	if d < 10*time.Minute && d%time.Minute != 0 {
		return sign + p.f("%d分%d秒", "%d min %d s", int(d/time.Minute), int(d%time.Minute/time.Second))
	}
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0 && hours == 0:
		return sign + p.f("%d天", "%d d", days)
	case days > 0:
		return sign + p.f("%d天%d小时", "%d d %d h", days, hours)
	case hours > 0 && minutes == 0:
		return sign + p.f("%d小时", "%d h", hours)
	case hours > 0:
		return sign + p.f("%d小时%d分", "%d h %d min", hours, minutes)
	}
	return sign + p.f("%d分", "%d min", minutes)
}

func (p pen) level(l crisis.Level) string {
	if l == crisis.LevelNone {
		return p.w("未定级", "not graded")
	}
	return p.f("%s级（%s）", "level %s (%s)", l, [...]string{"", p.w("红", "red"), p.w("橙", "orange"), p.w("黄", "yellow"), p.w("蓝", "blue")}[l])
}

func (p pen) who(actor string) string {
	if actor == crisis.Machine {
		return p.w("系统", "Watchfire")
	}
	return tidyLine(actor, 40)
}

// decimal writes a number with at most one decimal.
func decimal(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "—"
	}
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

func share(v float64) string { return strconv.Itoa(int(math.Round(100*v))) + "%" }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// payload decodes what an event carries. The fold has decoded it before, so that an
// error cannot occur here.
func payload[T any](e *crisis.Event) T {
	var data T
	if len(e.Data) > 0 {
		if err := json.Unmarshal(e.Data, &data); err != nil {
			var none T
			return none // unreachable: Apply has refused the event
		}
	}
	return data
}

// tidyLine makes foreign text harmless on one line: see tidyText.
func tidyLine(s string, limit int) string {
	return strings.Join(strings.Fields(tidyText(s, limit)), " ")
}

// tidyText drops what shows nothing or turns the direction of writing, and cuts
// after limit characters. It looks at no more of s than that needs: a post may be a
// megabyte of one line. Escaping is up to whoever writes the text somewhere.
func tidyText(s string, limit int) string {
	var b strings.Builder
	kept, marks := 0, 0
	for _, r := range s {
		if kept == limit {
			b.WriteRune('…')
			break
		}
		if unicode.Is(unicode.Mn, r) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == '\n':
		case r == '\t', r == '\r':
			r = ' '
		case marks > 3, r == utf8.RuneError, crisis.Unseen(r):
			continue
		}
		b.WriteRune(r)
		kept++
	}
	return strings.TrimSpace(b.String())
}

// webLink returns an address that may be printed as a link, or "".
func webLink(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 2000 {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	return u.String()
}

// say is a paragraph that comes from events.
func say(text string, events ...int) Part { return Part{Text: text, Trace: from(events...)} }

// from is the trace to events; events numbered 0 are none.
func from(events ...int) *Trace {
	var list []int
	for _, e := range events {
		if e > 0 {
			list = append(list, e)
		}
	}
	if list == nil {
		return nil
	}
	return &Trace{Events: list}
}

// cell is a field that comes from events.
func cell(text string, events ...int) Cell { return Cell{Text: text, Trace: from(events...)} }
