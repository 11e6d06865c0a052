package alerts

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// teller puts one alert into words.
type teller struct {
	*words
	a    crisis.Alert
	zone *time.Location
}

func tell(a crisis.Alert) teller {
	zone, err := time.LoadLocation(a.Zone)
	if err != nil {
		zone = time.UTC
	}
	return teller{wordsOf(a.Lang), a, zone}
}

// Headline is one line that stands alone on a lock screen.
func Headline(a crisis.Alert) string { return tell(a).headline() }

func (t teller) headline() string {
	var b strings.Builder
	if t.a.Drill {
		b.WriteString(t.drill)
	}
	name := Clean(t.a.Title, 40)
	switch t.a.Kind {
	case crisis.AlertBlind:
		fmt.Fprintf(&b, t.trouble, name)
	case crisis.AlertSight:
		fmt.Fprintf(&b, t.last, name)
	case crisis.AlertTest:
		b.WriteString(t.kinds[t.a.Kind] + ": " + name)
	default:
		if t.a.Level != crisis.LevelNone {
			fmt.Fprintf(&b, t.levels, t.level(t.a.Level), t.color[t.a.Level], t.level(t.a.EventLevel), t.level(t.a.OpinionLevel))
		}
		b.WriteString(name + t.sep + t.kinds[t.a.Kind])
	}
	return b.String()
}

// Short is the alert in at most 70 characters, for a text message.
func Short(a crisis.Alert) string {
	t := tell(a)
	s := t.headline()
	if len(a.Next) > 0 && !a.Closed {
		s += t.sep + Clean(title(a.Next[0], a.Lang), 20) + " " + t.clock(a.Next[0].Due)
	}
	return Cut(s, 70)
}

