package console

import (
	"maps"
	"strings"

	"watchfire/crisis"
)

func init() { maps.Copy(tellers, speechTellers) }

// speechTellers say the events about statements, promises and the course of an incident.
var speechTellers = map[crisis.EventKind]func(narrator, *crisis.Event, *entry) error{
	crisis.EventPlanDropped: told(func(n narrator, d crisis.Dropping, out *entry) {
		out.Text, out.Note = n.must("ev.plan.dropped", clean(d.Plan, 60)), cleanText(d.Reason, noteLimit)
	}),
	crisis.EventStepAdded: told(func(n narrator, a crisis.Addition, out *entry) {
		out.Text = n.must("ev.step.added", clean(a.Step.Title, 160))
	}),
	crisis.EventStepSkipped: told(func(n narrator, k crisis.Tick, out *entry) { n.tick("ev.step.skipped", k, out) }),
	crisis.EventReached: told(func(n narrator, m crisis.Milestone, out *entry) {
		out.Note = cleanText(m.Reason, noteLimit)
		if m.At.IsZero() {
			out.Text = n.must("ev.reached.undone", n.sayOr("reached.", m.What))
			return
		}
		out.Text = n.must("ev.reached", n.sayOr("reached.", m.What), n.clock(m.At))
	}),
	crisis.EventConfirmed: told(func(n narrator, c crisis.Confirmation, out *entry) {
		out.Text, out.Note = n.must("ev.confirmed", clean(c.Criterion, 200)), cleanText(c.Note, noteLimit)
	}),
	crisis.EventDrafted: told(func(n narrator, d crisis.Draft, out *entry) {
		v := 1
		if s := n.in.Statement(d.Statement); s != nil {
			for i := range s.Versions {
				if s.Versions[i].At.Equal(out.when) {
					v = s.Versions[i].N
				}
			}
		}
		out.Text, out.Note = n.must("ev.drafted", clean(d.Kind, 40), v), cleanText(d.Note, noteLimit)
	}),
	crisis.EventStatementReviewed: told(func(n narrator, r crisis.Review, out *entry) {
		key := "ev.returned"
		if r.OK {
			key = "ev.reviewed"
		}
		out.Text, out.Note = n.must(key, n.sayOr("stage.", string(r.Stage))), cleanText(r.Note, noteLimit)
	}),
	crisis.EventApproved: told(func(n narrator, a crisis.Approval, out *entry) {
		out.Text, out.Note = n.must("ev.approved"), cleanText(a.Note, noteLimit)
		if a.Signer != "" {
			out.Text = n.must("ev.approved.phone", clean(a.Signer, 40))
		}
	}),
	crisis.EventCountersigned: told(func(n narrator, w crisis.Withdrawal, out *entry) {
		out.Text, out.Note = n.must("ev.countersigned"), cleanText(w.Note, noteLimit)
	}),
	crisis.EventPublished: told(func(n narrator, p crisis.Publication, out *entry) {
		out.Text, out.Link = n.must("ev.published", clean(p.Where, 60)), safeLink(p.URL)
	}),
	crisis.EventSeen: told(func(n narrator, v crisis.Sighting, out *entry) {
		out.Text, out.Link = n.must("ev.seen", percent(v.Likeness)), safeLink(v.URL)
	}),
	crisis.EventUnsigned: told(func(n narrator, _ crisis.Withdrawal, out *entry) { out.Text, out.Red = n.must("ev.unsigned"), true }),
	crisis.EventUnseen:   told(func(n narrator, _ crisis.Sighting, out *entry) { out.Text, out.Red = n.must("ev.unseen"), true }),
	crisis.EventWithdrawn: told(func(n narrator, w crisis.Withdrawal, out *entry) {
		out.Text, out.Note = n.must("ev.withdrawn"), cleanText(w.Note, noteLimit)
	}),
	crisis.EventPromised: told(func(n narrator, p crisis.Promise, out *entry) {
		out.Text = n.must("ev.promised", n.clock(p.Due), clean(p.What, 200))
	}),
	crisis.EventPromiseNear: told(func(n narrator, k crisis.Keeping, out *entry) { out.Text = n.must("ev.promise.near", n.vow(k.Promise)) }),
	crisis.EventPromiseMissed: told(func(n narrator, k crisis.Keeping, out *entry) {
		out.Text, out.Red = n.must("ev.promise.missed", n.vow(k.Promise)), true
	}),
	crisis.EventPromiseKept: told(func(n narrator, k crisis.Keeping, out *entry) {
		out.Text, out.Note, out.Link = n.must("ev.promise.kept", n.vow(k.Promise)), cleanText(k.Note, noteLimit), safeLink(k.Link)
	}),
	crisis.EventPromiseMoved: told(func(n narrator, m crisis.Moving, out *entry) {
		out.Text, out.Note = n.must("ev.promise.moved", n.clock(m.Due), n.vow(m.Promise)), cleanText(m.Reason, noteLimit)
	}),
	crisis.EventFinding: told(func(n narrator, f crisis.Finding, out *entry) {
		out.Text, out.Note = n.must("ev.finding"), cleanText(f.Text, noteLimit)
	}),
	crisis.EventActionAdded:   told(func(n narrator, a crisis.Action, out *entry) { out.Text = n.must("ev.action", clean(a.What, 200)) }),
	crisis.EventActionDone:    told(func(n narrator, a crisis.ActionStep, out *entry) { n.improved("ev.action.done", a, out) }),
	crisis.EventActionChecked: told(func(n narrator, a crisis.ActionStep, out *entry) { n.improved("ev.action.checked", a, out) }),
	crisis.EventAmended: told(func(n narrator, a crisis.Amended, out *entry) {
		out.Text, out.Note = n.must("ev.amended", clean(a.Plan, 60), clean(a.To, 20)), cleanText(strings.Join(a.Changes, "\n"), noteLimit)
	}),
	crisis.EventReviewed: told(func(n narrator, r crisis.Remark, out *entry) {
		out.Text, out.Note = n.must("ev.review"), cleanText(r.Text, noteLimit)
	}),
}

// vow is what a promise says, or its id when it is gone.
func (n narrator) vow(id string) string {
	if p := n.in.Promise(id); p != nil {
		return clean(p.What, 200)
	}
	return clean(id, 20)
}

func (n narrator) improved(key string, a crisis.ActionStep, out *entry) {
	what := clean(a.Action, 20)
	if x := n.in.Action(a.Action); x != nil {
		what = clean(x.What, 200)
	}
	out.Text, out.Note = n.must(key, what), cleanText(a.Note, noteLimit)
}
