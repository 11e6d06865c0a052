package playbooks

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"watchfire/crisis"
)

// Severity says how much a finding matters.
type Severity int

// The severities: a library with an error does not load; a warning is something
// that will be missed in an incident; an info is worth a look.
const (
	SeverityInfo Severity = iota
	SeverityWarn
	SeverityError
)

var severities = [...]string{"info", "warn", "error"}

// String returns info, warn or error.
func (s Severity) String() string { return severities[min(max(s, SeverityInfo), SeverityError)] }

// MarshalText writes the name of the severity.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is something about the plans of an organisation that a person should
// look at: where it stands, what it is, and how to mend it.
type Finding struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"` // empty when no file of the library is meant
	Line     int      `json:"line,omitempty"` // from 1
	Key      string   `json:"key,omitempty"`  // as written, such as steps[3].role
	Plan     string   `json:"plan,omitempty"` // id of the playbook
	What     Text     `json:"what"`
	Fix      Text     `json:"fix,omitzero"`
}

// In returns "file:line: severity: key: what; fix" in the language, "zh" or "en".
func (f Finding) In(lang string) string {
	p := Problem{File: cmp.Or(f.File, "-"), Line: f.Line, Key: f.Severity.String(), What: f.What.In(lang)}
	if f.Key != "" {
		p.Key += ": " + f.Key
	}
	between := Text{ZH: "；", EN: "; "}
	if fix := f.Fix.In(lang); fix != "" {
		return p.String() + between.In(lang) + fix
	}
	return p.String()
}

// Office is what is known of the organisation whose plans are looked at. The zero
// value knows nothing and leads to fewer findings, never to wrong ones.
type Office struct {
	// Roles are the ids of the roles that somebody holds. Nil is not known: then the
	// seats of a small office hold them all, as the vocabulary says.
	Roles []string
	// Topics are what the organisation watches.
	Topics []crisis.Topic
	// Now is when the plans are looked at; zero: their age is not judged.
	Now time.Time
	// Months is after how many months a plan should be looked through again; 0 is
	// DefaultMonths.
	Months int
	// Shipped says that findings about the shipped plans are wanted too, beside those
	// about the organisation's own.
	Shipped bool
}

// DefaultMonths is after how many months a plan is due for a review. Ours: the
// rules ask for regular revision and name no number.
const DefaultMonths = 12

// Examine looks through folders of plans as Load reads them, for one organisation.
// What Load would refuse are errors; warnings and infos are about how the plans
// fit the organisation. The order is that of files and lines.
func Examine(o Office, dirs ...fs.FS) []Finding {
	l, sources, problems := read(dirs)
	e := &examination{Office: o, library: l, sources: sources, tags: knownTags(o.Topics)}
	for _, p := range problems {
		e.found = append(e.found, Finding{
			Severity: SeverityError, File: p.File, Line: p.Line, Key: p.Key, What: Text{EN: p.What}, Fix: Text{EN: p.Fix},
		})
	}
	for _, p := range l.Playbooks() {
		e.plan(p)
	}
	if len(problems) == 0 {
		e.topics()
	}
	slices.SortStableFunc(e.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity))
	})
	return e.found
}

// examination gathers findings.
type examination struct {
	Office

	library *Library
	sources map[string]*source
	tags    map[string]bool // ids and tags that a plan may name, in lower case
	found   []Finding
}

// add notes a finding at a key of a plan.
func (e *examination) add(severity Severity, p *Playbook, key string, what, fix Text) {
	e.found = append(e.found, Finding{
		Severity: severity, File: p.file, Line: e.sources[p.ID].at(key).line, Key: key, Plan: p.ID, What: what, Fix: fix,
	})
}

// plan looks at one plan. Shipped plans are left out unless they are asked for:
// whoever uses them unchanged cannot mend them.
func (e *examination) plan(p *Playbook) {
	if !own(p) && !e.Shipped {
		return
	}
	e.roles(p)
	e.reviewed(p)
	e.placeholders(p)
	e.deadlines(p)
	e.subjects(p)
}

// own says whether a plan is the organisation's, not a shipped one.
func own(p *Playbook) bool { return !strings.HasPrefix(p.file, builtin{}.String()+"/") }

