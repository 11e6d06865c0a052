package main

import (
	"fmt"
	"time"
)

// rule stands above and below an alert.
const rule = "────────────────────────────────────────────────────────────"

// phrases is what the demo says, in one language.
type phrases struct {
	org, title, dayForm                         string
	learning, learned, goesOn, begins           string
	howToEnd, stillOpen, doNow, keptIn, cleared string
	surge, mood, flood, dim, other              string // notices: worth a look, no alert
	finds                                       map[string]string
	going                                       string // time, posts, open incidents
	span                                        func(time.Duration) string
}

var chinese = phrases{
	org:       "云川市新闻办",
	title:     "烽燧演示：云川市是虚构的，网站、采集、研判、预案都是真跑的。",
	dayForm:   "1月2日 15:04",
	learning:  "先学它过去 %d 天的帖文，好知道平常什么样……",
	learned:   "学完 %d 条，用了 %.1f 秒。",
	goesOn:    "接着上次的讲：上次停在 %s。",
	begins:    "云川时间 %s。时钟加快：这里的 1 秒，是城里的 %s。\n控制台（用浏览器打开）：%s",
	howToEnd:  "按 Ctrl-C 结束。下面是正在发生的事：",
	stillOpen: "有一起事件还没办结：%s",
	doNow:     "▶ 请用浏览器打开 %s\n  点“签收”，照着清单一步步打勾。城里的时钟已经放慢（1 秒是 %s），时限从现在起算。",
	keptIn:    "演示结束。数据留在 %s，下次带同样的 --data 接着看。",
	cleared:   "演示结束，临时数据已经删掉。",
	surge:     "%s  留意：%s，发声 %.0f 人，平常 %.1f 人。还没到告警，接着看。",
	mood:      "%s  留意：%s，负面占 %.0f%%，平常 %.0f%%。还没到告警，接着看。",
	flood:     "%s  留意：%s，帖文 %.0f 条，平常 %.1f 条，可发声的就那么几个账号。疑似刷帖，只提示，不告警。",
	dim:       "%s  留意：%s，来源只看得见 %.0f%%。看不见不等于没事。",
	other:     "%s  留意：%s，%s。只提示，接着看。",
	finds: map[string]string{
		"emotion": "愤怒或恐慌的人多了", "claim": "要先核实的说法多了", "statement": "声明之后质疑多了", "board": "上了热榜", "fall": "说话的人一下子少了", "intake": "别的系统报来了消息",
	},
	going: "%s  已读新帖 %d 条，未办结事件 %d 起",
	span: func(d time.Duration) string {
		if d < time.Minute {
			return fmt.Sprintf("%.3g 秒", d.Seconds())
		}
		return fmt.Sprintf("%.3g 分钟", d.Minutes())
	},
}

var inEnglish = phrases{
	org:       "Yunchuan Information Office",
	title:     "Watchfire demo: the city of Yunchuan is made up; its web sites, the crawlers, the detectors and the plans are real and running.",
	dayForm:   "2 January 15:04",
	learning:  "Learning what is usual from its last %d days ...",
	learned:   "Learnt %d posts in %.1f seconds.",
	goesOn:    "Going on where the last demo stopped, at %s.",
	begins:    "In Yunchuan it is %s. Its clock is fast: one second here is %s there.\nThe console, for your browser: %s",
	howToEnd:  "Ctrl-C ends the demo. This is what happens:",
	stillOpen: "An incident is still open: %s",
	doNow:     "▶ Open %s in your browser,\n  acknowledge, and tick the steps one by one. The town's clock is slower from here (one second is %s), and the deadlines count.",
	keptIn:    "The demo has ended. Its data are in %s; the same --data goes on from there.",
	cleared:   "The demo has ended, and its temporary data are deleted.",
	surge:     "%s  Noticed: %s, %.0f people speak, usually %.1f. No alert yet; watching on.",
	mood:      "%s  Noticed: %s, %.0f%% negative, usually %.0f%%. No alert yet; watching on.",
	flood:     "%s  Noticed: %s, %.0f posts, usually %.1f, but only a few accounts write them. A notice, no alert.",
	dim:       "%s  Noticed: %s, only %.0f%% of its sources can be seen. Not seeing is not calm.",
	other:     "%s  Noticed: %s, %s. A notice; watching on.",
	finds: map[string]string{
		"emotion": "more people are angry or afraid", "claim": "more claims that should be checked first", "statement": "more criticism since the statement",
		"board": "it is on a hot board", "fall": "far fewer people speak than usual", "intake": "another system reports something",
	},
	going: "%s  %d new posts read, %d incidents open",
	span: func(d time.Duration) string {
		switch {
		case d < time.Minute:
			return fmt.Sprintf("%.3g seconds", d.Seconds())
		case d == time.Minute:
			return "a minute"
		}
		return fmt.Sprintf("%.3g minutes", d.Minutes())
	},
}
