package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// lockScreen is how many characters of a message a phone shows unopened, and how
// many one text message holds.
const lockScreen = 70

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

// Headline is one line that stands alone on a lock screen: how grave, what, since
// when, and why people are told.
func Headline(a crisis.Alert) string { return tell(a).headline() }

func (t teller) headline() string {
	if t.a.Trouble != nil {
		return Cut(t.troubleHeadline(), lockScreen)
	}
	if t.a.Ask != nil {
		return t.mark() + Cut(t.rescueHeadline(), lockScreen-utf8.RuneCountInString(t.mark()))
	}
	switch {
	case t.a.Kind == crisis.AlertDigest:
		return t.mark() + t.digestHeadline()
	case t.a.Alive != nil:
		return t.mark() + t.aliveHeadline()
	}
	name := Clean(t.a.Title, 30)
	if t.a.Kind == crisis.AlertTest {
		return t.kinds[t.a.Kind] + t.sep + name
	}
	head := t.mark()
	switch {
	case t.a.Level == crisis.LevelNone:
	case t.a.Restricted:
		head += fmt.Sprintf(t.gradedShort, t.level(t.a.Level))
	default:
		head += fmt.Sprintf(t.graded, t.level(t.a.Level), t.color[t.a.Level], t.level(t.a.EventLevel), t.level(t.a.OpinionLevel))
	}
	tail := t.sep + t.kind()
	if !t.a.Since.IsZero() {
		tail += fmt.Sprintf(t.since, t.clock(t.a.Since))
	}
	if lockScreen-utf8.RuneCountInString(head+tail) < 8 { // the name says more than the time
		tail = t.sep + t.kind()
	}
	return head + Cut(name, lockScreen-utf8.RuneCountInString(head+tail)) + tail
}

// kind says why people are told. A level that stayed is not called raised.
func (t teller) kind() string {
	if t.a.Kind == crisis.AlertRaised && !t.a.Level.Graver(t.a.Was) {
		if t.a.Proposed != crisis.LevelNone {
			return t.undecided
		}
		return t.louder
	}
	if t.a.Kind == crisis.AlertEscalated && t.a.Escalation != nil {
		if why := t.calls[t.a.Escalation.Why]; why != "" {
			return why
		}
	}
	return t.kinds[t.a.Kind]
}

// Short is the alert in at most 70 characters, for a text message or a
// notification: level, what, the first step, the red line, and the id.
func Short(a crisis.Alert) string {
	t := tell(a)
	if a.Trouble != nil || a.Ask != nil || a.Alive != nil || a.Kind == crisis.AlertTest || a.Kind == crisis.AlertDigest {
		return t.headline()
	}
	head := t.mark()
	if a.Level != crisis.LevelNone {
		head += fmt.Sprintf(t.gradedShort, t.level(a.Level))
	}
	id := " #" + Clean(a.Incident, 20)
	s := head + Clean(a.Title, 14) + t.sep + t.kind()
	room := lockScreen - utf8.RuneCountInString(s+id)
	return Cut(s+t.shortSteps(room), lockScreen-utf8.RuneCountInString(id)) + id
}

// shortSteps are what a text message says of the plan in so many characters: the
// first step, and the next red line if there is room for both.
func (t teller) shortSteps(room int) string {
	if t.a.Closed {
		return ""
	}
	limit := ""
	if len(t.a.RedLines) > 0 {
		limit = fmt.Sprintf(t.firstLimit, t.clock(t.a.RedLines[0].Due))
	}
	if len(t.a.Next) == 0 {
		return limit
	}
	c := t.a.Next[0]
	form := func(s string) string { return fmt.Sprintf(t.firstStep, s, t.clock(c.Due)) }
	for _, limit := range []string{limit, ""} {
		if rest := room - utf8.RuneCountInString(form("")+limit); rest >= 10 {
			return form(Cut(title(c, t.a.Lang), rest)) + limit
		}
	}
	return limit
}

