package playbooks

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// Lesson is a change to a plan that incidents suggest (修订建议). It proposes; a person
// accepts. One without changes is an observation: what to do about it is for people.
type Lesson struct {
	ID      string           `json:"id"`   // the same as long as it says the same of the same step
	Kind    string           `json:"kind"` // skipped, late, early, added or order
	Step    string           `json:"step"`
	What    Text             `json:"what"`
	Proofs  []LessonEvidence `json:"evidence"`
	Changes []Change         `json:"changes,omitempty"`
	Diff    string           `json:"diff,omitempty"` // of the plan's text with these changes alone
}

// LessonEvidence is where a lesson was learnt.
type LessonEvidence struct {
	Incident string `json:"incident"`
	Events   []int  `json:"events"`
	Remark   string `json:"remark,omitempty"`
}

// How often something must have been so before a change is proposed.
const (
	oftenSkipped = 2
	oftenLate    = 2
	oftenEarly   = 3
	oftenOrder   = 2
)

// lived is one incident as the lessons see it.
type lived struct {
	in    crisis.Incident
	steps map[string]*StepRecord // of the plan, by id
	added []*StepRecord          // by hand
}

// Lessons compares what a plan says with what became of its steps in incidents, each
// given by its events. source is the text of the plan in force; a change that would
// not leave a valid plan is not proposed. Equal inputs give equal lessons.
func Lessons(source []byte, past [][]crisis.Event, now time.Time, dirs ...fs.FS) ([]Lesson, error) {
	p, err := Parse("the plan", source, dirs...)
	if err != nil {
		return nil, fmt.Errorf("lessons of a plan: %w", err)
	}
	var all []lived
	for _, events := range past {
		l, err := live(p.ID, events, now)
		if err != nil {
			return nil, fmt.Errorf("lessons of plan %s: %w", p.ID, err)
		}
		if l != nil {
			all = append(all, *l)
		}
	}
	var out []Lesson
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, learn := range []func(*Step, []lived) *Lesson{skippedOften, lateOften, earlyOften} {
			if l := learn(s, all); l != nil {
				out = append(out, *l)
			}
		}
		if i+1 < len(p.Steps) {
			if l := orderOften(p, i, all); l != nil {
				out = append(out, *l)
			}
		}
	}
	out = append(out, addedByHand(p, all)...)
	kept := out[:0]
	for _, l := range out {
		if len(l.Changes) == 0 {
			kept = append(kept, l)
			continue
		}
		changed, err := Amend(source, l.Changes, dirs...)
		if err != nil {
			if l.Kind == "added" || l.Kind == "order" {
				continue // nothing to say without the change
			}
			l.Changes = nil
		} else {
			l.Diff = Unified(p.ID+".yaml", p.ID+".yaml", source, changed)
		}
		kept = append(kept, l)
	}
	return kept, nil
}

// Accept writes the changes of accepted lessons into the text of a plan and raises its
// version. Lessons that cannot stand beside those before them are left out and named.
// The result always loads; without any lesson that holds there is an error.
func Accept(source []byte, lessons []Lesson, dirs ...fs.FS) (out []byte, left []string, err error) {
	var changes []Change
	for _, l := range lessons {
		try := append(slices.Clone(changes), l.Changes...)
		if len(l.Changes) == 0 {
			left = append(left, l.ID)
		} else if _, err := Amend(source, append(slices.Clone(try), Change{Op: Bump}), dirs...); err != nil {
			left = append(left, l.ID)
		} else {
			changes = try
		}
	}
	if len(changes) == 0 {
		return nil, left, fmt.Errorf("accept changes to a plan: none of them can be carried out")
	}
	out, err = Amend(source, append(changes, Change{Op: Bump}), dirs...)
	return out, left, err
}

// live reads an incident; nil when it did not have the plan.
func live(plan string, events []crisis.Event, now time.Time) (*lived, error) {
	w := &reporter{ReportInput: ReportInput{Events: events, Now: now}, pen: pen{"zh", time.UTC}}
	if err := w.walk(); err != nil {
		return nil, err
	}
	l := &lived{in: w.in, steps: map[string]*StepRecord{}}
	records := w.steps()
	for i := range records {
		switch r := &records[i]; {
		case r.Plan == plan && r.State != "dropped":
			l.steps[r.Step] = r
		case r.Added && r.State == "done":
			l.added = append(l.added, r)
		}
	}
	if len(l.steps) == 0 {
		return nil, nil
	}
	return l, nil
}

func proof(l *lived, r *StepRecord, remark string) LessonEvidence {
	return LessonEvidence{Incident: l.in.ID, Events: r.Events, Remark: remark}
}

