package playbooks

import (
	"maps"
	"slices"
	"strconv"

	"watchfire/crisis"
)

// Schemas of the shared files.
const (
	vocabularySchema = "vocabulary/1"
	deadlinesSchema  = "legal-deadlines/1"
)

// levels are the levels a plan grades by, gravest first.
var levels = []crisis.Level{crisis.LevelI, crisis.LevelII, crisis.LevelIII, crisis.LevelIV}

var checkedHow = []string{"law-text", "excerpt", "memory"}

// overlay returns v with the entries of o in place of those with the same id, and
// its other entries behind. Phases keep the order of v: it is the order of work.
func (v Vocabulary) overlay(o Vocabulary) Vocabulary {
	word := func(w Word) string { return w.ID }
	out := Vocabulary{
		Phases: merge(v.Phases, o.Phases, word), Seats: merge(v.Seats, o.Seats, word),
		Roles:   merge(v.Roles, o.Roles, func(r Role) string { return r.ID }),
		Levels:  merge(v.Levels, o.Levels, func(l LevelWord) string { return l.ID.String() }),
		Signals: merge(v.Signals, o.Signals, func(s SignalWord) string { return s.ID }),
		Anchors: merge(v.Anchors, o.Anchors, word), Until: merge(v.Until, o.Until, word),
		EvidenceKinds:  merge(v.EvidenceKinds, o.EvidenceKinds, word),
		StatementKinds: merge(v.StatementKinds, o.StatementKinds, word),
		Rules:          map[string]LevelRules{},
		Dimensions:     merge(v.Dimensions, o.Dimensions, func(d Dimension) string { return d.ID }),
	}
	out.DimensionLevels = v.DimensionLevels
	if len(o.DimensionLevels) > 0 {
		out.DimensionLevels = o.DimensionLevels
	}
	maps.Copy(out.Rules, v.Rules)
	maps.Copy(out.Rules, o.Rules)
	return out
}

func merge[T any](base, over []T, id func(T) string) []T {
	out := slices.Clone(base)
	for _, o := range over {
		if i := slices.IndexFunc(out, func(b T) bool { return id(b) == id(o) }); i >= 0 {
			out[i] = o
		} else {
			out = append(out, o)
		}
	}
	return out
}

// checkWords checks a vocabulary file; the library already holds its entries.
func (l *Library) checkWords(s *source, v *Vocabulary) {
	if v.Schema != vocabularySchema {
		s.report("schema", "write "+vocabularySchema, "%q is not a schema of words", v.Schema)
	}
	for key, words := range map[string][]Word{
		"phases": v.Phases, "seats": v.Seats, "anchors": v.Anchors, "until": v.Until,
		"evidence_kinds": v.EvidenceKinds, "statement_kinds": v.StatementKinds,
	} {
		checkNames(s, key, words, func(w Word) (string, Text) { return w.ID, w.Text })
	}
	checkNames(s, "roles", v.Roles, func(r Role) (string, Text) { return r.ID, r.Text })
	checkNames(s, "levels", v.Levels, func(w LevelWord) (string, Text) { return w.ID.String(), w.Text })
	checkNames(s, "signals", v.Signals, func(w SignalWord) (string, Text) { return w.ID, w.Text })
	for i, r := range v.Roles {
		if !slices.Contains(ids(l.words.Seats), r.SmallOffice) {
			s.report(at("roles", i)+".small_office", "write one of "+known(ids(l.words.Seats)), "%q is not a seat of a small office", r.SmallOffice)
		}
	}
	l.checkAliases(s, v)
	l.checkFixed(s, v)
	checkRules(s, v)
	checkDimensions(s, v)
}

// checkNames wants an id of its own and both names for every entry.
func checkNames[T any](s *source, key string, list []T, name func(T) (string, Text)) {
	seen := map[string]bool{}
	for i, e := range list {
		id, text := name(e)
		switch {
		case id == "":
			s.report(at(key, i)+".id", "give the entry an id", "the id is missing")
		case seen[id]:
			s.report(at(key, i)+".id", "remove one of the two", "%q is listed twice", id)
		case text.ZH == "" || text.EN == "":
			s.report(at(key, i), "write both zh and en", "%q lacks a name", id)
		}
		seen[id] = true
	}
}

