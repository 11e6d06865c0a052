package playbooks

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

func number(n int) string { return strconv.Itoa(n) }

// published is part 5: every statement and what was seen around it.
func (w *reporter) published() []Part {
	if len(w.report.Effects) == 0 {
		return []Part{say(w.w("没有经本系统发布的声明，也没有在我方账号上看到。", "No statement was published through this system or seen on our accounts."))}
	}
	t := Part{
		Head: []string{w.w("声明", "Statement"), w.w("发布", "Published"), w.w("前2小时声量／平常", "2 h before / usual"), w.w("后2小时声量／平常", "2 h after / usual"), w.w("负面占比 前→后", "Negative share"), w.w("覆盖率 前→后", "Coverage"), w.w("看得出的变化", "What is to be seen")},
		Wide: []int{14, 14, 15, 15, 13, 12, 17},
	}
	for i := range w.report.Effects {
		e := &w.report.Effects[i]
		both := w.trace(&Stretch{From: e.Before.From, To: e.After.To}, e.Event)
		t.Rows = append(t.Rows, []Cell{
			cell(e.Statement+" "+w.kind(e.Kind), e.Event), cell(w.clock(e.At), e.Event),
			{Text: w.beside(&e.Before), Trace: w.trace(&e.Before)},
			{Text: w.beside(&e.After), Trace: w.trace(&e.After)},
			{Text: moods(&e.Before) + " → " + moods(&e.After), Trace: both},
			{Text: share(e.Before.Coverage) + " → " + share(e.After.Coverage), Trace: both},
			{Text: w.verdict(e.Verdict), Trace: both},
		})
	}
	note := say(w.w("只比较前后，不断定因果：变化要大过偶然起伏，并扣除这个时段平常就有的涨落，才算看得出。", "Before and after only, no claim of cause: a change is told when it is larger than chance and than what the hour usually brings."))
	return []Part{t, note}
}

func (w *reporter) beside(s *Stretch) string {
	if s.Points == 0 {
		return w.w("没有数据", "no data")
	}
	if s.High <= 0 {
		return decimal(s.Voices) + " / " + w.w("未知", "unknown")
	}
	return decimal(s.Voices) + " / " + decimal(s.Low) + "–" + decimal(s.High)
}

func moods(s *Stretch) string {
	if v, ok := s.Share(); ok {
		return share(v)
	}
	return "—"
}

func (w *reporter) verdict(v string) string {
	return map[string]Text{
		"fell": {"声量回落", "volume fell"}, "rose": {"声量上升", "volume rose"}, "none": {"看不出变化", "no effect visible"},
		"blind": {"看不清：覆盖不足", "cannot be told: too little was seen"}, "short": {"前后数据不足2小时", "less than 2 h of data on one side"},
	}[v].In(w.lang)
}

// kind names the kind of a statement as the shipped vocabulary does.
func (w *reporter) kind(id string) string {
	for _, k := range shipped().words.StatementKinds {
		if k.ID == id {
			return k.In(w.lang)
		}
	}
	return tidyLine(id, 30)
}

// rumours is part 6.
func (w *reporter) rumours() []Part {
	var out []Part
	if len(w.Points) > 0 {
		s := w.sum(w.Points[0].At, w.Points[len(w.Points)-1].At.Add(w.Bucket))
		out = append(out, Part{Text: w.f("标为谣言或疑点的信息%s条。", "%s items were marked as rumour or doubt.", decimal(s.Rumour)), Trace: w.trace(&s)})
	}
	t := Part{Head: []string{w.w("时间", "When"), w.w("何事", "What")}, Wide: []int{25, 75}}
	for i := range w.Events {
		e := &w.Events[i]
		relevant := e.Kind == crisis.EventSignal && payload[crisis.Signal](e).Cue == crisis.CueRumour
		if e.Kind == crisis.EventPublished {
			s := w.in.Statement(payload[crisis.Publication](e).Statement)
			relevant = s != nil && (s.Kind == "refutation" || s.Kind == "correction")
		}
		if relevant {
			t.Rows = append(t.Rows, []Cell{cell(w.clock(e.At), e.Seq), cell(w.tell(e), e.Seq)})
		}
	}
	if len(t.Rows) == 0 {
		return append(out, say(w.w("没有谣言报警，也没有发布辟谣或更正。", "No alert of rumour, and no refutation or correction was published.")))
	}
	return append(out, t)
}

