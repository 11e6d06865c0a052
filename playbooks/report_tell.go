package playbooks

import (
	"strings"

	"watchfire/crisis"
)

// eventNames are what the kinds of events are called in a report.
var eventNames = map[crisis.EventKind]Text{
	crisis.EventDetected: {"发现并立案", "Detected, incident opened"}, crisis.EventSignal: {"新的信号", "Further signal"},
	crisis.EventLevel: {"定级", "Graded"}, crisis.EventProposed: {"系统建议定级", "Level proposed"}, crisis.EventPlanned: {"启用预案", "Plan attached"},
	crisis.EventAcknowledged: {"签收", "Acknowledged"}, crisis.EventStepDone: {"完成", "Done"}, crisis.EventStepReopened: {"撤销完成", "Tick taken back"},
	crisis.EventStepOverdue: {"超时", "Overdue"}, crisis.EventNote: {"备注", "Note"}, crisis.EventHappened: {"登记事发时间", "Time of the event recorded"},
	crisis.EventAlertSent: {"警报送达", "Alert delivered"}, crisis.EventAlertRefused: {"警报未送达", "Alert refused"}, crisis.EventAlertResent: {"警报重发", "Alert sent again"},
	crisis.EventReminded: {"时限提醒", "Reminded"}, crisis.EventNoticed: {"登记得知时间", "Time of notice recorded"}, crisis.EventPaused: {"暂停计时", "Clocks paused"},
	crisis.EventResumed: {"恢复计时", "Clocks resumed"}, crisis.EventEscalated: {"提级催办", "Escalated"}, crisis.EventLapsed: {"签收失效", "Acknowledgement lapsed"},
	crisis.EventHandedOver: {"交接班", "Handed over"}, crisis.EventRecused: {"回避", "Recused"}, crisis.EventRestricted: {"限定知悉", "Restricted"}, crisis.EventPromiseNear: {"承诺将到期", "Promise nearly due"},
	crisis.EventBlind: {"有来源看不到", "Sources cannot be seen"}, crisis.EventQuiet: {"结案条件（机器部分）具备", "Quiet: the criteria a machine checks hold"},
	crisis.EventClosed: {"结案", "Closed"}, crisis.EventReopened: {"重新立案", "Reopened"}, crisis.EventVerdict: {"研判结论", "Verdict"},
	crisis.EventPlanDropped: {"停用预案", "Plan taken off"}, crisis.EventStepAdded: {"临时增加步骤", "Step added by hand"}, crisis.EventStepSkipped: {"不适用", "Left out"},
	crisis.EventAssigned: {"指派", "Assigned"}, crisis.EventReached: {"节点", "Milestone"}, crisis.EventConfirmed: {"确认结案条件", "Closing criterion confirmed"},
	crisis.EventDrafted: {"声明起草", "Statement drafted"}, crisis.EventStatementReviewed: {"声明审查", "Statement reviewed"}, crisis.EventApproved: {"声明签发", "Statement approved"},
	crisis.EventCountersigned: {"补签", "Countersigned"}, crisis.EventPublished: {"声明发布", "Statement published"}, crisis.EventSeen: {"在我方账号看到声明", "Statement seen on our account"},
	crisis.EventUnseen: {"声明没有按时出现", "Statement has not appeared in time"}, crisis.EventUnsigned: {"提醒补签", "Reminded of a countersignature"}, crisis.EventWithdrawn: {"声明撤下", "Statement withdrawn"},
	crisis.EventPromised: {"对外承诺", "Promise made"}, crisis.EventPromiseKept: {"承诺兑现", "Promise kept"}, crisis.EventPromiseMissed: {"承诺逾期", "Promise missed"}, crisis.EventPromiseMoved: {"承诺改期", "Promise moved"},
	crisis.EventFinding: {"复盘记录", "Finding"}, crisis.EventActionAdded: {"改进项", "Improvement"}, crisis.EventActionDone: {"改进项完成", "Improvement done"},
	crisis.EventActionChecked: {"改进项验收", "Improvement checked"}, crisis.EventAmended: {"预案修订", "Plan amended"}, crisis.EventReviewed: {"复盘完成", "Review finished"},
}

