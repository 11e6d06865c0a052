package playbooks

import (
	"regexp"
	"strings"
	"time"
)

// act is what we may promise to do.
const act = `发布|公布|通报|更新|告知|回复|答复|说明会|通气会|恢复|完成|出结果|出具|通水|通电|通车|供水|供电|供气|复查|回访|反馈|公开|披露|续报|作出.{0,8}(?:决定|处理)|办结|修复|抢通|整改到位`

var (
	acts   = regexp.MustCompile(act)
	future = regexp.MustCompile(`将|拟于|预计|计划|力争|争取|不晚于|最迟|确保|下一?次|每隔?\d|每[天日]|承诺`)
	nextTo = regexp.MustCompile(`^(之?前|之?内|以内)?(再次|予以|书面|向社会|正式|统一|给予)?(` + act + `)`)

	// told says that a clause speaks of what was; asked that others speak, are to act, or
	// that a rule demands it.
	told  = regexp.MustCompile(`(` + act + `|处置)了|已于|已在|已经?.{0,12}(` + act + `)|未能|没有在|截至|截止|共(回复|办结|答复)|(发生|接报|事发|反映|受理|发现)(之?后|的)`)
	asked = regexp.MustCompile(`曾|当事人称|有人称|请|可(于|在)|应当?(于|在)|须(于|在)|需(于|在)|务必|按照?规定|根据规定|(工作|办公|受理|咨询).{0,6}时间`)
	// hearsay is words of others within quotation marks.
	hearsay = regexp.MustCompile(`“[^”]*”|「[^」]*」|"[^"]*"`)
	denied  = regexp.MustCompile(`网传|不实|谣言|传言|有人称|所谓`)
)

// owes says whether a sentence is about what we will do.
func owes(sentence string) bool {
	return acts.MatchString(sentence) && future.MatchString(sentence) && !asked.MatchString(sentence) || enOwes.MatchString(sentence)
}

// chinese reads the promises of a sentence.
func (c calendar) chinese(sentence string) []Given {
	sentence = digitsOf(sentence)
	if denied.MatchString(sentence) {
		sentence = hearsay.ReplaceAllString(sentence, "")
	}
	var out []Given
	var day time.Time // the last day that the sentence has named
	ahead, past := false, false
	pieces := clausesOf(sentence)
	for i, piece := range pieces {
		said := piece
		times := c.timesIn(piece, day)
		if n := len(times); n > 0 && i+1 < len(pieces) && !acts.MatchString(piece[times[n-1].end:]) && !acts.MatchString(piece) {
			said += pieces[i+1] // 预计8月7日12时，恢复供水
		}
		past = told.MatchString(said) && !future.MatchString(piece)
		ahead = future.MatchString(piece) || ahead && !past
		for _, t := range times {
			if !t.day.IsZero() {
				day = t.day
			}
		}
		if past || asked.MatchString(said) || !acts.MatchString(said) {
			continue
		}
		for _, t := range promising(piece, times, ahead) {
			out = append(out, Given{Kind: zhKind(said), Due: t.due, Every: t.every})
		}
	}
	return out
}

// clausesOf cuts a sentence at its commas, but for those within brackets.
func clausesOf(sentence string) []string {
	var out []string
	from, depth := 0, 0
	for i, r := range sentence {
		switch r {
		case '（', '(':
			depth++
		case '）', ')':
			depth--
		case '，', ',', '；', ';':
			if depth <= 0 {
				out = append(out, sentence[from:i])
				from = i + len(string(r))
			}
		}
	}
	return append(out, sentence[from:])
}

// promising are the times of a clause by which we are to act: the first behind the word
// that says we will, and those that are listed with it. A clause without such a word
// promises when the time stands next to the act.
func promising(piece string, times []timeAt, ahead bool) []timeAt {
	mark := future.FindStringIndex(piece)
	var out []timeAt
	for _, t := range times {
		if len(out) > 0 {
			if between := piece[out[len(out)-1].end:t.begin]; between != "、" && between != "和" && between != "及" && between != "至" {
				return out
			}
			out = append(out, t)
			continue
		}
		switch {
		case mark != nil && t.end <= mark[0] && laterTime(times, mark[0]):
		case mark != nil, ahead, t.every > 0, nextTo.MatchString(piece[t.end:]):
			out = append(out, t)
		}
	}
	return out
}

// laterTime says whether a time stands behind a place.
func laterTime(times []timeAt, place int) bool {
	return len(times) > 0 && times[len(times)-1].end > place
}

// chineseDigits are the digits that a number is written with.
var chineseDigits = map[rune]int{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

var (
	halves   = regexp.MustCompile(`半个?小时|半个?钟头`)
	spoken   = regexp.MustCompile(`[零〇一二两三四五六七八九十]+个30分钟`) // what halves makes of 一个半小时
	andHalf  = regexp.MustCompile(`(\d+)个半小时`)
	numerals = regexp.MustCompile(`([第星期周几数]?)([零〇一二两三四五六七八九十百]+)(个?小时|分钟|个?工作日|[天日周月号时点分]|个?星期|个月)(间|刻)?`)
)

// digitsOf writes the numbers of times in digits: ２ 小时, 两小时, 一个半小时, 十五个工作日.
func digitsOf(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '：':
			return ':'
		}
		return r
	}, s)
	s = halves.ReplaceAllStringFunc(s, func(string) string { return "30分钟" })
	s = spoken.ReplaceAllStringFunc(s, func(m string) string {
		return itoa(60*numberOf(strings.TrimSuffix(m, "个30分钟"))+30) + "分钟"
	})
	s = andHalf.ReplaceAllStringFunc(s, func(m string) string {
		return itoa(60*atoi(strings.TrimSuffix(m, "个半小时"))+30) + "分钟"
	})
	return numerals.ReplaceAllStringFunc(s, func(m string) string {
		p := numerals.FindStringSubmatch(m)
		if p[1] != "" || p[4] != "" { // 第一时间, 星期一, 数十天
			return m
		}
		return itoa(numberOf(p[2])) + p[3]
	})
}

// numberOf reads a number written in Chinese.
func numberOf(s string) int {
	all, digit := 0, 0
	for _, r := range s {
		switch r {
		case '十':
			all, digit = all+10*max(digit, 1), 0
		case '百':
			all, digit = all+100*max(digit, 1), 0
		case '千':
			all, digit = all+1000*max(digit, 1), 0
		case '万':
			all, digit = 10_000*max(all+digit, 1), 0
		default:
			digit = chineseDigits[r]
		}
	}
	return all + digit
}
