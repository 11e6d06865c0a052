package alerts

import "watchfire/crisis"

// zh are the words of a Chinese press office.
var zh = words{
	drill:  "【演练】",
	repeat: "【可能重复】", repeatWhy: "（上一次发送没有回音，这条消息您可能已经收到过）",
	numeral:     map[crisis.Level]string{crisis.LevelI: "Ⅰ", crisis.LevelII: "Ⅱ", crisis.LevelIII: "Ⅲ", crisis.LevelIV: "Ⅳ"},
	color:       map[crisis.Level]string{crisis.LevelI: "红", crisis.LevelII: "橙", crisis.LevelIII: "黄", crisis.LevelIV: "蓝"},
	graded:      "【%s级·%s｜事件%s 舆情%s】",
	gradedShort: "【%s级】",
	ungraded:    "未定",
	kinds: map[crisis.AlertKind]string{
		crisis.AlertOpened: "新事件", crisis.AlertRaised: "升级", crisis.AlertOverdue: "步骤超时", crisis.AlertQuiet: "已趋平静，可考虑结案",
		crisis.AlertReminder: "时限将到", crisis.AlertEscalated: "提级催办", crisis.AlertLapsed: "签收失效，请重新签收",
		crisis.AlertClosed: "已结案", crisis.AlertReopened: "重新立案", crisis.AlertUpdate: "最新情况", crisis.AlertPromise: "承诺到点", crisis.AlertUnseen: "声明未见", crisis.AlertUnsigned: "待补签", crisis.AlertDigest: "汇总", crisis.AlertAlive: "值守报告", crisis.AlertTest: "通道测试",
	},
	louder: "续警，声量又上一个台阶", undecided: "建议提级，请决定",
	since: "（%s起）",

	said: "%s内 %d 人谈到「%s」", turned: "谈到「%s」的人里，负面明显增多", negative: "，负面 %d 条", seenOn: "，见于%s",
	stirred: map[crisis.Cue]string{
		crisis.CueAngry: "谈到「%s」的人里，愤怒的明显增多", crisis.CueFear: "谈到「%s」的人里，恐慌的明显增多",
		crisis.CueRumour: "关于「%s」的传言明显增多，尚待核实", crisis.CueOld: "有人把往年的旧事当新闻传，涉及「%s」",
		crisis.CueImitation: "有人在传通报格式的消息，涉及「%s」，请核对是不是本单位发的",
	},
	climbed: "「%s」上了热榜，排第 %.0f 位", outcry: "我们发声明之后，「%s」的质疑不降反升",
	why: "为什么现在：", usual: "平常 %.1f（%.0f–%.0f）", rare: "平常不足 1（最多 %.0f）", factor: "，是平常的 %.1f 倍",
	surge: "%s–%s 发声 %.0f 人，%s", flood: "%s–%s 少数账号刷帖 %.0f 条，%s", other: "%s–%s 测得 %.1f，%s",
	mood: "负面占比：最近 %d 人（%s以来）中 %d 人负面，占 %s（95%%区间 %s–%s），平常 %s",
	cues: map[crisis.Cue]string{
		crisis.CueNegative: "负面", crisis.CueAngry: "愤怒", crisis.CueFear: "恐慌",
		crisis.CueRumour: "传言", crisis.CueOld: "旧事重提", crisis.CueImitation: "仿通报",
	},
	share:    "%s占比：最近 %d 人（%s以来）中有 %.0f 人，占 %s（95%%区间 %s–%s），平常 %s",
	answered: "%s发布声明后，%d 人中有 %.0f 人%s，占 %s（95%%区间 %s–%s），发布前 %s",
	place:    "%s–%s 热榜最高第 %.0f 位，%s", was: "前一天最高第 %.0f 位", unlisted: "前一天没有上榜",
	hushed:  "%s–%s 发声只有 %.0f 人，%s；来源有应答，请人工看看是没人说了，还是看不到了",
	reports: "「%s」报来：%s", ofSystem: "其他系统",
	part:  "%s %s",
	posts: "；帖文 %d 条，不同内容 %d 条", coverage: "；来源覆盖 %s", planned: "；正值计划内活动：%s", stale: "；多数说的是往年旧事，先核对当年的通报",
	thin: "最近%s只看到 %s 的来源，实际情况可能更严重", blind: "注意：%s目前看不见，实际情况可能更严重",
	talked: "集中在说：", quote: "“%s”",
	evidence: "证据：", quoted: "%d) %s %s「%s」", copies: "（相同内容 %d 条）",

	changed: "变化：", grade: "%s级 → %s级，步骤时限已按新级别重排", because: "。依据：%s",
	proposed: "待定：系统建议把舆情等级提到%s级；此前已由人工定级，未自动提级，请决定",
	next:     "现在做：", newlyLate: "刚刚超时：", redLine: "红线：%s %s（%s）",
	due: "%s（%s，%s前）", dueLate: "%s（%s，应于%s前，已超时）", lapsed: "红线已过：%s %s（%s）", more: "另有 %d 步超时，见处理页",
	holder: "谁在管：%s", nobody: "谁在管：无人签收，请尽快签收", progress: "进度：%d/%d 步", plan: "《%s》",
	remark: "说明：%s", settled: "声量和负面占比已回到平常水平。请核对处理页上的结案条件，符合后由负责人结案。",
	withheld: "一起限制知悉的事件需要处理。内容不在消息里显示，请在知悉范围内的人员到处理页办理。", withheldEnd: "一起限制知悉的事件已结案，内容不在消息里显示。",
	calls:   map[string]string{crisis.WhyUnacknowledged: "无人签收", crisis.WhyStalled: "签收后无进展，无人接手", crisis.WhyOverdue: "超时未办，提级催办"},
	callFor: "催办：%s", askAck: "。请立即签收，或指定人员接手", askStep: "。请督促责任人，或另行指派", lapsedAck: "有步骤超时，签收后长时间没有任何操作。请在岗人员重新签收，无人签收将逐级催办。",
	anchors:   map[crisis.Anchor]string{crisis.FromHappened: "，按事发%s计", crisis.FromNoticed: "，按发现%s计"},
	stillLate: "超时未办：", soon: "时限将到：",
	link: "处理：", number: "编号：", firstStep: " 首步:%s %s前", firstLimit: " 红线%s",
	open: "打开处理页", origin: "原文", tapAck: "一键签收：", tapDone: "办完一键勾选「%s」：",

	tick: "完成：%s", acknowledge: "我来处理", raise: "提一级", falseAlarm: "误报，结案", undo: "撤销这次勾选",
	raiseSure: "把舆情等级提高一级，并通知到人？", falseSure: "判为误报并结案？记入时间线，可在处理页重新打开。", sure: "确定", notSure: "再想想",
	record: "登记办理情况", recordOf: "要登记：%s", send: "登记并完成", cancel: "取消", slow: "已收到，正在记录；结果以消息更新为准",

	digest: "【汇总】另有 %d 条提醒，涉及 %d 起事件（%s–%s）", digestWhy: "提醒太密，Ⅲ级、Ⅳ级的合并成一条；Ⅰ级、Ⅱ级和红线仍逐条提醒。", digestMore: "另有 %d 起，见首页",
	alive: "【值守正常】来源 %d/%d 可见，在办事件 %d 起", aliveBut: "【值守注意】来源 %d/%d 可见，在办事件 %d 起",
	alivePosts: "过去一天读取帖文 %d 条。", aliveStuck: "有 %d 条提醒没有送达，请看送达台账。", aliveEnd: "每天这个时候收不到这条消息，请检查系统是否还在运行。",

	headlines: map[crisis.Part]string{
		crisis.PartSource: "来源看不见了：%s", crisis.PartChannel: "告警送不出去：%s", crisis.PartStore: "磁盘已满，暂停接收帖文", crisis.PartSelf: "系统自检：有到点的提醒没有发出", crisis.PartButtons: "按钮收不到点击：%s",
	},
	restored: map[crisis.Part]string{
		crisis.PartSource: "来源恢复可见：%s", crisis.PartChannel: "告警通道恢复：%s", crisis.PartStore: "磁盘有空间了，恢复接收帖文", crisis.PartSelf: "系统自检恢复正常", crisis.PartButtons: "按钮恢复可用：%s",
	},
	began: "自 %s 起", lasted: "共中断%s（%s起）",
	silent: "有应答，但 %s没有新帖，平常这段时间约有 %.0f 条", unread: "已到预定时间，没有成功采集",
	caution: map[crisis.Part]string{
		crisis.PartSource: "在恢复之前，不能把没有消息当作没有舆情", crisis.PartChannel: "该通道的收件人现在收不到告警，请另行通知", crisis.PartStore: "已收下的帖文和记录不受影响；新帖文暂不接收", crisis.PartSelf: "请打开首页人工核对各步骤的时限，并通知技术人员查看日志", crisis.PartButtons: "告警照常送达，但在消息里点按钮不起作用；请到处理页勾选",
	},
	cause: "原因：%s", fix: "怎么办：%s", detail: "技术信息：%s",
	classes: map[crisis.Class]string{
		crisis.ClassRateLimited: "对方限流", crisis.ClassAuth: "授权失效", crisis.ClassGated: "被登录或验证码拦住", crisis.ClassForbidden: "robots.txt 或地址规则不允许采集",
		crisis.ClassSoftError: "返回的不是要的内容", crisis.ClassMalformed: "返回的内容残缺", crisis.ClassGone: "页面不存在", crisis.ClassUnavailable: "对方无应答或出错",
		crisis.ClassStale: "有应答，但没有新内容",
	},
	fixes: map[crisis.Class]string{
		crisis.ClassRateLimited: "不用处理，会按对方要求的时间自动再试；经常出现就把采集间隔调长", crisis.ClassAuth: "更换该来源的令牌后重启",
		crisis.ClassGated: "用浏览器打开该页面看一看，确认能公开访问后，在“来源”页恢复采集", crisis.ClassForbidden: "不要绕过；换用该站公开的订阅或接口，或停用该来源",
		crisis.ClassSoftError: "用浏览器打开该页面核对，改版了就修改该来源的配置", crisis.ClassMalformed: "会自动再试；一直如此就用浏览器打开核对，并修改该来源的配置",
		crisis.ClassGone: "核对网址，改版了就修改该来源的配置", crisis.ClassUnavailable: "会自动再试；用浏览器打开该页面，能打开就检查本机网络",
		crisis.ClassStale: "用浏览器打开该页面：有新帖，就是对方给了旧内容或改版了，请修改配置；没有新帖，就人工巡看",
	},
	disk: "清理该磁盘，或把数据目录移到更大的磁盘；有了空间会自动恢复",

	cry: "【求助求救】%s", cryAgain: "【求助求救·仍未处理】%s", cried: "%s %s：“%s”",
	handOn: "现在做：立即转119/120/110或总值班室，并在诉求页认领", cryDue: "时限：%s前", cryDoubt: "由关键词识别，可能误报；先转办，再核实", cryLink: "原文：",

	today: "15:04", date: "1月2日15:04", list: "、", sep: "，", stop: "。",
	hours: "%d小时", minutes: "%d分钟", hoursAndMinutes: "%d小时%d分钟",
}
