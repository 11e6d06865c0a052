package crisis

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The kinds of promises.
const (
	PromiseUpdate   = "next_update" // when the public will hear more
	PromiseFollowUp = "followup"    // when we will look at it again
	PromiseResult   = "result"      // when the result is known
)

// Promise is a time we owe the public (承诺): the payload of EventPromised. It is
// overdue until it is kept, however little anybody still talks about it.
type Promise struct {
	ID        string    `json:"id"` // p1, p2, …
	Kind      string    `json:"kind"`
	What      string    `json:"what"` // the words in which it was given
	Due       time.Time `json:"due"`
	Statement string    `json:"statement,omitempty"` // where it was given

	MadeAt   time.Time   `json:"-"`
	Was      []time.Time `json:"-"` // due times before it was moved
	KeptAt   time.Time   `json:"-"` // zero while open
	KeptBy   string      `json:"-"`
	Link     string      `json:"-"`
	Note     string      `json:"-"`
	Reminded time.Time   `json:"-"` // the due time of which people have been reminded
	Missed   time.Time   `json:"-"` // the first due time that passed and was told
	Told     time.Time   `json:"-"` // the last such
}

// Open says whether the promise is still owed.
func (p *Promise) Open() bool { return p.KeptAt.IsZero() }

// InTime says whether a kept promise was kept when it was first due, without having
// been put off after that time had passed.
func (p *Promise) InTime() bool { return !p.Open() && p.Missed.IsZero() && !p.KeptAt.After(p.Due) }

// Keeping is the payload of EventPromiseKept and EventPromiseMissed.
type Keeping struct {
	Promise   string    `json:"promise"`
	Statement string    `json:"statement,omitempty"`
	Link      string    `json:"link,omitempty"`
	Note      string    `json:"note,omitempty"`
	Due       time.Time `json:"due,omitzero"`
}

// Keeping returns the payload of an event about a promise that is near, missed or kept.
func (e *Event) Keeping() (Keeping, bool) {
	var k Keeping
	switch e.Kind {
	case EventPromiseNear, EventPromiseMissed, EventPromiseKept:
		return k, json.Unmarshal(e.Data, &k) == nil
	}
	return k, false
}

// Moving is the payload of EventPromiseMoved: the public was told another time.
type Moving struct {
	Promise string    `json:"promise"`
	Due     time.Time `json:"due"`
	Reason  string    `json:"reason"`
}

// Promise finds a promise by its id, nil if there is none.
func (in *Incident) Promise(id string) *Promise {
	for i := range in.Promises {
		if in.Promises[i].ID == id {
			return &in.Promises[i]
		}
	}
	return nil
}

// OpenPromises returns the promises that are still owed, in the order in which they were made.
func (in *Incident) OpenPromises() []*Promise {
	var out []*Promise
	for i := range in.Promises {
		if in.Promises[i].Open() {
			out = append(out, &in.Promises[i])
		}
	}
	return out
}

// PromiseNear is how long before a promise is due people are reminded of it.
const PromiseNear = 30 * time.Minute

// Owed returns what is to be told of promises at now: each that is due soon and of which
// nobody was reminded, and each that has passed, once for every time that was given.
func (in *Incident) Owed(now time.Time) []Event {
	var out []Event
	for _, p := range in.OpenPromises() {
		k := Keeping{Promise: p.ID, Due: p.Due}
		switch {
		case !p.Due.After(now):
			if !p.Told.Equal(p.Due) {
				out = append(out, NewEvent(EventPromiseMissed, now, Machine, k))
			}
		case !p.Due.After(now.Add(PromiseNear)) && !p.Reminded.Equal(p.Due):
			out = append(out, NewEvent(EventPromiseNear, now, Machine, k))
		}
	}
	return out
}

// owed returns the earliest open promise that a step which runs from promises keeps,
// nil if there is none: an update keeps when more was to be said, a final statement
// when the result was to be known, any other step the rest.
func (in *Incident) owed(s *StepState) *Promise {
	var first *Promise
	for _, p := range in.OpenPromises() {
		if serves(s.Template, p.Kind) && (first == nil || p.Due.Before(first.Due)) {
			first = p
		}
	}
	return first
}

// serves says whether a statement of a kind keeps promises of a kind.
func serves(statement, promise string) bool {
	switch statement {
	case "update":
		return promise == PromiseUpdate
	case "final":
		return promise == PromiseUpdate || promise == PromiseResult
	}
	return promise != PromiseUpdate && promise != PromiseResult
}

func (in *Incident) nextPromise() string { return "p" + strconv.Itoa(len(in.Promises)+1) }

func (in *Incident) applyPromised(e *Event, p Promise) error {
	if p.ID != in.nextPromise() {
		return fmt.Errorf("promise %q does not follow promise p%d", p.ID, len(in.Promises))
	}
	p.MadeAt = e.At
	in.Promises = append(in.Promises, p)
	return nil
}

// promised finds the promise that an event speaks of.
func promised[T any](id func(T) string, f func(*Promise, *Event, T)) func(*Incident, *Event, T) error {
	return func(in *Incident, e *Event, data T) error {
		p := in.Promise(id(data))
		if p == nil {
			return fmt.Errorf("there is no promise %q", id(data))
		}
		f(p, e, data)
		return nil
	}
}

func applyKept(p *Promise, e *Event, k Keeping) {
	p.KeptAt, p.KeptBy, p.Link, p.Note = e.At, e.Actor, k.Link, k.Note
}

func applyNear(p *Promise, _ *Event, k Keeping) { p.Reminded = k.Due }

func applyMissed(p *Promise, _ *Event, k Keeping) {
	p.Told = k.Due
	if p.Missed.IsZero() {
		p.Missed = k.Due
	}
}

func applyMoved(p *Promise, _ *Event, m Moving) {
	p.Was = append(p.Was, p.Due)
	p.Due = m.Due
}

func decidePromise(c *causes, p Promise) error {
	switch {
	case strings.TrimSpace(p.What) == "":
		return refuse("the promise has no words")
	case !p.Due.After(c.at):
		return refuse("a promise is due after it is made")
	}
	p.ID = c.in.nextPromise()
	c.add(EventPromised, p)
	return nil
}

func decideKeep(c *causes, k Keeping) error {
	switch p := c.in.Promise(k.Promise); {
	case p == nil:
		return refuse("there is no promise %q", k.Promise)
	case !p.Open():
		return refuse("the promise is kept already, by %s", p.KeptBy)
	case k.Link == "" && strings.TrimSpace(k.Note) == "" && k.Statement == "":
		return refuse("say how the promise was kept: a link or a note")
	}
	c.add(EventPromiseKept, k)
	return nil
}

func decideMove(c *causes, m Moving) error {
	switch p := c.in.Promise(m.Promise); {
	case p == nil:
		return refuse("there is no promise %q", m.Promise)
	case !p.Open():
		return refuse("the promise is kept already, by %s", p.KeptBy)
	case !m.Due.After(c.now):
		return refuse("the new time must lie in the future")
	case strings.TrimSpace(m.Reason) == "":
		return refuse("putting off a promise needs a reason that the public was told")
	}
	c.add(EventPromiseMoved, m)
	return nil
}
