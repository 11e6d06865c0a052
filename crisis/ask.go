package crisis

import (
	"slices"
	"strings"
	"time"
)

// AskClass is what somebody who writes to us needs (诉求类别). "" is nothing.
type AskClass string

// The classes, most urgent first.
const (
	AskRescue     AskClass = "rescue"     // people in danger ask for help (求助求救)
	AskMedia      AskClass = "media"      // a journalist asks (媒体求证)
	AskTipOff     AskClass = "tipoff"     // somebody reports a wrong, in confidence (举报)
	AskError      AskClass = "error"      // something of ours is wrong or does not work (纠错)
	AskComplaint  AskClass = "complaint"  // (投诉)
	AskSuggestion AskClass = "suggestion" // (建议)
	AskQuestion   AskClass = "question"   // (咨询)
	AskAbuse      AskClass = "abuse"      // insults, to be looked at and not to be answered in kind (辱骂)
	AskEmotion    AskClass = "emotion"    // feelings without a request (情绪)
)

// AskClasses are all classes, most urgent first.
var AskClasses = []AskClass{AskRescue, AskMedia, AskTipOff, AskError, AskComplaint, AskSuggestion, AskQuestion, AskAbuse, AskEmotion}

// AskState is how far the answer is.
type AskState string

// The states of a request.
const (
	AskOpen        AskState = "open"        // nobody has it
	AskClaimed     AskState = "claimed"     // somebody has it (已认领)
	AskAnswered    AskState = "answered"    // a person answered
	AskTransferred AskState = "transferred" // handed to a department (已转办)
	AskDismissed   AskState = "dismissed"   // no request at all
)

// Done says whether nobody waits any more.
func (s AskState) Done() bool {
	return s == AskAnswered || s == AskTransferred || s == AskDismissed
}

// Ask is one request in the queue (诉求): the first post of a near-duplicate group.
// It holds nothing about who wrote it.
type Ask struct {
	Key       PostKey   `json:"key"`
	Class     AskClass  `json:"class"`
	Why       string    `json:"why"`    // the words that decided
	Topics    []string  `json:"topics"` // ids
	Source    string    `json:"source"`
	Link      string    `json:"link,omitempty"`
	Quote     string    `json:"quote"`
	Published time.Time `json:"published"`
	Received  time.Time `json:"received"`     // when we saw it
	Due       time.Time `json:"due,omitzero"` // zero: no deadline
	State     AskState  `json:"state"`
	By        string    `json:"by,omitempty"` // who acted last
	At        time.Time `json:"at,omitzero"`  // when
	Note      string    `json:"note,omitempty"`
	Answer    string    `json:"answer,omitempty"` // address of the answer
	Count     int       `json:"count"`            // near-duplicates, itself included
	Told      int       `json:"told"`             // how often people were rung up for it
	Rings     bool      `json:"rings"`            // young enough at arrival to ring people up
	Print     uint64    `json:"-"`
}

// AskAct is what a person does to a request.
type AskAct struct {
	Key   PostKey
	Do    string // a state, or "class"
	By    string
	Class AskClass // of "class": what it is instead
	Note  string
	Link  string // of an answer
}

// AskReclass is the act that gives a request another class.
const AskReclass = "class"

// Decide returns the request as the act leaves it, or refuses it with a reason for the
// person. due gives the deadline of a class that begins at a time.
func (a Ask) Decide(x AskAct, now time.Time, due func(AskClass, time.Time) time.Time) (Ask, error) {
	if strings.TrimSpace(x.By) == "" {
		return a, refuse("nobody is named as the actor")
	}
	state := AskState(x.Do)
	switch {
	case state == AskOpen && !a.State.Done():
		return a, refuse("the request waits already")
	case state != AskOpen && a.State.Done():
		return a, refuse("the request is %s already", a.State)
	case state == AskAnswered && strings.TrimSpace(x.Note) == "" && x.Link == "":
		return a, refuse("an answer needs its words or its address")
	case state == AskTransferred && strings.TrimSpace(x.Note) == "":
		return a, refuse("a transfer needs the department")
	}
	switch {
	case x.Do == AskReclass:
		if !slices.Contains(AskClasses, x.Class) || x.Class == a.Class {
			return a, refuse("%q is no other class", x.Class)
		}
		a.Class, a.Due = x.Class, due(x.Class, now)
		a.Rings, a.Told = x.Class == AskRescue, 0
	case state == AskOpen, state == AskClaimed, state.Done():
		a.State = state
	default:
		return a, refuse("%q is not something a person does", x.Do)
	}
	a.By, a.At, a.Note, a.Answer = x.By, now, x.Note, x.Link
	return a, nil
}