// Text is the whole alert as plain text, in the order in which a woken person
// needs it: how grave, what in one sentence, why now, evidence, what to do by
// when, who has it, where to go on.
func Text(a crisis.Alert) string {
	t := tell(a)
	var b strings.Builder
	for _, section := range t.sections() {
		for _, line := range section {
			b.WriteString(line.text + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// line is one line of an alert. Link is the address in it, for channels that
// must mark addresses.
type line struct{ text, link string }

func plain(texts ...string) []line {
	out := make([]line, 0, len(texts))
	for _, s := range texts {
		if s != "" {
			out = append(out, line{text: s})
		}
	}
	return out
}

// sections are the parts of an alert; channels with a form of their own lay them
// out, the others print them.
func (t teller) sections() [][]line {
	out := [][]line{plain(t.headline())}
	switch {
	case t.a.Trouble != nil:
		out = append(out, plain(t.troubles()...))
	case t.a.Ask != nil:
		out = append(out, plain(t.rescue()...), t.original())
	case t.a.Kind == crisis.AlertTest:
	case t.a.Restricted:
		out = append(out, plain(t.guarded(), t.called()))
	case t.a.Kind == crisis.AlertDigest:
		out = append(out, plain(t.digested()...))
	case t.a.Alive != nil:
		out = append(out, plain(t.living()...))
	case t.a.Kind == crisis.AlertClosed:
		out = append(out, plain(t.state()...))
	case t.a.Kind == crisis.AlertQuiet:
		out = append(out, plain(t.settled), plain(t.state()...))
	case t.a.Kind == crisis.AlertReminder:
		out = append(out, plain(t.nearly()...), plain(t.state()...))
	case t.a.Kind == crisis.AlertOverdue, t.a.Kind == crisis.AlertEscalated, t.a.Kind == crisis.AlertLapsed:
		out = append(out, plain(t.called()))
		if t.a.Kind == crisis.AlertEscalated { // who is called may hear of it for the first time
			out = append(out, plain(t.reasons()...), t.proof())
		}
		out = append(out, plain(t.lapses()...), plain(t.nearly()...), plain(t.todo()...), plain(t.redLines()...), plain(t.state()...))
	default:
		out = append(out, plain(t.changes(), t.proposal(), t.called()), plain(t.reasons()...), t.proof(), plain(t.lapses()...), plain(t.todo()...), plain(t.redLines()...), plain(t.state()...))
	}
	return append(out, t.taps(), t.foot())
}

// changes says what is different from what people know.
func (t teller) changes() string {
	if t.a.Kind != crisis.AlertRaised || !t.a.Level.Graver(t.a.Was) || t.a.Was == crisis.LevelNone {
		return ""
	}
	s := t.changed + fmt.Sprintf(t.grade, t.level(t.a.Was), t.level(t.a.Level))
	if t.a.Remark != "" {
		s += fmt.Sprintf(t.because, Clean(t.a.Remark, 200))
	}
	return s
}

// proposal says what the machine would set, had no person decided.
func (t teller) proposal() string {
	if t.a.Proposed == crisis.LevelNone {
		return ""
	}
	s := fmt.Sprintf(t.proposed, t.level(t.a.Proposed))
	if t.a.ProposedWhy != "" {
		s += fmt.Sprintf(t.because, Clean(t.a.ProposedWhy, 200))
	}
	return s
}

// todo lists the first open steps; those that are listed as lapsed are left out.
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
	form := t.due
	if !c.Due.After(t.a.At) {
		form = t.dueLate
	}
	return fmt.Sprintf(form, title(c, t.a.Lang), Clean(role(c, t.a.Lang), 50), t.clock(c.Due))
}

// lapses lists what passed since people were last told, to people who are called all
// that is late; the red lines first.
func (t teller) lapses() []string {
	const most = 5
	var red, steps []string
	for _, c := range t.a.Overdue {
		if c.RedLine != "" {
			red = append(red, fmt.Sprintf(t.lapsed, t.clock(c.Due), what(c, t.a.Lang), cite(c.Source)))
			continue
		}
		steps = append(steps, "- "+fmt.Sprintf(t.due, title(c, t.a.Lang), Clean(role(c, t.a.Lang), 50), t.clock(c.Due)))
	}
	if len(steps) == 0 {
		return red
	}
	if n := len(steps) - most; n > 0 {
		steps = append(steps[:most], fmt.Sprintf(t.more, n))
	}
	head := t.newlyLate
	if t.a.Escalation != nil {
		head = t.stillLate
	}
	return slices.Concat(red, []string{head}, steps)
}

func (t teller) redLines() []string {
	var out []string
	for _, c := range t.a.RedLines {
		if c.Due.After(t.a.At) {
			out = append(out, t.limit(c))
		}
	}
	return out
}

// state says who has it and how far they are.
func (t teller) state() []string {
	var out []string
	if t.a.Remark != "" && t.changes() == "" {
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
		s := fmt.Sprintf(t.progress, t.a.StepsDone, t.a.StepsAll)
		if p := planTitle(t.a); p != "" {
			s += t.sep + fmt.Sprintf(t.plan, Clean(p, 60))
		}
		out = append(out, s)
	}
	return out
}

func (t teller) foot() []line {
	var out []line
	if address := webAddress(t.a.Link); address != "" {
		out = append(out, line{t.link + address, address})
	}
	id := t.a.Incident
	if id == "" {
		id = t.a.ID
	}
	number := t.number + Clean(id, 80)
	if t.a.Repeat {
		number += t.repeatWhy
	}
	return append(out, line{text: number})
}

// clock shows a time in the organisation's zone, with the date when it is not today.
func (t teller) clock(at time.Time) string {
	at = at.In(t.zone)
	if at.Format(time.DateOnly) == t.a.At.In(t.zone).Format(time.DateOnly) {
		return at.Format(t.today)
	}
	return at.Format(t.date)
}

func title(c crisis.Clock, lang string) string {
	if lang == "en" && c.TitleEN != "" {
		return Clean(c.TitleEN, 60)
	}
	return Clean(c.Title, 40)
}

// what says what a red line asks for.
func what(c crisis.Clock, lang string) string {
	if lang == "en" && c.TitleEN != "" {
		return Clean(c.TitleEN, 90)
	}
	return Clean(c.Title, 60)
}

// role says who is to do it: the role, and who has it.
func role(c crisis.Clock, lang string) string {
	name, comma := c.Role, "、"
	if lang == "en" {
		comma = ", "
		if c.RoleEN != "" {
			name = c.RoleEN
		}
	}
	return strings.TrimSpace(name + " " + strings.Join(c.For, comma))
}

// cite shortens the source of a red line to what an official knows it by: the
// number of the document without its title, and the article.
func cite(source string) string {
	open, end := strings.Index(source, "《"), strings.LastIndex(source, "》")
	if open > 0 && end > open {
		source = source[:open] + source[end+len("》"):]
	}
	return Clean(source, 60)
}

func planTitle(a crisis.Alert) string {
	if a.Lang == "en" && a.PlanEN != "" {
		return a.PlanEN
	}
	return a.Plan
}

func pct(x float64) string { return fmt.Sprintf("%.0f%%", 100*x) }

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