func skippedOften(s *Step, all []lived) *Lesson {
	out := &Lesson{ID: "skipped/" + s.ID, Kind: "skipped", Step: s.ID, Changes: []Change{{Op: Drop, Step: s.ID}}}
	wanted := 0
	for i := range all {
		r := all[i].steps[s.ID]
		if r == nil || !r.Required {
			continue
		}
		wanted++
		if r.State == "skipped" {
			out.Proofs = append(out.Proofs, proof(&all[i], r, r.Reason))
		}
	}
	n := len(out.Proofs)
	if n < oftenSkipped || 2*n < wanted {
		return nil
	}
	out.What = s.Title.say(
		"“%s”在"+strconv.Itoa(wanted)+"次事件中有"+strconv.Itoa(n)+"次被判为不适用：建议删去，或改写适用条件",
		"“%s” was left out in "+strconv.Itoa(n)+" of "+strconv.Itoa(wanted)+" incidents: drop it, or say when it applies")
	return out
}

// taken are the times a step was done at one level, against its target of today.
type taken struct {
	level  crisis.Level
	took   []time.Duration
	late   []time.Duration // by the target of that time
	proofs []LessonEvidence
}

// beyond returns by how much each time lies behind a target. What was asked in working
// days is late as it was found then: the calendar of that time knows.
func (t *taken) beyond(due crisis.Span) []time.Duration {
	var out []time.Duration
	for i, d := range t.took {
		over := d - due.Time
		if due.Days > 0 {
			over = t.late[i]
		}
		if over > 0 {
			out = append(out, over)
		}
	}
	return out
}

// longer adds what steps were late by to a target, in its unit.
func longer(due crisis.Span, by time.Duration) crisis.Span {
	if due.Days > 0 {
		return crisis.Span{Days: due.Days + int((by+24*time.Hour-1)/(24*time.Hour))}
	}
	return crisis.Span{Time: roundTo(due.Time+by, 5*time.Minute)}
}

// byLevel sorts what a step took by the level of the incident. Steps that start from a
// promise or repeat have no single time.
func byLevel(s *Step, all []lived) []taken {
	if s.DueFrom == crisis.FromPromise || len(s.RepeatEvery) > 0 {
		return nil
	}
	var out []taken
	for _, level := range levels {
		t := taken{level: level}
		for i := range all {
			if r := all[i].steps[s.ID]; r != nil && r.State == "done" && !r.From.IsZero() && all[i].in.Level() == level {
				t.took, t.late = append(t.took, r.Took), append(t.late, r.Late)
				t.proofs = append(t.proofs, proof(&all[i], r, spanZH(r.Took)))
			}
		}
		if len(t.took) > 0 {
			out = append(out, t)
		}
	}
	return out
}

func lateOften(s *Step, all []lived) *Lesson {
	for _, t := range byLevel(s, all) {
		due, ok := s.DueAfter.At(t.level)
		if !ok {
			continue
		}
		late := t.beyond(due)
		if len(late) == 0 || 2*len(late) < len(t.took) {
			continue
		}
		slices.Sort(late)
		median := late[len(late)/2]
		out := &Lesson{ID: "late/" + s.ID + "/" + t.level.String(), Kind: "late", Step: s.ID, Proofs: t.proofs}
		zh := fmt.Sprintf("“%%s”在%s级%d次中有%d次超时，中位超时%s", t.level, len(t.took), len(late), spanZH(median))
		en := fmt.Sprintf("“%%s” was late in %[2]d of %[1]d incidents at level %[4]s, by %[3]s at the median", len(t.took), len(late), spanEN(median), t.level)
		if len(late) >= oftenLate {
			target := longer(due, median)
			out.Changes = []Change{retime(s, t.level, target)}
			zh += fmt.Sprintf("：要么时限改为%s，要么找出为什么来不及", lengthText(target).ZH)
			en += fmt.Sprintf(": set the target to %s, or find out why it cannot be met", lengthText(target).EN)
		}
		out.What = s.Title.say(zh, en)
		return out
	}
	return nil
}

func earlyOften(s *Step, all []lived) *Lesson {
	for _, t := range byLevel(s, all) {
		due, ok := s.DueAfter.At(t.level)
		if !ok || len(t.took) < oftenEarly || due.Days > 0 { // hours do not tell how many working days are enough
			continue
		}
		longest := slices.Max(t.took)
		target := roundTo(2*longest, 5*time.Minute)
		if 3*longest > due.Time || target >= due.Time {
			continue
		}
		out := &Lesson{ID: "early/" + s.ID + "/" + t.level.String(), Kind: "early", Step: s.ID, Proofs: t.proofs, Changes: []Change{retime(s, t.level, crisis.Span{Time: target})}}
		out.What = s.Title.say(
			fmt.Sprintf("“%%s”在%s级%d次都远早于时限，最慢%s：时限可以改为%s", t.level, len(t.took), spanZH(longest), spanZH(target)),
			fmt.Sprintf("“%%s” was done far within its target in all %d incidents at level %s, at most in %s: the target may become %s", len(t.took), t.level, spanEN(longest), spanEN(target)))
		return out
	}
	return nil
}

func roundTo(d, unit time.Duration) time.Duration { return max((d+unit-1)/unit*unit, unit) }

