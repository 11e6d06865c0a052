package console

// accountWords are about people, roles, sessions and what they did.
var accountWords = map[string]phrase{
	"settings": {"设置", "Settings"},

	"role.viewer": {"查看", "Viewer"}, "role.operator": {"值班处置", "Operator"}, "role.approver": {"审批", "Approver"}, "role.admin": {"管理员", "Administrator"},

	"people":           {"人员与权限", "People and roles"},
	"people.roles":     {"查看：只读。值班处置：签收、办理步骤、记录、起草、登记发布、处理诉求。审批：另可审核签发、定级、结案、回避。管理员：另可管理人员、暂停来源、修订预案。", "Viewer: reads. Operator: also takes over, ticks, notes, drafts, records publications, deals with requests. Approver: also reviews, approves, grades, closes, recuses. Administrator: also people, pausing sources, new versions of plans."},
	"people.add":       {"添加人员", "Add a person"},
	"people.why":       {"每人用自己的名字登录，时间线才说得清谁在什么时候做了什么。", "Everybody logs in under their own name, so that the timeline can say who did what."},
	"people.name":      {"姓名", "Name"},
	"people.role":      {"权限", "Role"},
	"people.setrole":   {"更改权限", "Change the role"},
	"people.end":       {"全部下线", "End all sessions"},
	"people.reset":     {"重置密码", "Reset the password"},
	"people.shown":     {"时间线显示为“%s”", "appears as “%s”"},
	"people.first":     {"尚未设密码", "has yet to choose a password"},
	"people.sessions":  {"%d 处登录，最近", "%d sessions, last used"},
	"people.nosession": {"未登录", "not logged in"},
	"people.do":        {"生成一次性密码", "Make a one-time password"},
	"people.added":     {"请把这个一次性密码当面或电话告诉%s：", "Tell %s this one-time password in person or by phone:"},
	"people.once":      {"密码只显示这一次，首次登录须更换。", "It is shown only once and must be replaced at the first log-in."},
	"said.people":      {"已更改。", "Changed."},

	"restrict.head":   {"限定知悉", "Who sees this"},
	"restrict.why":    {"只有勾选的人在控制台和接口里看得到本事件，管理员也不例外；其他人搜不到、打不开。已经发到群里、手机上的提醒收不回来，通道照常提醒。", "Only those chosen see the incident in the console and the API, administrators included; to others it is not there. Messages that were sent stay where they are, and channels go on ringing."},
	"restrict.do":     {"限定", "Restrict"},
	"restrict.is":     {"限定知悉：%s", "Seen only by: %s"},
	"restrict.lift":   {"解除限定", "Let everybody see it"},
	"said.restrict":   {"已限定知悉。", "Restricted."},
	"said.unrestrict": {"已解除限定。", "Everybody sees it again."},
	"ev.restricted":   {"限定知悉：%s", "restricted it to %s"},
	"ev.unrestricted": {"解除限定知悉", "let everybody see it again"},
	"err.restrict":    {"知悉范围没有变化，或者您在回避中。", "The same people see it already, or you are recused."},
	"err.nouser":      {"名单里有人没有登录账号，请先添加。", "Somebody on the list cannot log in: add them first."},

	"err.role":      {"您的权限不能做这件事。需要时请找管理员调整权限，或请有权限的人办理。", "Your role does not allow this. Ask an administrator for another role, or somebody who may do it."},
	"err.taken":     {"这个名字已经有人在用，请换一个能区分的名字。", "Somebody else has this name already: choose another one."},
	"err.lastadmin": {"至少要留一名管理员，请先指定另一名管理员。", "One administrator must remain: name another one first."},
}
