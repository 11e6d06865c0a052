package console

// termWords are the terms of the field, under a prefix and the value in the data.
var termWords = map[string]phrase{
	"level.l0": {"未定级", "Ungraded"}, "level.l1": {"特别重大", "extraordinary"}, "level.l2": {"重大", "major"},
	"level.l3": {"较大", "significant"}, "level.l4": {"一般", "general"},
	"colour.l0": {"未定", "none"}, "colour.l1": {"红", "red"}, "colour.l2": {"橙", "orange"}, "colour.l3": {"黄", "yellow"}, "colour.l4": {"蓝", "blue"},

	"detector.surge":  {"发声人数突增", "More people speak"},
	"detector.mood":   {"负面占比突增", "Negative share rises"},
	"detector.flood":  {"少数账号刷帖", "A few accounts post a lot"},
	"detector.phrase": {"新说法升温", "A new phrase comes up"},
	"detector.blind":  {"采集中断", "Collection interrupted"},

	"detector.emotion": {"愤怒或恐慌上升", "Anger or fear rises"}, "detector.angry": {"愤怒情绪上升", "Anger rises"}, "detector.fear": {"恐慌情绪上升", "Fear rises"},
	"detector.claim": {"待核说法增多", "Claims to check"}, "detector.rumour": {"传言增多", "Hearsay rises"},
	"detector.old": {"旧事重提", "Old news returns"}, "detector.imitation": {"仿通报文字", "Imitated notices"},
	"detector.statement": {"声明后质疑上升", "Backlash after our statement"}, "detector.board": {"登上热榜", "On a hot board"}, "detector.fall": {"声量骤降", "Attention is gone"},
	"detector.intake": {"外部系统报来", "Reported by another system"},

	"phase.verify": {"核实", "Verify"}, "phase.assess": {"研判定级", "Assess and grade"}, "phase.report": {"报告", "Report upward"},
	"phase.activate": {"启动响应", "Activate"}, "phase.respond": {"首次回应", "First response"}, "phase.sustain": {"持续回应", "Keep informing"},
	"phase.recover": {"善后兑现", "Recover, keep promises"}, "phase.review": {"复盘改进", "Review and improve"},

	"from.happened": {"事发", "from the event"}, "from.closed": {"结案", "from closing"}, "from.promise": {"承诺时间", "from a promised time"},
	"from.service_restored": {"恢复正常", "from restoration"},

	"ask.note": {"文字记录", "note"}, "ask.link": {"链接", "link"}, "ask.screenshot": {"截图", "screenshot"}, "ask.file": {"附件", "file"},
	"ask.number": {"数字", "number"}, "ask.approval": {"审批记录：谁、何时、怎样批的", "approval: who, when, how"},
	"ask.published": {"发布链接和时间", "link and time of publication"}, "ask.none": {"无须证据", "nothing"},

	"checked.law-text": {"已核对法规原文", "checked in the text of the law"}, "checked.excerpt": {"据摘录，引用前请核对原文", "from an excerpt; check the original"},
	"checked.memory": {"未核对原文，引用前请查证", "not checked; verify before quoting"},

	"mood.negative": {"负面", "negative"}, "mood.neutral": {"中性", "neutral"}, "mood.positive": {"正面", "positive"},

	"alert.opened": {"新事件", "new incident"}, "alert.raised": {"升级", "raised"}, "alert.overdue": {"步骤超时", "overdue"},
	"alert.quiet": {"可考虑结案", "may be closed"}, "alert.reopened": {"重新立案", "opened again"}, "alert.closed": {"已结案", "closed"}, "alert.update": {"更新", "update"},
	"alert.rescue": {"求助求救", "call for help"},
	"alert.blind":  {"来源看不见", "blind"}, "alert.sight": {"恢复可见", "sees again"}, "alert.test": {"通道测试", "test"},

	"ledger.waiting": {"待发", "waiting"}, "ledger.sending": {"发送中", "sending"}, "ledger.sent": {"已送达", "delivered"},
	"ledger.held": {"静默等待", "held back"}, "ledger.moot": {"不再需要", "no longer needed"}, "ledger.bundled": {"并入汇总", "in a digest"},
	"ledger.refused": {"被拒", "refused"}, "ledger.dead": {"放弃", "given up"},

	"kind.feed": {"订阅源", "feed"}, "kind.list": {"网页列表", "web list"}, "kind.json": {"数据接口", "JSON interface"},
	"kind.file": {"文件投递", "file drop"}, "kind.push": {"对方推送", "push"},

	"source.seen": {"看得见", "seen"}, "source.blind": {"看不见", "blind"}, "source.paused": {"已暂停", "paused"},
	"source.off": {"未启用", "off"}, "source.waiting": {"等待首次采集", "not visited yet"},

	"class.rate_limited": {"对方限流", "It asks us to slow down"},
	"fix.rate_limited":   {"会按对方要求的时间自动重试。经常出现的，把采集间隔调大。", "We wait as told and try again. If it happens often, visit less often."},
	"class.auth":         {"授权失效", "Our access has expired"},
	"fix.auth":           {"请管理员更换令牌或密钥，然后恢复采集。", "Renew the token or key, then resume."},
	"class.gated":        {"被登录或验证码拦住", "A log-in wall or captcha"},
	"fix.gated":          {"已自动暂停，不会尝试绕过。请人工打开看一眼：对方撤了验证再恢复采集，否则改用官方接口或人工值守。", "We stopped and do not try to get around it. Look at the page: resume when the wall is gone, else ask for an official interface or watch by hand."},
	"class.forbidden":    {"对方 robots.txt 或我们的地址规则不允许", "robots.txt or our own address rules forbid it"},
	"fix.forbidden":      {"请联系对方取得许可，或换一个允许采集的来源。内网地址须列入配置。", "Ask for permission or choose another source. Intranet addresses must be listed in the configuration."},
	"class.soft_error":   {"返回的不是要的内容", "It answers with something else"},
	"fix.soft_error":     {"多半是网站改版。请打开页面核对，并更新采集规则。", "The site has probably changed. Compare with the page and update the rules."},
	"class.malformed":    {"内容残缺", "Broken content"},
	"fix.malformed":      {"会自动重试。持续出现的，请通知对方网站。", "We try again. If it stays, tell the site."},
	"class.gone":         {"页面不存在", "The page is gone"},
	"fix.gone":           {"请找到新地址，更新配置。", "Find the new address and update the configuration."},
	"class.unavailable":  {"对方无应答或出错", "It does not answer"},
	"fix.unavailable":    {"会自动重试。超过半小时的，请人工打开网站看看，并安排人工值守。", "We try again. After half an hour, look at the site yourself and have a person watch it."},
	"class.folder":       {"文件夹读不了", "The folder cannot be read"},
	"fix.folder":         {"请管理员检查投递文件夹是否存在、烽燧有没有读取权限。", "See whether the drop folder exists and Watchfire may read it."},
	"class.stale":        {"有应答，但内容停在过去", "It answers, but with old data"},
	"fix.stale":          {"多半是对方缓存或栏目停更。请人工打开网站核对。", "A cache, or a column nobody updates. Compare with the site."},
	"class.silent":       {"太久没有成功采集", "No successful visit for too long"},
	"fix.silent":         {"请看烽燧是否在正常运行；推送的来源请联系对方。", "See whether Watchfire is running well; of a source that pushes, ask the sender."},

	"draft.safety_notice": {"安全提示", "Safety notice"}, "draft.first_statement": {"首次通报", "First statement"}, "draft.update": {"续报", "Update"},
	"draft.final": {"结果通报", "Final statement"}, "draft.refutation": {"辟谣", "Refutation"}, "draft.correction": {"更正致歉", "Correction"},
	"draft.pinned_reply": {"置顶回复", "Pinned reply"}, "draft.comment_reply": {"单条回复", "Reply to a comment"}, "draft.internal_flash": {"内部快报", "Internal flash report"},
	"draft.lines_to_take": {"答问口径", "Lines to take"}, "draft.direct_notice": {"定向告知", "Direct notice"},
}

