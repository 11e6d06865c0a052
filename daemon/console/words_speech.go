package console

// speechWords are about statements, promises and the course of an incident.
var speechWords = map[string]phrase{
	"alert.promise": {"承诺到点", "promise due"}, "alert.unseen": {"声明未见", "statement not seen"}, "alert.unsigned": {"待补签", "countersignature due"}, "alert.digest": {"汇总", "digest"}, "alert.alive": {"值守报告", "daily word"},
	"said.speech": {"已记录。", "Recorded."},

	"sec.speech": {"声明与承诺", "Statements and promises"},
	"speech.new": {"起草", "Draft"}, "speech.kind": {"起草哪一种", "What to draft"},
	"speech.none":  {"还没有起草声明。", "No statement has been drafted."},
	"speech.draft": {"第 %d 稿", "draft %d"}, "speech.approved": {"已签发，待发布", "approved, to be published"}, "speech.published": {"已登记发布，待采集核对", "said to be published"},
	"speech.seen": {"已在本单位账号上看到", "seen on our account"}, "speech.missing": {"登记了发布，但账号上没看到", "said to be published, but not seen"}, "speech.withdrawn": {"已撤回", "withdrawn"},
	"speech.sighting": {"系统采集到（与签发稿相同 %s）", "seen by a crawler (%s the same)"},
	"speech.text":     {"正文", "Text"}, "speech.save": {"保存为新一稿", "Save as a new version"}, "speech.note": {"修改说明", "What changed"},
	"speech.letters": {"%d 字", "%d characters"}, "speech.blanks": {"还要填写：", "Still to be filled in: "},
	"speech.lint": {"用语检查", "Wording"}, "speech.lint.none": {"没有发现问题。", "Nothing found."}, "lint.block": {"不得发布", "stops"}, "lint.warn": {"须确认", "warns"}, "lint.info": {"提示", "hint"},
	"lint.better": {"建议：", "Better: "}, "lint.why": {"理由：", "Why: "},
	"speech.reviews": {"审核与签发", "Reviews and approval"}, "stage.text": {"初审（文字）", "Wording"}, "stage.fact": {"复审（事实）", "Facts"}, "stage.secrecy": {"保密审查", "Secrecy"},
	"stage.open": {"未审", "not yet"}, "stage.ok": {"%s %s 通过", "passed by %s, %s"}, "stage.back": {"%s %s 退回", "sent back by %s, %s"}, "stage.pass": {"通过", "Pass"}, "stage.return": {"退回", "Send back"}, "stage.note": {"意见（退回必填）", "Remark (needed to send back)"},
	"approve.why":    {"起草人不能签发自己的稿子。电话同意的，写明是谁，两小时内补签。", "Who wrote the draft does not approve it. For an approval by telephone say who gave it; it is countersigned within two hours."},
	"approve.signer": {"电话同意人（不是电话的留空）", "Approved by telephone by (else leave empty)"}, "approve.pre": {"预授权首发（免文字、事实两审，不免保密审查）", "Authorised beforehand (skips wording and facts, never secrecy)"},
	"approve.confirm": {"我已核对并负责：", "I have looked at it and answer for it: "}, "approve.do": {"签发", "Approve"}, "approve.countersign": {"%s 电话同意，待补签", "%s approved by telephone and is to countersign"}, "approve.sign": {"补签", "Countersign"},
	"publish.head": {"登记发布", "Record the publication"}, "publish.where": {"发在哪个账号", "On which account"}, "publish.do": {"已发布", "Published"}, "publish.why": {"系统不代发。登记后十五分钟内没在本单位账号上采集到，会提醒。", "Nothing is published from here. If no account of ours shows it within fifteen minutes, people are told."},
	"publish.promises": {"发布后记为承诺：", "Becomes a promise when published: "}, "publish.places": {"发布与核对", "Where it stands"},
	"paste.head": {"按平台裁好的版本", "Cut for each platform"}, "paste.why": {"只裁已签发的文字，整句取舍：标题、下次更新、联系方式和落款先留。字数上限凭经验，平台会变。", "Only the approved text, by whole sentences: headline, next news, contact and signature stay first. The limits are from memory and platforms change them."}, "paste.size": {"%d/%d 字，略去 %d 句", "%d of %d characters, %d sentences left out"},
	"speech.versions": {"各稿", "Versions"}, "speech.version": {"第 %d 稿", "Version %d"}, "withdraw.head": {"撤回", "Withdraw"},

	"promise.head": {"对公众的承诺", "Promised to the public"}, "promise.none": {"没有承诺。", "Nothing has been promised."}, "promise.kept": {"%s 已兑现", "kept by %s"}, "promise.keptlate": {"%s 兑现，晚于承诺", "kept by %s, late"},
	"promise.keep": {"登记兑现", "Kept"}, "promise.how": {"怎样兑现的", "How it was kept"}, "promise.move": {"改期", "Put off"}, "promise.to": {"改到", "To"}, "promise.reason": {"向公众说明的理由", "Reason that the public was told"}, "promise.add": {"补记一项承诺", "Add a promise"}, "promise.what": {"承诺内容", "What was promised"}, "promise.at": {"到期", "Due"},
	"course.plan": {"启用另一份预案", "Attach another plan"}, "course.beside": {"并行启用", "Beside the main one"}, "course.main": {"作为主预案", "As the main one"}, "course.drop": {"停用预案（已打的勾保留）", "Take off a plan (its ticks stay)"},
	"course.head": {"步骤增减与节点", "Course"}, "course.skip": {"这一步不适用", "Leave a step out"}, "course.which": {"哪一步", "Which step"}, "course.why": {"理由", "Reason"}, "course.add": {"临时增加一步", "Add a step"}, "course.what": {"要做什么", "What is to be done"}, "course.due": {"何时完成（可不填）", "By when (may be empty)"}, "course.reached": {"登记节点", "Record what is reached"}, "course.confirm": {"确认结案条件", "Confirm a closing criterion"}, "course.do": {"登记", "Record"},
	"reached.rescue_ended": {"救援结束", "Rescue ended"}, "reached.warning_lifted": {"预警解除", "Warning lifted"}, "reached.result_published": {"结果已公布", "Result published"}, "reached.service_restored": {"服务恢复", "Service restored"}, "reached.half_life_reached": {"新增减半", "New items halved"},

	"err.statement": {"没有这份声明。", "There is no such statement."}, "err.secrecy": {"还没有做保密审查。", "The secrecy check is missing."}, "err.review": {"还有审核没有通过。", "A review is missing."}, "err.eyes": {"起草人不能审自己的事实，也不能签发自己的稿子，请换一个人。", "Who wrote the draft neither checks its facts nor approves it: somebody else must."},
	"err.blocked": {"有“不得发布”的问题，请改写后再签发。", "A rule stops the text: reword it first."}, "err.warned": {"有须确认的问题没有勾选确认。", "A warning was not confirmed."}, "err.unapproved": {"这一稿还没有签发。", "This version is not approved."}, "err.newer": {"已经有更新的一稿，请看最新稿。", "There is a newer version."}, "err.signer": {"只能由电话同意的人本人补签。", "Only who approved by telephone countersigns."},
	"err.kept": {"请填写怎样兑现的：链接或说明。", "Say how it was kept: a link or a note."}, "err.later": {"时间应在以后。", "The time must lie in the future."}, "err.same": {"和上一稿一样，没有改动。", "Nothing has changed since the last version."}, "err.preauthorised": {"只有首次通报和安全提示可以预授权。", "Only first statements and safety notices may be authorised beforehand."}, "err.where": {"请填写发在哪个账号。", "Say on which account."},

	"ev.plan.dropped": {"停用预案：%s", "took off the plan %s"}, "ev.step.added": {"临时增加步骤：%s", "added the step %s"}, "ev.step.skipped": {"不适用：%s", "left out: %s"}, "ev.reached": {"节点：%s（%s）", "reached: %s (%s)"}, "ev.reached.undone": {"撤销节点：%s", "took back: %s"}, "ev.confirmed": {"确认结案条件：%s", "confirmed: %s"},
	"ev.drafted": {"起草%s第 %d 稿", "drafted %s, version %d"}, "ev.reviewed": {"%s通过", "%s passed"}, "ev.returned": {"%s退回", "%s sent back"}, "ev.approved": {"签发", "approved"}, "ev.approved.phone": {"%s电话同意签发，待补签", "%s approved by telephone"}, "ev.countersigned": {"补签", "countersigned"}, "ev.unsigned": {"提醒补签", "reminded of the countersignature"}, "ev.published": {"登记发布：%s", "published on %s"}, "ev.seen": {"在本单位账号上看到声明（相同 %s）", "saw the statement on our account (%s the same)"}, "ev.unseen": {"登记发布的声明没有看到", "has not seen the statement"}, "ev.withdrawn": {"撤回声明", "withdrew the statement"},
	"ev.promised": {"承诺 %s 前：%s", "promised for %s: %s"}, "ev.promise.near": {"承诺将到期：%s", "promise is nearly due: %s"}, "ev.promise.missed": {"承诺过期未兑现：%s", "promise missed: %s"}, "ev.promise.kept": {"兑现承诺：%s", "kept the promise: %s"}, "ev.promise.moved": {"承诺改到 %s：%s", "put off to %s: %s"},
	"ev.finding": {"复盘记录", "wrote a finding"}, "ev.action": {"改进项：%s", "improvement: %s"}, "ev.action.done": {"改进项完成：%s", "improvement done: %s"}, "ev.action.checked": {"改进项已验收：%s", "improvement checked: %s"}, "ev.amended": {"预案 %s 修订到 %s", "changed the plan %s to version %s"}, "ev.review": {"完成复盘", "finished the review"},
}