// retime sets the target at one level. Graver levels never get more time than lesser ones.
func retime(s *Step, at crisis.Level, target crisis.Span) Change {
	if len(s.DueAfter) == 1 {
		if _, single := s.DueAfter[crisis.LevelNone]; single {
			was := s.DueAfter[crisis.LevelNone]
			d := Durations{}
			for _, l := range levels {
				d[l] = was
			}
			return retime(&Step{ID: s.ID, DueAfter: d}, at, target)
		}
	}
	d := Durations{}
	for _, l := range levels {
		v, ok := s.DueAfter.At(l)
		switch {
		case !ok:
			continue
		case l == at, l > at && target.Outlasts(v), l < at && v.Outlasts(target):
			v = target
		}
		d[l] = v
	}
	return Change{Op: Set, Step: s.ID, Key: "due_after", Value: renderSpans(d)}
}

// orderOften sees that a step is done before the one that the plan puts before it.
func orderOften(p *Playbook, i int, all []lived) *Lesson {
	a, b := &p.Steps[i], &p.Steps[i+1]
	if a.Phase != b.Phase {
		return nil
	}
	out := &Lesson{ID: "order/" + b.ID, Kind: "order", Step: b.ID}
	both := 0
	for k := range all {
		x, y := all[k].steps[a.ID], all[k].steps[b.ID]
		if x == nil || y == nil || x.State != "done" || y.State != "done" {
			continue
		}
		both++
		if y.At.Before(x.At) {
			out.Proofs = append(out.Proofs, LessonEvidence{Incident: all[k].in.ID, Events: slices.Concat(y.Events, x.Events)})
		}
	}
	n := len(out.Proofs)
	if n < oftenOrder || 2*n <= both {
		return nil
	}
	after := ""
	if i > 0 {
		after = p.Steps[i-1].ID
	}
	out.Changes = []Change{{Op: Move, Step: b.ID, After: after}}
	out.What = b.Title.say(
		fmt.Sprintf("“%%s”%d次中有%d次先于“%s”完成：建议调到它前面", both, n, escaped(a.Title.ZH)),
		fmt.Sprintf("“%%s” was done before “%s” in %d of %d incidents: move it before that step", escaped(a.Title.In("en")), n, both))
	return out
}

// escaped keeps a wording from being read as a format.
func escaped(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// addedByHand proposes to take up what people added; the same words in several
// incidents are one step.
func addedByHand(p *Playbook, all []lived) []Lesson {
	var out []Lesson
	seen := map[string]int{}
	for i := range all {
		for _, r := range all[i].added {
			if k, ok := seen[r.Title]; ok {
				out[k].Proofs = append(out[k].Proofs, proof(&all[i], r, ""))
				continue
			}
			state := all[i].in.Step(crisis.Own, r.Step)
			if state == nil {
				continue
			}
			seen[r.Title] = len(out)
			l := Lesson{Kind: "added", Proofs: []LessonEvidence{proof(&all[i], r, "")}}
			s, after := fresh(p, state, r, len(out))
			l.ID, l.Step, l.Changes = "added/"+s.ID, s.ID, []Change{{Op: Insert, After: after, New: s}}
			l.What = s.Title.say("临时增加并做了“%s”：建议写进预案，角色和时限请再看一遍", "“%s” was added by hand and done: take it up into the plan; look at its role and target")
			out = append(out, l)
		}
	}
	return out
}

// fresh makes a step of the plan from one that was added by hand, behind the last of
// its phase.
func fresh(p *Playbook, state *crisis.StepState, r *StepRecord, n int) (s *Step, after string) {
	phase, role := p.Steps[0].Phase, state.Role
	for _, q := range p.Steps {
		if q.Phase == state.Phase {
			phase = state.Phase
		}
	}
	if role == "" {
		role = p.Roles.Lead
	}
	prefix, _, _ := strings.Cut(p.Steps[0].ID, "-")
	number := len(p.Steps) + 1 + n
	id := func() string { return fmt.Sprintf("%s-%02d", prefix, number) }
	for slices.ContainsFunc(p.Steps, func(q Step) bool { return q.ID == id() }) {
		number++
	}
	var due time.Duration
	for _, q := range p.Steps {
		if q.Phase == phase {
			after = q.ID
			if d, ok := q.DueAfter.At(crisis.LevelIV); ok && (q.DueFrom == "" || q.DueFrom == crisis.FromDetected) {
				due = max(due, d.Time)
			}
		}
	}
	title := tidyLine(state.Title, 30)
	return &Step{
		ID: id(), Phase: phase, Title: Text{title, orElse(tidyLine(state.TitleEN, 60), title)}, Text: tidyLine(orElse(state.Text, state.Title), 130), Role: role,
		DueAfter: Durations{crisis.LevelNone: {Time: roundTo(max(r.Took, due, 5*time.Minute), 5*time.Minute)}},
		Evidence: Evidence{Kind: "note", Ask: orElse(tidyLine(state.Ask, 60), "做了什么、何时、结果")},
	}, after
}