// tell says one event in a line: what it is and what it carries.
func (w *reporter) tell(e *crisis.Event) string {
	name := string(e.Kind)
	if t, ok := eventNames[e.Kind]; ok {
		name = t.In(w.lang)
	}
	detail := tidyLine(w.detail(e), 300)
	if detail == "" {
		return name
	}
	return name + w.w("：", ": ") + detail
}

func (w *reporter) detail(e *crisis.Event) string {
	switch e.Kind {
	case crisis.EventDetected:
		return w.signal(payload[crisis.Detected](e).Signal)
	case crisis.EventSignal:
		return w.signal(payload[crisis.Signal](e))
	case crisis.EventLevel, crisis.EventProposed:
		c := payload[crisis.LevelChange](e)
		return w.level(crisis.Gravest(c.Event, c.Opinion)) + w.w("，", ", ") + w.w(c.Reason, orElse(c.ReasonEN, c.Reason))
	case crisis.EventPlanned:
		p := payload[crisis.Plan](e)
		return w.w(p.Title, orElse(p.TitleEN, p.Title)) + " " + p.Version
	case crisis.EventStepDone, crisis.EventStepReopened, crisis.EventStepSkipped:
		t := payload[crisis.Tick](e)
		return w.words(w.title(t.Plan, t.Step), t.Note, webLink(t.Link))
	case crisis.EventStepOverdue:
		o := payload[crisis.Overdue](e)
		red := ""
		if o.RedLine != "" {
			red = w.w("红线", "red line")
		}
		return w.words(w.title(o.Plan, o.Step), red, w.w("应于", "due ")+w.clock(o.Due))
	case crisis.EventStepAdded:
		s := payload[crisis.Addition](e).Step
		return w.w(s.Title, orElse(s.TitleEN, s.Title))
	case crisis.EventAssigned:
		a := payload[crisis.Assignment](e)
		return w.words(w.title(a.Plan, a.Step), a.To)
	case crisis.EventHappened, crisis.EventNoticed:
		a := payload[crisis.Anchored](e)
		if a.First != "" {
			return w.words(w.clock(a.At), w.w("先发现的是：", "noticed first: ")+w.finder(a.First), a.Reason)
		}
		return w.words(w.clock(a.At), a.Reason)
	case crisis.EventAlertRefused, crisis.EventAlertResent, crisis.EventAlertSent:
		d := payload[crisis.Delivery](e)
		return w.words(w.alert(d.Kind), d.Channel, d.Detail)
	case crisis.EventClosed:
		end := payload[crisis.Ending](e)
		if len(end.Unmet) > 0 {
			return w.words(end.Text, w.w("未确认：", "not confirmed: ")+strings.Join(end.Unmet, w.w("、", ", ")))
		}
		return end.Text
	case crisis.EventVerdict:
		j := payload[crisis.Judged](e)
		return w.words(map[crisis.Verdict]Text{crisis.VerdictReal: {"属实", "real"}, crisis.VerdictNoise: {"误报", "noise"}, crisis.VerdictKnown: {"已知情况", "known"}}[j.Verdict].In(w.lang), j.Note)
	case crisis.EventPlanDropped:
		d := payload[crisis.Dropping](e)
		return w.words(d.Plan, d.Reason)
	case crisis.EventReached:
		m := payload[crisis.Milestone](e)
		return w.words(m.What, w.clock(m.At), m.Reason)
	case crisis.EventConfirmed:
		c := payload[crisis.Confirmation](e)
		return w.words(c.Criterion, c.Note)
	}
	return w.detailMore(e)
}