// roles names roles of the plan that nobody holds, each once.
func (e *examination) roles(p *Playbook) {
	if e.Roles == nil {
		return
	}
	told := map[string]bool{}
	look := func(key, role string) {
		r, ok := e.library.words.Role(role)
		if !ok || told[role] || slices.Contains(e.Roles, role) {
			return
		}
		told[role] = true
		severity, fix := SeverityWarn, Text{"在配置的 people 中指定一个人，或者把步骤交给别的角色", "give the role to somebody under people in the configuration, or the step to another role"}
		if r.SmallOffice == "external" {
			severity, fix = SeverityInfo, Text{"写下本科室以外由谁承担、怎么联系", "write down who outside the office takes it and how to reach them"}
		}
		e.add(severity, p, key, Text{
			ZH: fmt.Sprintf("角色「%s」（%s）没有人承担", r.ZH, role), EN: fmt.Sprintf("nobody holds the role %s (%s)", role, r.EN),
		}, fix)
	}
	look("roles.lead", p.Roles.Lead)
	look("roles.decision", p.Roles.Decision)
	for i := range p.Steps {
		look(at("steps", i)+".role", p.Steps[i].Role)
	}
	for i := range p.Escalation {
		for j, role := range p.Escalation[i].To {
			look(at(at("escalation", i)+".to", j), role)
		}
	}
}

// reviewed says when a plan was not looked through for too long.
func (e *examination) reviewed(p *Playbook) {
	if e.Now.IsZero() {
		return
	}
	months := cmp.Or(max(e.Months, 0), DefaultMonths)
	fix := Text{"组织一次修订或者推演，然后改 reviewed 的日期", "look it through or rehearse it, then change the date under reviewed"}
	switch day := p.Reviewed; {
	case day.IsZero() && own(p):
		e.add(SeverityInfo, p, "version", Text{"没有写最近一次评审的日期", "the plan does not say when it was last reviewed"},
			Text{"加一行 reviewed: " + e.Now.Format(time.DateOnly), "add a line reviewed: " + e.Now.Format(time.DateOnly)})
	case day.IsZero():
	case day.After(e.Now):
		e.add(SeverityWarn, p, "reviewed", Text{"评审日期" + day.Format(time.DateOnly) + "还没有到", "the day of review " + day.Format(time.DateOnly) + " has not come yet"},
			Text{"写实际评审的日期", "write the day on which it was reviewed"})
	case day.AddDate(0, months, 0).Before(e.Now):
		e.add(SeverityWarn, p, "reviewed", Text{
			ZH: fmt.Sprintf("上次评审是%s，已超过%d个月", day.Format(time.DateOnly), months),
			EN: fmt.Sprintf("the last review was on %s, more than %d months ago", day.Format(time.DateOnly), months),
		}, fix)
	}
}

// placeholders names what may stay empty in a statement that is published.
func (e *examination) placeholders(p *Playbook) {
	for _, kind := range sortedKeys(p.Statements) {
		st := p.Statements[kind]
		if names := st.loose(); len(names) > 0 {
			name := e.library.words.StatementName(kind)
			list := strings.Join(names, ", ")
			e.add(SeverityInfo, p, "statements."+kind, Text{
				ZH: fmt.Sprintf("「%s」中这些空没有人必须填，程序也不会填：%s", name.ZH, list),
				EN: fmt.Sprintf("nobody has to fill these placeholders of the %s, nor does the machine: %s", strings.ToLower(name.In("en")), list),
			}, Text{"少不得的写进 must_have，可有可无的从模板里去掉", "put what must not be missing under must_have, take the rest out of the template"})
		}
	}
}

// deadlines names red lines that no step watches, and those that nobody has
// confirmed in the text of the rule.
func (e *examination) deadlines(p *Playbook) {
	watched := map[string]bool{}
	for i := range p.Steps {
		for j, id := range p.Steps[i].Limit {
			if d, ok := e.library.deadlines[id]; ok && d.Checked == "memory" && !watched[id] {
				e.add(SeverityWarn, p, at(at("steps", i)+".limit", j), Text{
					ZH: "红线「" + d.What + "」的出处只凭记忆，没有核对过原文", EN: "the red line " + id + " is cited from memory; nobody has checked its source",
				}, Text{"请法务核对条文，改 shared/legal-deadlines.yaml 中的 checked", "have the text looked up and change checked in shared/legal-deadlines.yaml"})
			}
			watched[id] = true
		}
	}
	for i, id := range p.Deadlines {
		if d, ok := e.library.deadlines[id]; ok && d.clock() && !watched[id] {
			e.add(SeverityInfo, p, at("deadlines", i), Text{
				ZH: "硬性时限「" + d.What + "」没有步骤在盯", EN: "no step watches the legal deadline " + id,
			}, Text{"把它写进对应步骤的 limit", "name it under limit of the step that keeps it"})
		}
	}
}
