package console

import (
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// badge shows a level: its number and colour word always beside its colour.
type badge struct {
	Class   string
	Text    string // Ⅱ级 · 橙
	Number  string
	Name    string // 重大, major
	Colour  string // 橙, orange
	Event   string
	Opinion string
}

func (t tongue) badge(in *crisis.Incident) badge {
	b := t.level(in.Level())
	b.Event, b.Opinion = t.numeral(in.EventLevel), t.numeral(in.OpinionLevel)
	return b
}

func (t tongue) level(l crisis.Level) badge {
	class := levelClass(l)
	b := badge{Class: class, Number: t.numeral(l), Name: t.must("level." + class), Colour: t.must("colour." + class)}
	b.Text = t.must("badge", b.Number, b.Name, b.Colour)
	if class == "l0" {
		b.Text = b.Name
	}
	return b
}

// clock is one deadline as shown.
type clock struct {
	due
	Title  string
	Role   string
	Label  string // next due, or red line
	Red    bool   // a red line, with the rule behind it
	Source string // that rule
	Anchor string // id of the step on the page of the incident
}

func (t tongue) clockOf(in *crisis.Incident, c crisis.Clock) clock {
	out := clock{due: t.by(c.Due), Red: c.RedLine != "", Source: clean(c.Source, 200), Anchor: anchorOf(c.Plan, c.Step)}
	out.Title = clean(t.prefer(c.Title, c.TitleEN), 120)
	if s := in.Step(c.Plan, c.Step); s != nil {
		out.Role = clean(t.prefer(s.RoleName, s.RoleNameEN), 40)
	}
	return out
}

// prefer chooses the English form where the reader wants it and there is one.
func (t tongue) prefer(zh, en string) string {
	if (t.en() && en != "") || zh == "" {
		return en
	}
	return zh
}

// card is one incident in a list.
type card struct {
	ID     string
	Title  string
	Badge  badge
	Drill  bool
	Since  moment
	Closed moment
	Open   bool
	Quiet  bool
	Holder string
	Next   *clock // earliest running deadline
	Late   int    // how many have passed
	Done   int
	All    int
	Why    string // the strongest signal in a line
	Quote  string // the strongest post
	Lasted string // how long a closed one was open
}

func (t tongue) card(in *crisis.Incident) card {
	c := card{
		ID: in.ID, Title: clean(in.Title, 120), Badge: t.badge(in), Drill: in.Drill, Since: t.since(in.Opened),
		Open: in.Open(), Quiet: in.Open() && !in.Quiet.IsZero(), Holder: clean(in.Holder, 40), Why: t.signal(in.Peak),
	}
	if !in.Open() {
		c.Closed, c.Lasted = t.since(in.Closed), t.span(in.Closed.Sub(in.Opened))
	}
	if len(in.Peak.Evidence) > 0 {
		c.Quote = clean(in.Peak.Evidence[0].Quote, 120)
	}
	for _, k := range in.Clocks() {
		if c.Next == nil {
			next := t.clockOf(in, k)
			switch {
			case next.Red:
				next.Label = t.must("redline")
			case next.State == "late":
				next.Label = t.must("now.overdue")
			default:
				next.Label = t.must("now.next")
			}
			c.Next = &next
		}
		if !k.Due.After(t.now) {
			c.Late++
		}
	}
	for _, s := range in.Checklist() {
		c.All++
		if s.Done {
			c.Done++
		}
	}
	return c
}

// signal says in a line what a detector noticed: how many against how many.
func (t tongue) signal(s crisis.Signal) string {
	if s.Detector == "" {
		return ""
	}
	line := t.counted(s)
	if s.Planned != "" {
		line += t.must("signal.planned", clean(s.Planned, 80))
	}
	if len(s.Phrases) > 0 {
		line += t.must("signal.phrases", clean(strings.Join(s.Phrases, t.must("comma")), 120))
	}
	return line
}

// counted says what a signal counted and what is usual.
func (t tongue) counted(s crisis.Signal) string {
	name := t.sayOr("detector.", s.Detector)
	window := t.between(s.At.Add(-s.Window), s.At)
	switch s.Detector {
	case "mood":
		return t.must("signal.mood", name, window, s.Voices, s.Negative, percent(s.Observed), percent(s.Expected))
	case "emotion", "claim":
		return t.must("signal.share", t.sayOr("detector.", string(s.Cue)), window, s.Voices, percent(s.Observed), percent(s.Expected))
	case "statement":
		return t.must("signal.after", name, window, s.Voices, percent(s.Observed), percent(s.Expected))
	case "board":
		return t.must("signal.place", name, window, number(s.Observed))
	case "intake":
		return t.must("signal.intake", name, clean(s.System, 60), clean(s.Says, 120))
	case "blind":
		return t.must("signal.blind", name, t.clock(s.At))
	}
	line := t.must("signal.count", name, window, number(s.Observed), number(s.Expected), number(s.Low), number(s.High))
	if s.Expected >= 1 && s.Observed >= 2*s.Expected {
		line += t.must("signal.times", number(s.Observed/s.Expected))
	}
	return line
}

// incidentsPage lists all incidents, the newest first.
type incidentsPage struct {
	frame
	Rows  []card
	Older string // link to the page after
	Newer string
}

// perPage is how many rows a list shows at a time.
const perPage = 50

// rowCard is a card of what the store's list knows.
func (t tongue) rowCard(r *store.IncidentRow) card {
	c := card{
		ID: r.ID, Title: clean(r.Title, 120), Badge: t.level(r.Level), Since: t.since(r.Opened), Open: r.Closed.IsZero(),
	}
	if !c.Open {
		c.Closed, c.Lasted = t.since(r.Closed), t.span(r.Closed.Sub(r.Opened))
	}
	return c
}