// promises is part 7.
func (w *reporter) promises() []Part {
	if len(w.in.Promises) == 0 {
		return []Part{say(w.w("没有向公众承诺过时间。", "No time was promised to the public."))}
	}
	t := Part{Head: []string{w.w("承诺", "Promise"), w.w("承诺于", "Made"), w.w("应于", "Due"), w.w("兑现于", "Kept"), w.w("结果", "Result")}, Wide: []int{36, 16, 16, 16, 16}}
	for i := range w.in.Promises {
		p := &w.in.Promises[i]
		seqs := w.about(p.ID)
		result, bad := w.w("按时兑现", "kept on time"), false
		switch {
		case p.Open() && p.Due.After(w.Now):
			result = w.w("未到期", "not yet due")
		case p.Open():
			result, bad = w.f("逾期%s未兑现", "open, late by %s", w.span(w.Now.Sub(p.Due))), true
		case !p.InTime():
			first := p.Due
			if len(p.Was) > 0 {
				first = p.Was[0]
			}
			result, bad = w.f("迟%s兑现", "kept, late by %s", w.span(p.KeptAt.Sub(first))), true
		case len(p.Was) > 0:
			result = w.f("改期%d次后按时兑现", "kept on time after moving it %d times", len(p.Was))
		}
		t.Rows = append(t.Rows, []Cell{cell(p.ID+" "+tidyLine(p.What, 200), seqs...), cell(w.clock(p.MadeAt), seqs...), cell(w.clock(p.Due), seqs...), cell(w.clock(p.KeptAt), seqs...), {Text: result, Trace: from(seqs...), Bad: bad}})
	}
	return []Part{t}
}

// figures is part 8.
func (w *reporter) figures() []Part {
	t := Part{Head: []string{w.w("指标", "Figure"), w.w("定义与算法", "Definition and formula"), w.w("结果", "Result"), w.w("对照", "Against")}, Wide: []int{16, 40, 28, 16}}
	for i := range w.report.KPIs {
		k := &w.report.KPIs[i]
		t.Rows = append(t.Rows, []Cell{cell(k.Name), cell(k.Definition + "\n" + k.Formula), {Text: k.Text, Trace: k.Trace, Bad: k.Missed}, {Text: orElse(k.Target, "—"), Bad: k.Missed}})
	}
	return []Part{t}
}

// findings is part 9: what people wrote in the review.
func (w *reporter) findings() []Part {
	t := Part{Head: []string{w.w("类别", "Kind"), w.w("内容", "Text"), w.w("填写", "By")}, Wide: []int{20, 62, 18}}
	names := map[string]Text{
		crisis.FindingGood: {"做得好的", "Went well"}, crisis.FindingGap: {"差距", "Gap"}, crisis.FindingCause: {"原因", "Cause"},
	}
	order := []string{crisis.FindingGood, crisis.FindingGap, crisis.FindingCause, crisis.FindingAnswer}
	type row struct {
		kind  int
		cells []Cell
	}
	var rows []row
	for _, seq := range w.seqs[crisis.EventFinding] {
		e := &w.Events[seq-1]
		f := payload[crisis.Finding](e)
		name := names[f.Kind].In(w.lang)
		if f.Kind == crisis.FindingAnswer {
			name = tidyLine(f.Question, 200)
		}
		rows = append(rows, row{slices.Index(order, f.Kind), []Cell{cell(name, seq), cell(tidyText(f.Text, 2000), seq), cell(w.who(e.Actor), seq)}})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.kind - b.kind })
	for _, r := range rows {
		t.Rows = append(t.Rows, r.cells)
	}
	note := say(w.w("原因找制度和流程，不追个人。", "Causes lie in ways of working, not in persons."))
	if len(t.Rows) == 0 {
		return []Part{say(w.w("复盘还没有填写。", "The review has not been written yet."))}
	}
	return []Part{note, t}
}

// annexes is part 12: texts, approvals, deliveries, and how the record is sealed.
func (w *reporter) annexes() []Part {
	var out []Part
	for i := range w.in.Statements {
		s := &w.in.Statements[i]
		v := s.Version(s.Approved)
		if v == nil {
			v = s.Last()
		}
		seqs := slices.Concat(w.ofStatement(crisis.EventDrafted, s.ID), w.ofStatement(crisis.EventApproved, s.ID), w.ofStatement(crisis.EventPublished, s.ID), w.ofStatement(crisis.EventSeen, s.ID))
		head := w.f("%s %s，第%d版，起草%s。", "%s %s, version %d, written by %s. ", s.ID, w.kind(s.Kind), v.N, w.who(v.By)) + w.signed(s)
		out = append(out, say(head, seqs...), Part{Head: []string{w.w("原文", "Text")}, Rows: [][]Cell{{cell(tidyText(v.Text, 4000), seqs...)}}})
	}
	if len(w.Exhibits) > 0 {
		out = append(out, say(w.f("证据：事件引用的信息%d条，全文与校验见存证清单。", "Evidence: %d posts that the events quote; the list of evidence has the texts.", len(w.Exhibits))), w.exhibitTable(false))
	}
	if len(w.Outbox) > 0 {
		out = append(out, w.ledger())
	}
	chain := w.w("事件链完整", "the chain of events is unbroken")
	if w.report.Chain != "ok" {
		chain = w.w("事件链有断裂：", "the chain of events is broken: ") + tidyLine(w.report.Chain, 200)
	}
	return append(out, say(w.f("记录：%d条事件，%s，末条校验值 %s。", "Record: %d events, %s, checksum of the last %s.", len(w.Events), chain, w.in.Hash), len(w.Events)))
}

