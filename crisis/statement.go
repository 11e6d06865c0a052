package crisis

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Statement is a text for the public or for a named circle (声明、通报), from its
// first draft to the last place where it was published.
type Statement struct {
	ID           string    // s1, s2, … in the order of their first drafts
	Kind         string    // first_statement, update, final, refutation, correction …
	Plan, Step   string    // the step it belongs to, "" for none
	Versions     []Version // oldest first
	Reviews      []Review  // oldest first
	Approved     int       // number of the version that may be published, 0 for none
	Approval     Approval  // of that version
	ApprovedBy   string    // who recorded the approval; for one by telephone not who gave it
	ApprovedAt   time.Time
	Countersigns time.Time // until when an approval by telephone is to be countersigned; zero: not owed
	Chased       time.Time // when people were last told that it is owed
	Publications []Publication
	Sightings    []Sighting
	Missing      time.Time // since when it is known not to have appeared where it was said to be; zero: not missing
	Withdrawn    bool
}

// Version is one wording of a statement.
type Version struct {
	N        int // 1, 2, 3 …
	Text     string
	By       string
	At       time.Time
	Note     string
	Findings []LintMark // what the reply rules say of it
}

// LintMark is what one reply rule says of a text.
type LintMark struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // block, warn or info
	Found    string `json:"found,omitempty"`
}

// Stage is a review that a statement passes (三审与保密审查).
type Stage string

// The stages. Text, fact and secrecy come before the final one, which is the approval.
const (
	StageText    Stage = "text"
	StageFact    Stage = "fact"
	StageSecrecy Stage = "secrecy"
)

// Stages are the reviews before the approval, in the order of work.
var Stages = []Stage{StageText, StageFact, StageSecrecy}

// Review is the payload of EventStatementReviewed.
type Review struct {
	Statement string    `json:"statement"`
	Version   int       `json:"version"`
	Stage     Stage     `json:"stage"`
	OK        bool      `json:"ok"` // false: sent back
	Note      string    `json:"note,omitempty"`
	By        string    `json:"-"` // the actor of the event
	At        time.Time `json:"-"`
}

// Draft is the payload of EventDrafted. An empty Statement begins a new one.
type Draft struct {
	Statement string     `json:"statement,omitempty"`
	Kind      string     `json:"kind"`
	Plan      string     `json:"plan,omitempty"`
	Step      string     `json:"step,omitempty"`
	Text      string     `json:"text"`
	Note      string     `json:"note,omitempty"`
	Findings  []LintMark `json:"findings,omitempty"`
}

// Approval is the payload of EventApproved (签发). Signer gave it by telephone, and the
// actor wrote that down; without a Signer the actor approves.
type Approval struct {
	Statement string `json:"statement"`
	Version   int    `json:"version"`
	Signer    string `json:"signer,omitempty"`
	// Preauthorised says that a first statement goes out on a template agreed upon
	// beforehand (预授权首发), without the reviews of text and fact.
	Preauthorised bool     `json:"preauthorised,omitempty"`
	Confirmed     []string `json:"confirmed,omitempty"` // rules whose warnings the approver answers for
	Note          string   `json:"note,omitempty"`
}

// Countersign is how soon an approval by telephone is to be countersigned (补签).
const Countersign = 2 * time.Hour

// Publication is the payload of EventPublished: a person says where it stands.
type Publication struct {
	Statement string    `json:"statement"`
	Version   int       `json:"version"`
	Where     string    `json:"where"` // account or platform, in people's words
	URL       string    `json:"url,omitempty"`
	By        string    `json:"-"`
	At        time.Time `json:"-"`
}

// Sighting is the payload of EventSeen and EventUnseen: a crawler found the text on
// an account of ours, or did not within the time.
type Sighting struct {
	Statement string    `json:"statement"`
	Version   int       `json:"version"`
	Source    string    `json:"source,omitempty"`
	URL       string    `json:"url,omitempty"`
	Post      PostKey   `json:"post,omitzero"`
	Likeness  float64   `json:"likeness,omitempty"` // 0 to 1: share of the text that was found
	At        time.Time `json:"-"`
}

// Withdrawal is the payload of EventWithdrawn, EventCountersigned and EventUnsigned.
type Withdrawal struct {
	Statement string `json:"statement"`
	Note      string `json:"note,omitempty"`
}

