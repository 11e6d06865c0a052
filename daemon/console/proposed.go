package console

import "watchfire/crisis"

// proposedView is a graver level that the machine proposes where a person has decided.
type proposedView struct {
	Head   string
	Text   string
	Reason string
}

// fillProposed shows what the machine proposes while nobody has answered it.
func (p *incidentPage) fillProposed(in *crisis.Incident) {
	if in.Proposal == nil || in.Ruling == nil || !in.Open() {
		return
	}
	p.Proposed = &proposedView{
		Head:   p.must("proposed.head", p.numeral(in.Proposal.Opinion)),
		Text:   p.must("proposed.text", clean(in.Ruling.By, 40), p.clock(in.Ruling.At)),
		Reason: clean(p.prefer(in.Proposal.Reason, in.Proposal.ReasonEN), 300),
	}
}
