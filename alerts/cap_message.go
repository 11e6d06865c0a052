package alerts

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"

	"watchfire/crisis"
)

// capMessage is a message of CAP 1.2, in the order of its schema
// (https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html).
type capMessage struct {
	XMLName     xml.Name `xml:"urn:oasis:names:tc:emergency:cap:1.2 alert"`
	Identifier  string   `xml:"identifier"`
	Sender      string   `xml:"sender"`
	Sent        string   `xml:"sent"`
	Status      string   `xml:"status"`
	MsgType     string   `xml:"msgType"`
	Source      string   `xml:"source,omitempty"`
	Scope       string   `xml:"scope"`
	Restriction string   `xml:"restriction,omitempty"`
	References  string   `xml:"references,omitempty"`
	Incidents   string   `xml:"incidents,omitempty"`
	Info        capInfo  `xml:"info"`
}

type capInfo struct {
	Language     string     `xml:"language"`
	Category     string     `xml:"category"`
	Event        string     `xml:"event"`
	ResponseType string     `xml:"responseType"`
	Urgency      string     `xml:"urgency"`
	Severity     string     `xml:"severity"`
	Certainty    string     `xml:"certainty"`
	Expires      string     `xml:"expires"`
	SenderName   string     `xml:"senderName,omitempty"`
	Headline     string     `xml:"headline"`
	Description  string     `xml:"description"`
	Instruction  string     `xml:"instruction,omitempty"`
	Web          string     `xml:"web,omitempty"`
	Parameters   []capValue `xml:"parameter"`
	Area         *capArea   `xml:"area"`
}

type capValue struct {
	Name  string `xml:"valueName"`
	Value string `xml:"value"`
}

type capArea struct {
	Desc string `xml:"areaDesc"`
}

// capDuty says for whom the messages are.
var capDuty = fix{"仅限值班和应急处置人员，不对外发布", "for people on duty only, not for the public"}

// message puts an alert into the form of CAP; refer completes it.
func (c *CAP) message(a crisis.Alert) *capMessage {
	a.Taps = nil // a folder has more readers than the one for whom a link acts
	t := tell(a)
	m := &capMessage{
		Identifier: capID(a.ID), Sender: c.Sender, Sent: capTime(a.At, t.zone), Status: "Actual", MsgType: "Alert", Source: "Watchfire",
		Scope: "Restricted", Restriction: capDuty.in(a.Lang), Incidents: capIncident(a),
	}
	switch {
	case a.Drill:
		m.Status = "Exercise"
	case a.Kind == crisis.AlertTest:
		m.Status = "Test"
	case a.Trouble != nil, a.Alive != nil:
		m.Status = "System"
	}
	m.Info = capInfo{
		Language: "zh-CN", Category: "Other", Event: Clean(a.Title, 60), Expires: capTime(a.At.Add(c.Expires), t.zone), SenderName: Clean(a.Org, 80),
		Headline: Headline(a), Description: afterHeadline(a), Web: webAddress(a.Link),
	}
	in := &m.Info
	if a.Lang == "en" {
		in.Language = "en-US"
	}
	switch {
	case a.Ask != nil:
		in.Category, in.Event = "Rescue", Clean(a.Ask.Quote, 60)
	case a.Trouble != nil, a.Alive != nil:
		in.Category = "Infra"
	}
	if in.Event == "" {
		in.Event = in.Headline
	}
	in.Urgency, in.Severity, in.Certainty = capGravity(a)
	in.ResponseType, in.Instruction = capResponse(t)
	if c.Area != "" {
		in.Area = &capArea{Clean(c.Area, 80)}
	}
	for _, p := range []capValue{
		{"watchfire:kind", string(a.Kind)}, {"watchfire:level", a.Level.String()}, {"watchfire:event-level", a.EventLevel.String()}, {"watchfire:opinion-level", a.OpinionLevel.String()},
	} {
		if p.Value != "" {
			in.Parameters = append(in.Parameters, p)
		}
	}
	return m
}