func (w *reporter) detailMore(e *crisis.Event) string {
	switch e.Kind {
	case crisis.EventDrafted:
		d := payload[crisis.Draft](e)
		return w.words(d.Statement+" "+w.kind(d.Kind), d.Note)
	case crisis.EventStatementReviewed:
		r := payload[crisis.Review](e)
		result := w.w("通过", "passed")
		if !r.OK {
			result = w.w("退回", "sent back")
		}
		return w.words(r.Statement, w.stage(r.Stage), result, r.Note)
	case crisis.EventApproved:
		a := payload[crisis.Approval](e)
		signer := ""
		if a.Signer != "" {
			signer = w.w("电话签发：", "by telephone: ") + a.Signer
		}
		return w.words(a.Statement, signer, w.sinceDraft(a.Statement, e.At), a.Note)
	case crisis.EventPublished:
		p := payload[crisis.Publication](e)
		return w.words(p.Statement, p.Where, webLink(p.URL))
	case crisis.EventSeen, crisis.EventUnseen:
		v := payload[crisis.Sighting](e)
		return w.words(v.Statement, v.Source, webLink(v.URL))
	case crisis.EventWithdrawn, crisis.EventCountersigned:
		d := payload[crisis.Withdrawal](e)
		return w.words(d.Statement, d.Note)
	case crisis.EventPromised:
		p := payload[crisis.Promise](e)
		return w.words(p.ID+" "+p.What, w.w("应于", "due ")+w.clock(p.Due))
	case crisis.EventPromiseKept, crisis.EventPromiseMissed:
		k := payload[crisis.Keeping](e)
		return w.words(k.Promise, k.Note, webLink(k.Link))
	case crisis.EventPromiseMoved:
		m := payload[crisis.Moving](e)
		return w.words(m.Promise, w.w("改为", "now due ")+w.clock(m.Due), m.Reason)
	case crisis.EventFinding:
		f := payload[crisis.Finding](e)
		return w.words(f.Question, f.Text)
	case crisis.EventActionAdded:
		a := payload[crisis.Action](e)
		return w.words(a.What, a.Owner, w.w("期限", "due ")+w.clock(a.Due))
	case crisis.EventActionDone, crisis.EventActionChecked:
		s := payload[crisis.ActionStep](e)
		return w.words(s.Action, s.Note)
	case crisis.EventAmended:
		a := payload[crisis.Amended](e)
		return a.Plan + " " + a.From + " → " + a.To
	}
	r := payload[crisis.Remark](e)
	return w.words(r.Text, webLink(r.Link))
}

func (w *reporter) signal(s crisis.Signal) string {
	text := w.f("%s：观察%s，平常%s", "%s: observed %s, usual %s", w.detector(s.Detector), amount(&s, s.Observed), amount(&s, s.Expected))
	if s.Coverage > 0 && s.Coverage < wellSeen {
		text += w.f("，覆盖率%s", ", coverage %s", share(s.Coverage))
	}
	return text
}

// title names a step.
func (w *reporter) title(plan, step string) string {
	if s := w.in.Step(plan, step); s != nil {
		return w.w(s.Title, orElse(s.TitleEN, s.Title))
	}
	return plan + "/" + step
}

// words joins what is not empty.
func (w *reporter) words(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, w.w("，", ", "))
}

// detectorNames are what a report calls the detectors.
var detectorNames = map[string]Text{
	"surge": {"声量突增", "surge"}, "mood": {"负面占比", "mood"}, "emotion": {"情绪", "emotion"}, "flood": {"刷屏", "flood"}, "fall": {"声量骤降", "fall"},
	"board": {"热榜", "hot board"}, "claim": {"传言", "claim"}, "statement": {"声明反响", "statement"}, "blind": {"看不到", "blind"},
	"intake": {"外部系统报来", "reported by another system"},
}

func (w *reporter) detector(name string) string {
	if t, ok := detectorNames[name]; ok {
		return t.In(w.lang)
	}
	return tidyLine(name, 20)
}

// amount writes what a detector counted: of a share, the share.
func amount(s *crisis.Signal, v float64) string {
	if s.Cue.OfMood() || s.Detector == "mood" || s.Detector == "emotion" {
		return share(v)
	}
	return decimal(v)
}
