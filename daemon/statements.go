package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

// appear is how long after people said that a statement is published it should have been
// seen on an account of ours.
const appear = 15 * time.Minute

// The likeness of a post and a statement from which on it is the statement, and from
// which on it is a changed one: shares of its sentences.
const (
	sameText  = 0.8
	otherText = 0.5
)

// drafted checks a draft by the reply rules before it is recorded. What a browser sends
// as findings does not count.
func (d *Daemon) drafted(in *crisis.Incident, draft crisis.Draft) crisis.Draft {
	if s := in.Statement(draft.Statement); s != nil {
		draft.Kind = s.Kind
	}
	draft.Findings = nil
	for _, o := range d.Objections(in, draft.Kind, draft.Text) {
		draft.Findings = append(draft.Findings, crisis.LintMark{Rule: o.Rule, Severity: o.Severity, Found: o.Found})
	}
	return draft
}

// Objections checks a text for an incident by the reply rules.
func (d *Daemon) Objections(in *crisis.Incident, kind, text string) []playbooks.Objection {
	desk := d.cfg.Desk()
	desk.Secrecy = "asked for before the approval"
	for i := range in.Statements {
		s := &in.Statements[i]
		if v := s.Version(s.Approved); v != nil && !s.Published().IsZero() && !s.Withdrawn {
			desk.Previous = append(desk.Previous, v.Text)
		}
	}
	return d.library.LintReply(playbooks.Draft{Kind: kind, Text: text, Casualty: in.EventLevel != crisis.LevelNone, Desk: desk})
}

// promising adds to a publication what its text promises and which promises it keeps.
// What another place of the same text has promised already is not promised twice.
func (d *Daemon) promising(in *crisis.Incident, p crisis.Publishing, at time.Time) crisis.Publishing {
	s := in.Statement(p.Statement)
	if s == nil || s.Version(p.Version) == nil {
		return p
	}
	p.Keeps = nil
	for _, id := range in.Kept(s.Kind) {
		if in.Promise(id).Statement != s.ID {
			p.Keeps = append(p.Keeps, id)
		}
	}
	p.Promises = nil
	for _, g := range playbooks.Promised(s.Version(p.Version).Text, at.In(d.cfg.Zoned()), d.cfg.Holidays.works) {
		if !slices.ContainsFunc(in.Promises, func(have crisis.Promise) bool {
			return have.Statement == s.ID && have.Kind == g.Kind && have.What == g.What
		}) {
			p.Promises = append(p.Promises, crisis.Promise{Kind: g.Kind, What: g.What, Due: g.Due.UTC()})
		}
	}
	return p
}

// sighted looks for approved statements among posts of our own accounts, and records
// where each was found, in the transaction that stores the posts: then the step that
// waits for the publication ticks itself, with the link as evidence. A text that was
// changed on the way is told. It says whether anything was found.
func (d *Daemon) sighted(tx *store.Tx, saved []store.Saved, now time.Time) (bool, error) {
	var own []*crisis.Post
	for i := range saved {
		if d.room.ours[saved[i].Post.Source] {
			own = append(own, saved[i].Post)
		}
	}
	if len(own) == 0 {
		return false, nil
	}
	rows, err := tx.OpenIncidents()
	if err != nil {
		return false, err
	}
	found := false
	for _, row := range rows {
		in, _, err := tx.Incident(row.ID)
		if err != nil {
			return found, err
		}
		for _, p := range own {
			events := d.sightings(&in, p, now)
			if len(events) == 0 {
				continue
			}
			found = true
			if _, err := record(tx, now, &in, events...); err != nil {
				return found, fmt.Errorf("statement of incident %s seen: %w", in.ID, err)
			}
		}
	}
	return found, nil
}

// sightings are the events that a post of ours causes in an incident.
func (d *Daemon) sightings(in *crisis.Incident, p *crisis.Post, now time.Time) []crisis.Event {
	label := d.sourceConfig(p.Source).Label()
	var out []crisis.Event
	for i := range in.Statements {
		s := &in.Statements[i]
		v := s.Version(s.Approved)
		seen := slices.ContainsFunc(s.Sightings, func(x crisis.Sighting) bool { return x.Source == p.Source })
		if v == nil || s.Withdrawn || seen || p.Published.Before(s.ApprovedAt.Add(-time.Hour)) {
			continue
		}
		like := likeness(v.Text, p.FullText())
		add := func(kind crisis.EventKind, data any) {
			out = append(out, crisis.NewEvent(kind, now, crisis.Machine, data))
		}
		switch {
		case like >= sameText:
			first := s.Published().IsZero()
			add(crisis.EventSeen, crisis.Sighting{Statement: s.ID, Version: v.N, Source: p.Source, URL: p.URL, Post: p.Key(), Likeness: like})
			if first { // nobody has said so yet, and it is out
				pub := d.promising(in, crisis.Publishing{Publication: crisis.Publication{Statement: s.ID, Version: v.N, Where: label, URL: p.URL}}, p.Published)
				out = append(out, in.Published(pub, now)...)
			}
			if step := in.Publishing(s); step != nil {
				add(crisis.EventStepDone, crisis.Tick{Plan: step.Plan, Step: step.ID, Note: label, Link: p.URL})
			}
		case like >= otherText:
			text := fmt.Sprintf("%s上的文字与签发稿不一致（相同%.0f%%），请核对", label, 100*like)
			if d.cfg.Lang == "en" {
				text = fmt.Sprintf("The text on %s differs from what was approved (%.0f%% the same): compare them", label, 100*like)
			}
			add(crisis.EventNote, crisis.Remark{Text: text, Link: p.URL, Plan: s.Plan, Step: s.Step})
		}
	}
	return out
}