// refer makes an update or a cancellation of a message whose incident has some in
// force already: it takes the place of all of them.
func (m *capMessage) refer(before []capFile, a crisis.Alert) {
	var refs []string
	for _, x := range before {
		switch {
		case x.Incidents != m.Incidents:
		case x.MsgType == "Cancel":
			refs = nil
		default:
			refs = append(refs, x.Sender+","+x.Identifier+","+x.Sent)
		}
	}
	if len(refs) == 0 {
		return
	}
	m.References, m.MsgType = strings.Join(refs, " "), "Update"
	if a.Closed || a.Kind == crisis.AlertSight {
		m.MsgType = "Cancel"
	}
}

// capSeverity maps the response level to how much harm there may be.
var capSeverity = map[crisis.Level]string{
	crisis.LevelNone: "Unknown", crisis.LevelI: "Extreme", crisis.LevelII: "Severe", crisis.LevelIII: "Moderate", crisis.LevelIV: "Minor",
}

// capGravity says how soon one must act, how grave it is and how sure we are. That
// people talk is counted; what they talk about is sure only when a person has graded
// the event itself.
func capGravity(a crisis.Alert) (urgency, severity, certainty string) {
	urgency, severity, certainty = "Expected", capSeverity[a.Level], "Likely"
	if a.EventLevel != crisis.LevelNone {
		certainty = "Observed"
	}
	if a.Level == crisis.LevelI || a.Level == crisis.LevelII || len(a.Overdue) > 0 {
		urgency = "Immediate"
	}
	switch {
	case a.Ask != nil:
		return "Immediate", "Extreme", "Possible"
	case a.Kind == crisis.AlertTest, a.Kind == crisis.AlertDigest, a.Alive != nil:
		return "Unknown", "Unknown", "Unknown"
	case a.Closed, a.Kind == crisis.AlertSight:
		urgency = "Past"
	}
	if a.Trouble != nil {
		severity, certainty = "Minor", "Observed"
	}
	return urgency, severity, certainty
}

// capResponse is what the standard calls Execute, an activity planned beforehand and
// named in the instruction: the steps of the plan.
func capResponse(t teller) (response, instruction string) {
	switch {
	case t.a.Closed, t.a.Kind == crisis.AlertSight:
		return "AllClear", ""
	case t.a.Ask != nil:
		return "Execute", t.handOn
	}
	lines := append(t.lapses(), append(t.nearly(), append(t.todo(), t.redLines()...)...)...)
	if len(lines) == 0 {
		return "Monitor", ""
	}
	if p := planTitle(t.a); p != "" {
		lines = append([]string{fmt.Sprintf(t.plan, Clean(p, 60))}, lines...)
	}
	return "Execute", strings.Join(lines, "\n")
}

// The Atom feed (RFC 4287) that lists the messages.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomEntry struct {
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Link    atomLink `xml:"link"`
	Summary string   `xml:"summary"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr,omitempty"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

// feed lists messages, newest first.
func (c *CAP) feed(all []capFile) atomFeed {
	base := ""
	if c.URL != "" {
		base = strings.TrimSuffix(c.URL, "/") + "/"
	}
	newest := all[0]
	f := atomFeed{
		ID: "urn:watchfire:cap:" + url.PathEscape(c.Sender), Title: "Watchfire", Updated: atomTime(newest), Author: c.Sender,
		Links: []atomLink{{"self", "application/atom+xml", base + "index.atom"}},
	}
	if newest.Info.SenderName != "" {
		f.Title, f.Author = newest.Info.SenderName, newest.Info.SenderName
	}
	for _, m := range all {
		f.Entries = append(f.Entries, atomEntry{
			ID: "urn:watchfire:cap:" + m.Identifier, Title: m.Info.Headline, Updated: atomTime(m), Summary: m.Info.Description,
			Link: atomLink{"alternate", "application/cap+xml", base + m.name},
		})
	}
	return f
}

func atomTime(m capFile) string { return m.at().UTC().Format("2006-01-02T15:04:05Z") }