// checkFixed refuses entries that only code can give a meaning.
func (l *Library) checkFixed(s *source, v *Vocabulary) {
	for i, w := range v.Phases {
		s.wantKnown(at("phases", i)+".id", "a phase of the work", w.ID, ids(l.fixed().Phases))
	}
	for i, w := range v.Anchors {
		s.wantKnown(at("anchors", i)+".id", "a start of a clock", w.ID, ids(l.fixed().Anchors))
	}
}

// fixed are the words as shipped; while those themselves are being read, they are
// what was read.
func (l *Library) fixed() *Vocabulary {
	if l.base != nil {
		return l.base
	}
	return &l.words
}

// checkAliases refuses a signal under a name that means another one.
func (l *Library) checkAliases(s *source, v *Vocabulary) {
	for i, w := range v.Signals {
		for _, other := range l.words.Signals {
			if other.ID != w.ID && slices.Contains(other.Aliases, w.ID) {
				s.report(at("signals", i)+".id", "use "+other.ID, "%q is another name of the signal %s", w.ID, other.ID)
			}
		}
		for j, a := range w.Aliases {
			for _, other := range l.words.Signals {
				if other.ID != w.ID && (other.ID == a || slices.Contains(other.Aliases, a)) {
					s.report(at(at("signals", i)+".aliases", j), "leave it to "+other.ID, "%q already means the signal %s", a, other.ID)
				}
			}
		}
	}
}

// checkRules checks the rules by which levels are proposed.
func checkRules(s *source, v *Vocabulary) {
	for _, level := range slices.Sorted(maps.Keys(v.Rules)) {
		key := "default_level_rules." + level
		if l, err := crisis.ParseLevel(level); err != nil || l == crisis.LevelNone || l.String() != level {
			s.report(key, "write I, II, III or IV", "%q is not a level", level)
		}
		for i, r := range v.Rules[level].Any {
			key := at(key+".any", i)
			switch {
			case (r.Metric == "") == (r.Flag == ""):
				s.report(key, "write either metric or flag", "a rule measures one number or asks for one flag")
			case r.Metric != "" && metrics[r.Metric] == nil:
				s.report(key+".metric", "the metrics are "+known(slices.Collect(maps.Keys(metrics))), "unknown metric %q", r.Metric)
			case r.Metric != "" && r.GTE <= 0:
				s.report(key+".gte", "write the number from which the rule holds", "the threshold is missing")
			case r.ZH == "" || r.EN == "":
				s.report(key, "say the rule in zh and en", "the rule has no words for the person who grades")
			}
		}
	}
}

// checkDeadlines checks a file of legal deadlines: a number without its source is
// not a rule.
func checkDeadlines(s *source, f *deadlineFile) {
	if f.Schema != deadlinesSchema {
		s.report("schema", "write "+deadlinesSchema, "%q is not a schema of legal deadlines", f.Schema)
	}
	seen := map[string]bool{}
	for i, d := range f.Deadlines {
		key := at("deadlines", i)
		if seen[d.ID] {
			s.report(key+".id", "remove one of the two", "%q is listed twice", d.ID)
		}
		seen[d.ID] = true
		for name, v := range map[string]string{"id": d.ID, "what": d.What, "start": d.Start, "document": d.Document} {
			if v == "" {
				s.report(key+"."+name, "write it: people must be able to look the rule up", "the key is missing")
			}
		}
		if !slices.Contains(checkedHow, d.Checked) {
			s.report(key+".checked", "write one of "+known(checkedHow), "%q does not say how the rule was checked", d.Checked)
		}
		if (d.Limit == 0) == (d.Workdays <= 0) {
			s.report(key+".limit", "write either limit or limit_workdays", "a deadline has one length")
		}
		if d.From != "" {
			s.wantKnown(key+".from", "a start of a red line", string(d.From), anchorNames())
		}
	}
}

// at names an entry of a list.
func at(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// wantKnown reports a name that is not among the known ones.
func (s *source) wantKnown(key, what, name string, names []string) {
	if slices.Contains(names, name) {
		return
	}
	fix := "write one of " + known(names)
	if name == "" {
		s.report(key, fix, "%s is missing", what)
		return
	}
	if near := nearest(name, names); near != "" {
		fix = "did you mean " + near + "? " + fix
	}
	s.report(key, fix, "%q is not %s", name, what)
}