// signed tells who looked at a statement and who approved it.
func (w *reporter) signed(s *crisis.Statement) string {
	var b strings.Builder
	for _, r := range s.Reviews {
		result := w.w("通过", "passed")
		if !r.OK {
			result = w.w("退回", "sent back")
		}
		b.WriteString(w.f("%s审查%s（%s，%s）；", "%s %s (%s, %s); ", w.stage(r.Stage), result, w.who(r.By), w.clock(r.At)))
	}
	switch {
	case s.Approved == 0:
		b.WriteString(w.w("没有签发。", "Not approved."))
	case s.Approval.Signer != "":
		b.WriteString(w.f("%s电话签发（%s记录，%s）", "approved by telephone by %s (recorded by %s, %s)", w.who(s.Approval.Signer), w.who(s.ApprovedBy), w.clock(s.ApprovedAt)))
		if !s.Countersigns.IsZero() {
			b.WriteString(w.w("，尚未补签", ", not yet countersigned"))
		}
		b.WriteString(w.w("。", "."))
	default:
		b.WriteString(w.f("%s签发（%s）。", "Approved by %s (%s).", w.who(s.ApprovedBy), w.clock(s.ApprovedAt)))
	}
	return b.String()
}

// stage names what a review looked at.
func (p pen) stage(s crisis.Stage) string {
	return map[crisis.Stage]Text{crisis.StageText: {"文字", "text"}, crisis.StageFact: {"事实", "facts"}, crisis.StageSecrecy: {"保密", "secrecy"}}[s].In(p.lang)
}

// sinceDraft says how long a statement took from its first draft to its approval (审批用时).
func (w *reporter) sinceDraft(statement string, at time.Time) string {
	s := w.in.Statement(statement)
	if s == nil || len(s.Versions) == 0 || at.Before(s.Versions[0].At) {
		return ""
	}
	return w.f("自初稿用时%s", "%s after the first draft", w.span(at.Sub(s.Versions[0].At)))
}

func (w *reporter) ledger() Part {
	t := Part{Head: []string{w.w("警报", "Alert"), w.w("渠道", "Channel"), w.w("状态", "State"), w.w("生成", "Created"), w.w("最后尝试", "Last attempt"), w.w("次数", "Attempts")}, Wide: []int{18, 18, 16, 18, 18, 12}}
	states := map[string]Text{"sent": {"已送达", "sent"}, "waiting": {"待送", "waiting"}, "refused": {"被拒", "refused"}, "dead": {"放弃", "given up"}}
	for _, d := range w.Outbox {
		state, bad := d.State, d.State != "sent" && d.State != "waiting"
		if name, ok := states[d.State]; ok {
			state = name.In(w.lang)
		}
		source := &Trace{Series: "outbox id=" + d.ID}
		t.Rows = append(t.Rows, []Cell{cell(w.alert(d.Kind)), cell(tidyLine(d.Channel, 40)), {Text: state, Bad: bad, Trace: source}, {Text: w.clock(d.Created), Trace: source}, {Text: w.clock(d.Last), Trace: source}, {Text: number(d.Attempts), Trace: source}})
	}
	return t
}

func (w *reporter) alert(k crisis.AlertKind) string {
	if t, ok := map[crisis.AlertKind]Text{
		crisis.AlertOpened: {"立案", "opened"}, crisis.AlertRaised: {"升级", "raised"}, crisis.AlertOverdue: {"超时", "overdue"}, crisis.AlertQuiet: {"可以结案", "quiet"},
		crisis.AlertClosed: {"结案", "closed"}, crisis.AlertReopened: {"重新立案", "reopened"}, crisis.AlertUpdate: {"更新", "update"}, crisis.AlertTest: {"测试", "test"},
	}[k]; ok {
		return t.In(w.lang)
	}
	return tidyLine(string(k), 20)
}
