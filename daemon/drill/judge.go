package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/town"
	"watchfire/playbooks"
)

// Facts are what happened in a drill.
type Facts struct {
	Begin     time.Time
	Incidents []crisis.Incident // all that opened, oldest first
	Noticed   map[string]bool   // detectors that have spoken of a topic of the scenario
	Blind     map[string]bool   // sources that people were told are blind
	Rescues   int               // calls for rescue that were told by themselves
	// Lint names the reply rules that stop a text of a kind, or warn of it; nil: the
	// drafts are not judged.
	Lint func(kind, text string) []string
	// Manned says that people took part: what only people decide is judged too.
	Manned bool
	Asks   []crisis.Ask // calls for rescue that came in
}

// Check is one line of the evaluation sheet (评估表).
type Check struct {
	What  playbooks.Text `json:"what"`
	OK    bool           `json:"ok"`
	Found string         `json:"found,omitempty"` // what was found, in both languages the same: ids, times, names
}

// Judge compares what happened with what must have happened.
func (s *Scenario) Judge(f Facts) []Check {
	j := judge{s: s, f: f}
	j.incident()
	for _, topic := range s.Expect.Quiet {
		in := f.first(topic)
		j.say(in == nil, id(in), "「%s」没有误开事件", "no incident opened on “%s”", s.title(topic))
	}
	if b := s.Expect.Below; b != crisis.LevelNone {
		i := slices.IndexFunc(f.Incidents, func(in crisis.Incident) bool {
			return !b.Graver(in.OpinionLevel) && in.OpinionLevel != crisis.LevelNone
		})
		j.say(i < 0, "", "没有误开%s级以上事件", "no incident as grave as %s opened", b.String())
	}
	for _, d := range s.Expect.Notices {
		j.say(f.Noticed[d], "", "「%s」信号已提示", "the signal “%s” was given", d)
	}
	if s.Expect.Blind != "" {
		j.say(f.Blind[siteNames[s.Expect.Blind]], "", "信源「%s」中断已告知", "people were told that “%s” is blind", siteNames[s.Expect.Blind])
	}
	if n := s.Expect.Rescue; n > 0 {
		j.say(f.Rescues >= n, fmt.Sprint(f.Rescues), "%s条求助单列并立即告知", "%s calls for rescue were told at once in a lane of their own", fmt.Sprint(n))
	}
	for i, d := range s.Drafts {
		if f.Lint == nil {
			break
		}
		found := f.Lint(d.Kind, d.Text)
		missing := slices.DeleteFunc(slices.Clone(d.Rules), func(r string) bool { return slices.Contains(found, r) })
		j.say(len(missing) == 0, strings.Join(missing, ", "), "第%s份问题稿被规则拦下（%s）", "hasty draft %s is stopped (%s)", fmt.Sprint(i+1), strings.Join(d.Rules, "、"))
	}
	if f.Manned {
		for i := range s.Duties {
			j.duty(&s.Duties[i])
		}
	}
	return j.out
}

type judge struct {
	s   *Scenario
	f   Facts
	out []Check
}

func (j *judge) say(ok bool, found, zh, en string, args ...any) {
	j.out = append(j.out, Check{What: playbooks.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}, OK: ok, Found: found})
}

// incident judges the incident that the scenario is about.
func (j *judge) incident() {
	e := j.s.Expect
	if e.Topic == "" {
		return
	}
	in := j.f.first(e.Topic)
	after := time.Duration(0)
	if in != nil {
		after = in.Opened.Sub(j.f.Begin).Truncate(time.Minute)
	}
	j.say(in != nil && after <= e.Within, found(in != nil, after.String()), "「%s」在%s内报警", "“%s” alerted within %s", j.s.title(e.Topic), e.Within.String())
	if in == nil {
		return
	}
	plans := make([]string, 0, len(in.Plans))
	for _, p := range in.Plans {
		plans = append(plans, p.ID)
	}
	if e.Plan != "" {
		j.say(len(plans) > 0 && plans[0] == e.Plan, strings.Join(plans, ", "), "主预案是 %s", "the main plan is %s", e.Plan)
	}
	for _, side := range e.Side {
		j.say(len(plans) > 0 && slices.Contains(plans[1:], side), strings.Join(plans, ", "), "%s 预案并行启动", "the plan %s runs beside it", side)
	}
	if e.RedLine != "" {
		runs := slices.ContainsFunc(in.Steps, func(st crisis.StepState) bool {
			return slices.ContainsFunc(st.RedLines, func(r crisis.RedLine) bool { return r.ID == e.RedLine })
		})
		j.say(runs, "", "法定时限 %s 在计时", "the legal deadline %s is running", e.RedLine)
	}
	if e.Level != crisis.LevelNone && j.f.Manned {
		j.say(!e.Level.Graver(in.Level()), in.Level().String(), "响应级别至少定到%s级", "the response level was set to %s at least", e.Level)
	}
}

// first returns the first incident of a topic, nil if there is none.
func (f *Facts) first(topic string) *crisis.Incident {
	for i := range f.Incidents {
		if f.Incidents[i].Topic == topic {
			return &f.Incidents[i]
		}
	}
	return nil
}

func (s *Scenario) title(topic string) string {
	for _, t := range s.Topics {
		if t.ID == topic {
			return t.Name()
		}
	}
	return topic
}

func id(in *crisis.Incident) string {
	if in == nil {
		return ""
	}
	return in.ID
}

func found(ok bool, text string) string {
	if ok {
		return text
	}
	return ""
}

// Own is the source on which the team publishes in a drill.
const Own = town.Notice
