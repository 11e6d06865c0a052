package alerts

import (
	"fmt"
	"strings"
	"time"

	"watchfire/crisis"
)

// words are the phrases of one language. Formats are used by text.go only.
type words struct {
	drill                                             string
	numeral, color                                    map[crisis.Level]string
	levels                                            string // response, colour, event, opinion
	ungraded                                          string
	kinds                                             map[crisis.AlertKind]string
	detectors                                         map[string]string
	why, evidence, next, red, overdue, holder, nobody string
	progress, link, number, plan, remark, blind       string
	trouble, since, detail, fix, last                 string
	classes                                           map[crisis.Class]string
	due, today, tomorrow                              string
	sep, stop                                         string
}

var zh = words{
	drill:    "【演练】",
	numeral:  map[crisis.Level]string{crisis.LevelI: "Ⅰ", crisis.LevelII: "Ⅱ", crisis.LevelIII: "Ⅲ", crisis.LevelIV: "Ⅳ"},
	color:    map[crisis.Level]string{crisis.LevelI: "红", crisis.LevelII: "橙", crisis.LevelIII: "黄", crisis.LevelIV: "蓝"},
	levels:   "【%s级·%s｜事件%s 舆情%s】",
	ungraded: "未定",
	kinds: map[crisis.AlertKind]string{
		crisis.AlertOpened: "新事件", crisis.AlertRaised: "升级", crisis.AlertOverdue: "步骤超时", crisis.AlertQuiet: "已趋平静，可考虑结案",
		crisis.AlertClosed: "已结案", crisis.AlertReopened: "重新立案", crisis.AlertUpdate: "更新", crisis.AlertBlind: "哑源告警", crisis.AlertSight: "恢复可见", crisis.AlertTest: "通道测试",
	},
	detectors: map[string]string{"surge": "发声人数突增", "mood": "负面占比突增", "flood": "少数账号刷帖", "blind": "采集中断"},
	why:       "为什么现在：", evidence: "证据：", next: "现在做：", red: "红线：", overdue: "已超时：",
	holder: "谁在管：%s", nobody: "谁在管：无人签收，请尽快签收",
	progress: "进度：%d/%d 步", link: "处理：", number: "编号：", plan: "预案：%s", remark: "说明：%s", blind: "注意：%s 目前看不见，实际情况可能更严重",
	trouble: "%s 看不见了", since: "自 %s 起", detail: "原因：%s", fix: "怎么办：%s", last: "%s 又能看见了",
	classes: map[crisis.Class]string{
		crisis.ClassRateLimited: "对方限流", crisis.ClassAuth: "授权失效", crisis.ClassGated: "被登录或验证码拦住", crisis.ClassForbidden: "robots.txt 或地址规则不允许",
		crisis.ClassSoftError: "返回的不是要的内容", crisis.ClassMalformed: "内容残缺", crisis.ClassGone: "页面不存在", crisis.ClassUnavailable: "对方无应答或出错", crisis.ClassStale: "有应答，但没有新内容",
	},
	due: "%s（%s，%s前）", today: "15:04", tomorrow: "1月2日15:04", sep: "，", stop: "。",
}

var en = words{
	drill:    "[DRILL] ",
	numeral:  map[crisis.Level]string{crisis.LevelI: "I", crisis.LevelII: "II", crisis.LevelIII: "III", crisis.LevelIV: "IV"},
	color:    map[crisis.Level]string{crisis.LevelI: "red", crisis.LevelII: "orange", crisis.LevelIII: "yellow", crisis.LevelIV: "blue"},
	levels:   "[Level %s %s | event %s, opinion %s] ",
	ungraded: "ungraded",
	kinds: map[crisis.AlertKind]string{
		crisis.AlertOpened: "new incident", crisis.AlertRaised: "raised", crisis.AlertOverdue: "overdue", crisis.AlertQuiet: "quiet: consider closing",
		crisis.AlertClosed: "closed", crisis.AlertReopened: "opened again", crisis.AlertUpdate: "update", crisis.AlertBlind: "blind", crisis.AlertSight: "sees again", crisis.AlertTest: "channel test",
	},
	detectors: map[string]string{"surge": "more people speak than usual", "mood": "negative share rises", "flood": "a few accounts post a lot", "blind": "collection interrupted"},
	why:       "Why now: ", evidence: "Evidence:", next: "Do now:", red: "Red line: ", overdue: "Overdue:",
	holder: "Who has it: %s", nobody: "Who has it: nobody yet, please acknowledge",
	progress: "Progress: %d of %d steps", link: "Open: ", number: "Id: ", plan: "Plan: %s", remark: "Remark: %s", blind: "Note: %s cannot be seen at present; it may be worse than it looks",
	trouble: "%s cannot be seen", since: "since %s", detail: "Cause: %s", fix: "What to do: %s", last: "%s can be seen again",
	classes: map[crisis.Class]string{
		crisis.ClassRateLimited: "it asks us to slow down", crisis.ClassAuth: "our access has expired", crisis.ClassGated: "a log-in wall or captcha", crisis.ClassForbidden: "robots.txt or our address rules forbid it",
		crisis.ClassSoftError: "it answers with something else", crisis.ClassMalformed: "broken content", crisis.ClassGone: "the page is gone", crisis.ClassUnavailable: "it does not answer", crisis.ClassStale: "it answers, but with nothing new",
	},
	due: "%s (%s, by %s)", today: "15:04", tomorrow: "2 Jan 15:04", sep: ", ", stop: ". ",
}

func wordsOf(lang string) *words {
	if lang == "en" {
		return &en
	}
	return &zh
}

// level names a level, also one that is not graded.
func (w *words) level(l crisis.Level) string {
	if n, ok := w.numeral[l]; ok {
		return n
	}
	return w.ungraded
}

// span says a stretch of time.
func (w *words) span(d time.Duration) string {
	h, m := int(d.Hours()), int(d.Minutes())%60
	hours, minutes := "小时", "分钟"
	if w == &en {
		hours, minutes = " h", " min"
	}
	switch {
	case h == 0:
		return fmt.Sprintf("%d%s", m, minutes)
	case m == 0:
		return fmt.Sprintf("%d%s", h, hours)
	}
	return strings.TrimSpace(fmt.Sprintf("%d%s%d%s", h, hours, m, minutes))
}
