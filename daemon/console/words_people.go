package console

// peopleWords are about who has it, pauses, hand-over and recusal.
var peopleWords = map[string]phrase{
	"from.noticed": {"得知", "from when we learnt of it"}, "from.earlier": {"事发与得知中较早的一个", "from the earlier of event and notice"}, "from.detected": {"发现", "from discovery"},
	"alert.reminder": {"时限将到", "time nearly up"}, "alert.escalated": {"提级催办", "escalated"}, "alert.lapsed": {"签收失效", "acknowledgement lapsed"},

	"red.from": {"起算：%s", "counts %s"},

	"noticed.set": {"填写得知时间", "Set when we learnt of it"},
	"noticed.why": {"值班电话、上级通知比系统更早的，在这里填写。规定从“发现、接报”起算的红线随之改变，改动记入时间线。", "Fill this in when a call or a superior told us before Watchfire did. Red lines that count from notice follow; the timeline keeps the change."},
	"noticed.at":  {"得知时间", "Learnt of it at"},

	"pause.head":  {"暂停计时", "Pause clocks"},
	"pause.why":   {"只暂停我们自己的时限：恢复后顺延同样长的时间。红线和对公众的承诺不停。", "Only our own targets stand still and are put off by as long. Red lines and promises to the public go on."},
	"pause.what":  {"暂停哪一步", "What to pause"},
	"pause.all":   {"全部步骤", "All steps"},
	"pause.do":    {"暂停", "Pause"},
	"pause.is":    {"已暂停：%s", "Paused: %s"},
	"pause.since": {"%s 暂停，理由：%s", "%s paused it: %s"},
	"pause.run":   {"恢复计时", "Run again"},

	"handover.head":    {"交接班", "Hand over"},
	"handover.why":     {"草稿由系统按现状拟出，请核对补充。提交后由接班人负责，交接记入时间线。", "The draft says how things stand; check and add. Whoever takes over has it from then on, and the timeline says so."},
	"handover.to":      {"交给谁", "Who takes over"},
	"handover.note":    {"交接说明", "Note"},
	"handover.do":      {"确认交接", "Hand over"},
	"handover.all":     {"打印交接单", "Print the hand-over note"},
	"handover.none":    {"没有未结案的事件。", "No incident is open."},
	"handover.down":    {"看不见或已暂停的来源", "Sources that are paused or cannot be seen"},
	"handover.sign":    {"交班人：　　　　　　接班人：　　　　　　时间：", "Handed over by:            Taken over by:            Time:"},
	"handover.line":    {"%s %s，负责人：%s", "%s %s, held by %s"},
	"handover.late":    {"已超时 %d 项，见清单", "Overdue: %d, see the list"},
	"handover.next":    {"下一步：%s，%s 前", "Next: %s, by %s"},
	"handover.promise": {"对公众的承诺：%s，%s 前兑现", "Promised to the public: %s, due %s"},
	"handover.paused":  {"暂停中：%s（%s），注意恢复", "Paused: %s (%s); mind to run it again"},
	"handover.recused": {"回避：%s，不得参与审批", "Recused: %s, outside of all approvals"},

	"recuse.head":   {"回避", "Recusal"},
	"recuse.why":    {"与本事件有利害关系的人不得签收、定级、审核、签发、结案，系统也不再向其催办；由替代人或上一级接替。", "Who is concerned does not acknowledge, grade, review, approve or close, and is not called; a substitute or the superior stands in."},
	"recuse.who":    {"谁回避", "Who is recused"},
	"recuse.do":     {"记录回避", "Recuse"},
	"recuse.is":     {"%s 回避中：%s", "%s is recused: %s"},
	"recuse.lift":   {"解除回避", "Lift the recusal"},
	"recuse.banner": {"回避：%s", "Recused: %s"},

	"said.noticed":  {"得知时间已填写，红线随之更新。", "Set; red lines follow."},
	"said.halt":     {"已暂停计时。红线不停。", "Paused. Red lines go on."},
	"said.run":      {"已恢复计时，时限已顺延。", "Running again; targets were put off."},
	"said.handover": {"已交接。", "Handed over."},
	"said.recuse":   {"回避已生效。", "The recusal is in force."},
	"said.unrecuse": {"已解除回避。", "The recusal was lifted."},

	"ev.noticed":        {"填写得知时间：%s", "set when we learnt of it: %s"},
	"ev.paused":         {"暂停计时：%s", "paused: %s"},
	"ev.paused.all":     {"暂停全部步骤的计时", "paused all targets"},
	"ev.resumed":        {"恢复计时：%s", "runs again: %s"},
	"ev.resumed.all":    {"恢复全部步骤的计时", "all targets run again"},
	"ev.reminded":       {"提醒：%s，时间已过 %d%%，%s 到期", "reminder: %s, %d%% of the time is up, due %s"},
	"ev.called":         {"无人签收，催办：%s", "nobody acknowledged; called: %s"},
	"ev.called.stalled": {"签收失效后无人接手，催办：%s", "nobody has it since the acknowledgement lapsed; called: %s"},
	"ev.called.late":    {"催办 %s：%s 超时未办", "called %s: %s is still overdue"},
	"ev.lapsed":         {"签收失效：%s 自 %s 起没有任何操作", "the acknowledgement lapsed: %s has done nothing since %s"},
	"ev.handover":       {"交给 %s 负责", "handed it over to %s"},
	"ev.recused":        {"%s 回避", "%s is recused"},
	"ev.unrecused":      {"解除 %s 的回避", "lifted the recusal of %s"},

	"err.recused": {"回避中的人不能做这件事。", "Somebody who is recused cannot do this."},
}