// Statement finds a statement by its id, nil if there is none.
func (in *Incident) Statement(id string) *Statement {
	for i := range in.Statements {
		if in.Statements[i].ID == id {
			return &in.Statements[i]
		}
	}
	return nil
}

// Version returns a version by its number, nil if there is none.
func (s *Statement) Version(n int) *Version {
	if n < 1 || n > len(s.Versions) {
		return nil
	}
	return &s.Versions[n-1]
}

// Last returns the newest version.
func (s *Statement) Last() *Version { return s.Version(len(s.Versions)) }

// Passed says whether a version has passed a stage: its last review of the stage is good.
func (s *Statement) Passed(version int, stage Stage) bool {
	ok := false
	for _, r := range s.Reviews {
		if r.Version == version && r.Stage == stage {
			ok = r.OK
		}
	}
	return ok
}

// Published says when the statement was first published or seen; zero: not yet.
func (s *Statement) Published() time.Time {
	var first time.Time
	earlier := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	for _, p := range s.Publications {
		earlier(p.At)
	}
	for _, v := range s.Sightings {
		earlier(v.At)
	}
	return first
}

// Authors are those who wrote any version up to n: none of them may approve it.
func (s *Statement) Authors(n int) []string {
	var out []string
	for _, v := range s.Versions[:min(n, len(s.Versions))] {
		if !slices.Contains(out, v.By) {
			out = append(out, v.By)
		}
	}
	return out
}

func (in *Incident) applyDrafted(e *Event, d Draft) error {
	s := in.Statement(d.Statement)
	if s == nil {
		if d.Statement != "s"+strconv.Itoa(len(in.Statements)+1) {
			return fmt.Errorf("statement %q does not follow statement s%d", d.Statement, len(in.Statements))
		}
		in.Statements = append(in.Statements, Statement{ID: d.Statement, Kind: d.Kind, Plan: d.Plan, Step: d.Step})
		s = &in.Statements[len(in.Statements)-1]
	}
	s.Versions = append(s.Versions, Version{N: len(s.Versions) + 1, Text: d.Text, By: e.Actor, At: e.At, Note: d.Note, Findings: d.Findings})
	return nil
}

// stated finds the statement that an event speaks of.
func stated[T any](id func(T) string, f func(*Statement, *Event, T)) func(*Incident, *Event, T) error {
	return func(in *Incident, e *Event, data T) error {
		s := in.Statement(id(data))
		if s == nil {
			return fmt.Errorf("there is no statement %q", id(data))
		}
		f(s, e, data)
		return nil
	}
}

func applyReviewed(s *Statement, e *Event, r Review) {
	r.By, r.At = e.Actor, e.At
	s.Reviews = append(s.Reviews, r)
}

func applyApproved(s *Statement, e *Event, a Approval) {
	s.Approved, s.Approval, s.ApprovedBy, s.ApprovedAt = a.Version, a, e.Actor, e.At
	s.Countersigns, s.Chased = time.Time{}, time.Time{}
	if a.Signer != "" {
		s.Countersigns = e.At.Add(Countersign)
	}
}

func applyCountersigned(s *Statement, _ *Event, _ Withdrawal) {
	s.Countersigns, s.Chased = time.Time{}, time.Time{}
}

func applyUnsigned(s *Statement, e *Event, _ Withdrawal) { s.Chased = e.At }

// Unsigned says whether people are to be told at now that a countersignature is owed:
// half an hour before it is due, when it is, and every two hours from then on.
func (s *Statement) Unsigned(now time.Time) bool {
	if s.Countersigns.IsZero() || s.Withdrawn {
		return false
	}
	next := s.Countersigns.Add(-PromiseNear)
	switch {
	case s.Chased.IsZero():
	case s.Chased.Before(s.Countersigns):
		next = s.Countersigns
	default:
		next = s.Chased.Add(Countersign)
	}
	return !next.After(now)
}

func applyPublished(s *Statement, e *Event, p Publication) {
	p.By, p.At = e.Actor, e.At
	s.Publications = append(s.Publications, p)
}

func applySeen(s *Statement, e *Event, v Sighting) {
	v.At = e.At
	s.Sightings = append(s.Sightings, v)
	s.Missing = time.Time{}
}

func applyUnseen(s *Statement, e *Event, _ Sighting) { s.Missing = e.At }

func applyWithdrawn(s *Statement, _ *Event, _ Withdrawal) { s.Withdrawn = true }