// likeness is the share of a statement's sentences, by their length, that a post has
// word for word. White space, marks and width do not matter: platforms change them.
func likeness(statement, post string) float64 {
	hay := playbooks.Bare(post)
	all, found := 0, 0
	for _, s := range playbooks.Sentences(statement) {
		if utf8.RuneCountInString(s) < 4 {
			continue
		}
		all += len(s)
		if strings.Contains(hay, s) {
			found += len(s)
		}
	}
	if all == 0 {
		return 0
	}
	return float64(found) / float64(all)
}

// vows tells people of promises that are near or missed, of statements that did not
// appear, and of countersignatures that are owed.
func (r *responder) vows(a *appointment) error {
	in := a.in
	events := in.Owed(r.now)
	var said []string
	kind := crisis.AlertUpdate
	say := func(loud crisis.AlertKind, words string) {
		if said = append(said, words); loudness[loud] > loudness[kind] {
			kind = loud
		}
	}
	for i := range events {
		p := in.Promise(promiseOf(&events[i]))
		say(crisis.AlertPromise, r.d.vow(p, events[i].Kind))
		r.note(in, string(events[i].Kind), p.What)
	}
	add := func(e crisis.EventKind, data any, detail string) {
		events = append(events, crisis.NewEvent(e, r.now, crisis.Machine, data))
		r.note(in, string(e), detail)
	}
	for i := range in.Statements {
		s := &in.Statements[i]
		if r.overdueSight(s) {
			add(crisis.EventUnseen, crisis.Sighting{Statement: s.ID, Version: s.Approved}, s.ID)
			say(crisis.AlertUnseen, r.d.prefer(
				fmt.Sprintf("已登记发布的声明，过了%d分钟还没在本单位账号上采集到，请打开页面看一眼是否真的发出", int(appear/time.Minute)),
				fmt.Sprintf("A statement was said to be published, but %d minutes later no account of ours shows it: look whether it is really out", int(appear/time.Minute))))
		}
		if s.Unsigned(r.now) {
			add(crisis.EventUnsigned, crisis.Withdrawal{Statement: s.ID}, s.Approval.Signer)
			say(crisis.AlertUnsigned, r.d.unsigned(s))
		}
	}
	if len(events) == 0 {
		return nil
	}
	next, err := r.record(in, events...)
	if err != nil {
		return err
	}
	a.in = next
	return r.oweWith(next, kind, strings.Join(said, r.d.prefer("；", "; ")))
}

// unsigned says who is to countersign, and by when.
func (d *Daemon) unsigned(s *crisis.Statement) string {
	at := s.Countersigns.In(d.cfg.Zoned()).Format("15:04")
	return d.prefer(
		fmt.Sprintf("%s电话同意签发的声明要在%s前补签，登录后在声明页面补签留痕", s.Approval.Signer, at),
		fmt.Sprintf("%s approved a statement by telephone and countersigns it by %s, on the page of the statement", s.Approval.Signer, at))
}

// overdueSight says whether a statement should have been seen by now on an account of
// ours, and can be: what we are blind to is not missing.
func (r *responder) overdueSight(s *crisis.Statement) bool {
	if s.Withdrawn || len(s.Sightings) > 0 || !s.Missing.IsZero() || len(s.Publications) == 0 || r.now.Sub(s.Publications[0].At) < appear {
		return false
	}
	blind := r.sees.blind()
	for name := range r.d.room.ours {
		if !slices.Contains(blind, name) {
			return true
		}
	}
	return false
}

// vow says what is to be done about a promise.
func (d *Daemon) vow(p *crisis.Promise, kind crisis.EventKind) string {
	at := p.Due.In(d.cfg.Zoned()).Format("15:04")
	if kind == crisis.EventPromiseNear {
		return d.prefer(fmt.Sprintf("%s前要兑现对公众的承诺：“%s”", at, p.What), fmt.Sprintf("Promised to the public for %s: “%s”", at, p.What))
	}
	return d.prefer(
		fmt.Sprintf("承诺公众的时间%s已过，还没有兑现：“%s”。马上发布，或者说明新的时间和原因", at, p.What),
		fmt.Sprintf("The time promised to the public, %s, has passed: “%s”. Publish now, or tell them another time and why", at, p.What))
}

// promiseOf is the promise that an event of Incident.Owed speaks of.
func promiseOf(e *crisis.Event) string {
	k, _ := e.Keeping()
	return k.Promise
}