// Text is the whole alert as plain text, in the order in which a woken person
// needs it: how grave, why now, evidence, what to do by when, who has it.
func Text(a crisis.Alert) string {
	t := tell(a)
	var b strings.Builder
	for _, section := range t.sections() {
		for _, line := range section {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// sections are the parts of an alert, each a list of lines; channels with a form
// of their own lay them out, the others print them.
func (t teller) sections() [][]string {
	if t.a.Trouble != nil {
		return [][]string{{t.headline()}, t.troubles(), t.foot()}
	}
	if t.a.Kind == crisis.AlertTest {
		return [][]string{{t.headline()}, t.foot()}
	}
	out := [][]string{{t.headline()}}
	switch t.a.Kind {
	case crisis.AlertClosed, crisis.AlertQuiet:
		out = append(out, t.state())
	case crisis.AlertOverdue:
		out = append(out, t.late(), t.todo(), t.state())
	default:
		out = append(out, t.reasons(), t.proof(), t.late(), t.todo(), t.redLines(), t.state())
	}
	return append(out, t.foot())
}

// reasons says why now: what was counted, what is usual, by whom, seen how well.
func (t teller) reasons() []string {
	var out []string
	for i, s := range t.a.Signals {
		line := t.reason(s)
		if i == 0 {
			line = t.why + line
		}
		out = append(out, line)
	}
	if len(t.a.BlindSources) > 0 {
		out = append(out, fmt.Sprintf(t.blind, Clean(strings.Join(t.a.BlindSources, "、"), 60)))
	}
	return out
}

func (t teller) reason(s crisis.Signal) string {
	from, to := t.clock(s.At.Add(-s.Window)), t.clock(s.At)
	if s.Detector == "mood" {
		low, high := wilson(s.Negative, s.Voices)
		if t.words == &en {
			return fmt.Sprintf("%s to %s, negative share rises: %d of %d voices negative (%s, 95%% interval %s to %s), usually %s",
				from, to, s.Negative, s.Voices, pct(s.Observed), pct(low), pct(high), pct(s.Expected))
		}
		return fmt.Sprintf("%s–%s，负面占比突增：%d 人发声中 %d 人负面（%s，95%%区间 %s–%s），平常 %s",
			from, to, s.Voices, s.Negative, pct(s.Observed), pct(low), pct(high), pct(s.Expected))
	}
	if t.words == &en {
		return fmt.Sprintf("%s to %s, %s (%s): %.0f voices, usually %.1f (%.0f to %.0f)%s; %d posts, %d distinct texts, %d negative; coverage %s",
			from, to, t.span(s.Window), t.name(s.Detector), s.Observed, s.Expected, s.Low, s.High, t.factor(s), s.Posts, s.Unique, s.Negative, pct(s.Coverage))
	}
	return fmt.Sprintf("%s–%s（%s内）%s：%.0f 人发声，平常 %.1f（%.0f–%.0f）%s；帖文 %d 条，不同内容 %d 条，负面 %d 条；来源覆盖 %s",
		from, to, t.span(s.Window), t.name(s.Detector), s.Observed, s.Expected, s.Low, s.High, t.factor(s), s.Posts, s.Unique, s.Negative, pct(s.Coverage))
}

// factor is how many times usual; below one expected it would be a big number
// that means little.
func (t teller) factor(s crisis.Signal) string {
	if s.Expected < 1 || s.Observed < s.Expected {
		return ""
	}
	if t.words == &en {
		return fmt.Sprintf(", %.1f times usual", s.Observed/s.Expected)
	}
	return fmt.Sprintf("，为平常的 %.1f 倍", s.Observed/s.Expected)
}

func (t teller) name(detector string) string {
	if n, ok := t.detectors[detector]; ok {
		return n
	}
	return Clean(detector, 20)
}

func (t teller) proof() []string {
	if len(t.a.Evidence) == 0 {
		return nil
	}
	out := []string{t.evidence}
	for i, e := range t.a.Evidence {
		line := fmt.Sprintf("%d) %s %s「%s」", i+1, Clean(e.Source, 30), t.clock(e.Published), Clean(e.Quote, 80))
		if e.Copies > 1 {
			line += fmt.Sprintf(" ×%d", e.Copies)
		}
		if e.URL != "" {
			line += " " + Clean(e.URL, 300)
		}
		out = append(out, line)
	}
	return out
}

func (t teller) todo() []string {
	if len(t.a.Next) == 0 {
		return nil
	}
	out := []string{t.next}
	for i, c := range t.a.Next {
		out = append(out, fmt.Sprintf("%d) ", i+1)+t.step(c))
	}
	return out
}

func (t teller) step(c crisis.Clock) string {
	return fmt.Sprintf(t.due, title(c, t.a.Lang), Clean(c.Role, 30), t.clock(c.Due))
}

func (t teller) late() []string {
	if len(t.a.Overdue) == 0 {
		return nil
	}
	out := []string{t.overdue}
	for _, c := range t.a.Overdue {
		line := "- " + t.step(c)
		if c.RedLine != "" {
			line = "- " + t.red + Clean(c.Title, 80) + " " + t.clock(c.Due) + " (" + Clean(c.Source, 80) + ")"
		}
		out = append(out, line)
	}
	return out
}

func (t teller) redLines() []string {
	var out []string
	for _, c := range t.a.RedLines {
		out = append(out, fmt.Sprintf("%s%s %s (%s)", t.red, t.clock(c.Due), Clean(c.Title, 80), Clean(c.Source, 80)))
	}
	return out
}

// state says who has it and how far they are.
func (t teller) state() []string {
	var out []string
	if t.a.Remark != "" {
		out = append(out, fmt.Sprintf(t.remark, Clean(t.a.Remark, 200)))
	}
	switch {
	case t.a.Closed:
	case t.a.Holder == "":
		out = append(out, t.nobody)
	default:
		out = append(out, fmt.Sprintf(t.holder, Clean(t.a.Holder, 40)))
	}
	if t.a.StepsAll > 0 {
		line := fmt.Sprintf(t.progress, t.a.StepsDone, t.a.StepsAll)
		if p := planTitle(t.a); p != "" {
			line += "  " + fmt.Sprintf(t.plan, Clean(p, 60))
		}
		out = append(out, line)
	}
	return out
}

func (t teller) troubles() []string {
	x := t.a.Trouble
	var out []string
	if t.a.Kind == crisis.AlertSight {
		return out
	}
	if !x.Since.IsZero() {
		out = append(out, fmt.Sprintf(t.since, t.clock(x.Since)))
	}
	cause := t.classes[x.Class]
	if x.Detail != "" {
		cause = strings.TrimSpace(cause + " (" + Clean(x.Detail, 200) + ")")
	}
	if cause != "" {
		out = append(out, fmt.Sprintf(t.detail, cause))
	}
	if todo := t.remedy(x); todo != "" {
		out = append(out, fmt.Sprintf(t.fix, Clean(todo, 200)))
	}
	return out
}

func (t teller) foot() []string {
	var out []string
	if t.a.Link != "" {
		out = append(out, t.link+Clean(t.a.Link, 300))
	}
	id := t.a.Incident
	if id == "" {
		id = t.a.ID
	}
	return append(out, t.number+Clean(id, 80))
}

// clock shows a time in the organisation's zone, with the date when it is not today.
func (t teller) clock(at time.Time) string {
	at = at.In(t.zone)
	if at.Format(time.DateOnly) == t.a.At.In(t.zone).Format(time.DateOnly) {
		return at.Format(t.today)
	}
	return at.Format(t.tomorrow)
}

func title(c crisis.Clock, lang string) string {
	if lang == "en" && c.TitleEN != "" {
		return Clean(c.TitleEN, 60)
	}
	return Clean(c.Title, 40)
}

func planTitle(a crisis.Alert) string {
	if a.Lang == "en" && a.PlanEN != "" {
		return a.PlanEN
	}
	return a.Plan
}

func pct(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) }

// wilson is the 95 % interval of a share of k in n (Wilson 1927).
func wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(mid-half, 0), min(mid+half, 1)
}

// Clean makes foreign text safe to show: one line, no control or direction
// characters, valid UTF-8, at most n characters.
func Clean(s string, n int) string {
	if len(s) > 8*n+64 {
		s = s[:8*n+64]
	}
	var b strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) && r != '\u200d':
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return Cut(b.String(), n)
}

// Cut shortens s to at most n characters, the last of which is then "…".
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	i := 0
	for at := range s {
		if i == max(n-1, 0) {
			return s[:at] + "…"
		}
		i++
	}
	return s
}