// fills are the Chinese names of what a draft leaves to be filled in.
var fills = map[string]string{
	"issue_time": "发布时间", "org": "发布单位", "contact": "联系方式", "next_update_time": "下次发布时间", "as_of": "截至时间", "place": "地点", "n": "序号",
	"event_type": "事件类型", "event_time": "事发时间", "topic": "事项", "service": "服务名称", "claim_short": "网传说法", "area": "影响范围", "why_wrong": "为什么不对",
	"remedy": "补救措施", "facts": "事实", "fact_headline": "事实标题", "evidence_date": "证据日期", "actions_taken": "已采取的措施", "why": "原因",
	"verify_link": "查证链接", "valid_until": "有效期", "unknown_facts": "尚不清楚的", "question": "问题", "points": "要点", "number_source": "数字来源",
	"lead_unit": "牵头单位", "fixes": "整改措施", "evidence_source": "证据来源", "eta": "预计恢复时间", "do_what": "怎么做", "casualty_now": "目前伤亡",
	"approver": "批准人", "answer": "答复", "affected": "受影响人群", "wrong_text": "错误表述", "what_to_do": "怎么做", "what_is_wrong": "出了什么问题",
	"what_happened": "发生了什么", "true_part": "属实部分", "test_status": "检测进展", "supply_points": "供应点", "right_text": "正确表述",
	"restored_areas": "已恢复片区", "progress": "进展", "platforms": "平台", "period": "时段", "owner": "责任单位", "lab": "检测机构", "known_facts": "已核实情况",
	"investigator": "调查单位", "investigation_lead": "调查牵头单位", "interval": "间隔", "followup_date": "回访日期", "fix_deadline": "整改期限",
	"family_line": "家属专线", "earlier_title": "前次标题", "earlier_time": "前次时间", "decisions_needed": "需请示事项", "count": "数量", "concerns": "公众关切",
	"alternatives": "替代办法", "accountability": "责任处理", "why_changed": "变化原因", "verdict": "结论", "use_advice": "使用建议", "true_part_action": "属实部分的处理",
	"trend": "走势", "safety_tip": "安全提示", "restore_time": "恢复时间", "responders": "救援力量", "rescue": "救援情况", "report_link": "报告链接",
	"reply_time": "答复时间", "real_place_time": "真实时间地点", "quality_result": "检测结果", "pending_areas": "未恢复片区", "opinion_level": "舆情等级",
	"opening_hours": "办理时间", "no_comment": "暂不回应的", "new_claim": "新说法", "neg_share": "负面占比", "monitor_result": "监测结果", "medical": "救治情况",
	"losses": "损失", "liable": "责任方", "level": "级别", "indirect_cause": "间接原因", "impact": "影响", "households": "户数", "hospital": "医院",
	"help_passed": "已转求助", "help_count": "求助条数", "health_advice": "健康提示", "first_use": "首次使用", "first_source": "最早来源", "findings": "查明情况",
	"fact_on_new": "新情况的事实", "exposed_how": "接触方式", "evidence_list": "证据清单", "event_level": "事件级别", "eta_change": "预计时间变化",
	"enforcement": "执法情况", "direct_cause": "直接原因", "detour": "绕行路线", "deadline": "截止时间", "course": "经过", "correction": "更正内容",
	"confirmed_casualties": "已确认伤亡", "community": "小区", "changes": "变化", "cause": "原因", "casualty_prev": "此前伤亡", "care_sentence": "关怀语",
	"basis": "依据", "aware_time": "知悉时间", "appeal_channel": "申诉渠道", "advice": "建议",
	"q1": "问题一", "a1": "答复一", "src1": "出处一",
}
