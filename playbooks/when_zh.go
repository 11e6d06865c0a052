package playbooks

import (
	"regexp"
	"strings"
	"time"

	"watchfire/crisis"
)

// act is what we may promise to do.
const act = `发布|公布|通报|更新|告知|告诉|通知|回复|答复|说明会|通气会|恢复|完成|出结果|出具|通水|通电|通车|通气|供水|供电|供气|复查|回访|反馈|公开|披露|续报|作出.{0,8}(?:决定|处理)|办结|办理完毕|处理完毕|修复|修好|抢通|整改到位|落实到位|(?:一个|明确)说法|(?:拿|提)出.{0,8}方案|与您.{0,4}联系|联系您|回电|退款|退费|退回|退还|返还|赔付|兑付|重新开放|复课|(?:一个|明确|满意)的?(?:交代|答复)|给出.{0,8}(?:结论|结果|意见|答复|说明|交代|回复)|说明情况|作出?说明|回应|公示|公[之诸]于众|张贴|贴[到在]|答疑|打通|补齐|开放.{0,6}(?:通道|查询|入口)|座谈会|听证会|恳谈会|见面会|家长会|回头看|复检|复核|解决|发放|到账|安排(?:专人|人员|专班)|派人|派员|清理|清运|疏通|更换|拆除|向(?:大家|公众|社会|各位|家长|业主|居民|群众)[^，]{0,4}(?:报告|说明)|(?:车|组|队|人员|物资)[^，]{0,12}(?:到达|抵达|送达|到场|上门|进场|到位)`

// bridge are the words between a time and the act.
const bridge = `一定|就|我[们局办校院]|会|之?前|以前|之?内|以内|左右|再次|再|予以|书面|电话|当面|向社会|向公众|正式|统一|全部|全面|陆续|逐步|各|分别|一并|召开|举行|新闻|原路|起|为您|向您|与您|给予|给出|给(?:您|你|大家|公众|社会|家长|业主|群众)?`

var (
	acts   = regexp.MustCompile(act)
	future = regexp.MustCompile(`将|拟于|定于|预计|计划|力争|争取|不晚于|不迟于|最迟|最晚|确保|还需|仍需|尚需|下一?[次场]|每隔?\d|每[天日周]|每个?小时|承诺|(?:^|[^布气明])会[在于给把向对为与再尽]|我们会|我[们局办校院镇区市]{1,2}(?:一定|再|保证|尽量)|一定把|届时|约需|必将|我[们局]安排`)
	nextTo = regexp.MustCompile(`^(?:` + bridge + `)*(?:` + act + `)`)
	listed = regexp.MustCompile(`^(?:之?前|以前)?(?:、|和|及|以及|与)$|^至$`)

	// told says that a clause speaks of what was; asked that others speak, are to act, or
	// that a rule demands it.
	told  = regexp.MustCompile(`(?:` + act + `|处置)了|已于|已在|已经?.{0,12}(?:` + act + `)|未能|没有在|截至|截止|共(?:回复|办结|答复|发布)|(?:发生|接报|事发|反映|受理|发现)(?:之?后|的)|事发|当[晚天日]|次日`)
	asked = regexp.MustCompile(`曾|原定|原计划|承诺[的过]|(?:此前|昨[天日晚]|前[天日]|上周)[^，]{0,6}承诺|请|欢迎|可(?:于|在|自)|应当?(?:于|在|自)|应[当该]|[须需](?:于|在|要|补|提交|缴|携带|持)|务必|逾期|截止时间|按照?规定|根据规定|(?:工作|办公|受理|咨询).{0,6}时间|(?:市民|公众|业主|居民|家长|考生|旅客|乘客|企业|商户|用户)[^，]{0,8}可|工作日\d|每[天日周][^，]{0,12}(?:办理|受理|接待)`)
	// courteous are requests that ask for no act.
	courteous = regexp.MustCompile(`敬?请(?:您|大家|各位|广大[^，]{2,4}|社会各界)?(?:放心|留意|关注|知悉|谅解|理解|相信|耐心等待|稍候|以.{0,16}为准)`)
	// others speak, and until we do what follows is theirs.
	others = regexp.MustCompile(`(?:家长|网[民友]|村民|市民|群众|业主|居民|专家|学者|律师|当事人|乘客|患者|消费者|目击者|知情人|有人|对方|博主|媒体)[^，]{0,8}(?:称|说(?:[^明]|$)|表示|反映(?:[^的]|$)|认为|质疑|爆料|承诺|答应|介绍|要求|建议|希望)|(?:通知|文件|会议|方案|意见|指示|批示)[^，]{0,4}(?:要求|强调|指出)|记者[^，]{0,10}(?:获悉|了解到|了解)|(?:该|涉事|某)(?:公司|企业|商家|店|单位|楼盘|开发商|平台)[^，]{0,6}(?:承诺|答应|表示|声称|称|保证)`)
	ours   = regexp.MustCompile(`我[们局办市区县校院司委]|本[局办校院市区县]|经查|经核`)
	// supposed is a clause about what may come to be.
	supposed = regexp.MustCompile(`^\s*(?:如果|若|倘若|假如|一旦|万一|要是|凡|如(?:[^期实下何]|$))`)
	// refused stands before a time, barred behind it, of an act that is not promised.
	refused = regexp.MustCompile(`不会|没有|并未|从未|未(?:能|曾|在|于|承诺|答应)|不能|无法|难以|不再|不可能|不得|不宜|不要|切勿|是否|能否`)
	barred  = regexp.MustCompile(`^[^，]{0,6}(?:难以|无法|不能|不会)|^[^，]{0,4}(?:能否|是否|不要|切勿|请勿|不得|未)|不现实|不可能|未能|没能|没有(?:做到|兑现)|落空`)
	// theirs is an act by then that tells who is meant.
	theirs = regexp.MustCompile(`^.{0,4}(?:` + act + `).{0,8}的(?:人|业主|居民|市民|家长|考生|企业|商户|单位|来信|车辆|申请|用户|客户|旅客)`)
	// stopped is the end of a service, not its return.
	stopped = regexp.MustCompile(`(?:暂停|停止|中断|影响|限制)(?:供水|供电|供气|通行|通车)`)
	// hearsay is words of others within quotation marks.
	hearsay = regexp.MustCompile(`“[^”]*”|「[^」]*」|"[^"]*"`)
	denied  = regexp.MustCompile(`网传|不实|谣言|传言|有人称|所谓|说法不|不成立|不是真的|并非事实|误传|假的`)
)

// owes says whether a sentence is about what we will do.
func owes(sentence string) bool {
	return acts.MatchString(sentence) && future.MatchString(sentence) && !asked.MatchString(sentence) || enOwes.MatchString(strings.ToLower(sentence))
}

// chinese reads the promises of a sentence.
func (c calendar) chinese(sentence string) []Given {
	sentence = courteous.ReplaceAllString(c.nextMonth(digitsOf(sentence)), "")
	if denied.MatchString(sentence) {
		sentence = hearsay.ReplaceAllString(sentence, "")
	}
	sentence = stopped.ReplaceAllString(sentence, "")
	var out []Given
	var day time.Time // the last day that the sentence has named
	ahead, past, quoted := false, false, false
	pieces := clausesOf(sentence)
	for i, piece := range pieces {
		times := c.timesIn(piece, day)
		said, lead := piece, piece
		if n := len(times); n > 0 && i+1 < len(pieces) && !acts.MatchString(piece) && (times[n-1].every > 0 || nearly.MatchString(piece[times[n-1].end:]) || then.MatchString(pieces[i+1])) && len(c.timesIn(pieces[i+1], day)) == 0 {
			said += pieces[i+1] // 8月8日18时前，我们将公布结果
			lead = said
		}
		past = (told.MatchString(said) || past) && !future.MatchString(lead) && (!past || !ours.MatchString(piece))
		ahead = future.MatchString(lead) || ahead && !past
		quoted = others.MatchString(piece) || quoted && !ours.MatchString(piece)
		for _, t := range times {
			if !t.day.IsZero() {
				day = t.day
			}
		}
		tells := past
		past = past && strings.ContainsAny(piece, "0123456789")
		if tells || quoted || supposed.MatchString(piece) || asked.MatchString(said) || !acts.MatchString(said) {
			continue
		}
		for _, t := range promising(piece, times, ahead) {
			g := Given{Kind: zhKind(said), Due: t.due, Every: t.every}
			if t.every > 0 && zhTells.MatchString(said) && !zhResult.MatchString(said) {
				g.Kind = crisis.PromiseUpdate
			}
			out = append(out, g)
		}
	}
	return out
}

// nearly is what may stand between a time and the comma before its act.
var nearly = regexp.MustCompile(`^\s*(?:之?前|以前|左右|起|期间)?\s*$`)

// then begins a clause that says what we do by the time of the one before it.
var then = regexp.MustCompile(`^\s*(?:届时|到时|到那时|随后|之后|一?有结果|结果出来)`)

// ordered is a time that a rule or a word of ours had set: 未在规定的15日内.
var ordered = regexp.MustCompile(`(?:规定|约定|要求|承诺)的$`)

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
	ahead = ahead || mark != nil
	var out []timeAt
	for i, t := range times {
		if n := len(out); n > 0 {
			if !listed.MatchString(piece[out[n-1].end:t.begin]) {
				return out
			}
			if piece[out[n-1].end:t.begin] == "至" {
				out[n-1] = t
				continue
			}
			if t.every == 0 && out[n-1].every == 24*time.Hour {
				t.every = out[n-1].every
			}
			out = append(out, t)
			continue
		}
		last := i
		for last+1 < len(times) && listed.MatchString(piece[times[last].end:times[last+1].begin]) {
			last++
		}
		rest := piece[times[last].end:]
		switch {
		case refusedBefore(piece[:t.begin]), barred.MatchString(rest):
		case mark != nil && t.end <= mark[0] && laterTime(times, mark[0]):
		case ahead, t.every > 0:
			out = append(out, t)
		case t.moved && !strings.HasPrefix(rest, "前"), theirs.MatchString(rest):
		case nextTo.MatchString(rest):
			out = append(out, t)
		}
	}
	return out
}

// refusedBefore says whether what stands before a time refuses it: 我们不会在, but not
// 没有恢复的小区将于.
func refusedBefore(before string) bool {
	all := refused.FindAllStringIndex(before, -1)
	if len(all) == 0 {
		return false
	}
	between := before[all[len(all)-1][1]:]
	between = ordered.ReplaceAllString(between, "")
	return !strings.Contains(between, "的") && (!future.MatchString(between) || strings.HasPrefix(between, "承诺"))
}

// laterTime says whether a time stands behind a place.
func laterTime(times []timeAt, place int) bool {
	return len(times) > 0 && times[len(times)-1].end > place
}

// chineseDigits are the digits that a number is written with.
var chineseDigits = map[rune]int{'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

var (
	halves   = strings.NewReplacer("元月", "1月", "一大早", "早上", "一早", "早上", "半个小时", "30分钟", "半小时", "30分钟", "半个钟头", "30分钟", "半个月", "15天", "半年", "6个月", "半天", "12小时", "钟头", "小时", "时一刻", "时15分", "时三刻", "时45分", "点一刻", "点15分", "点三刻", "点45分")
	andHalf  = regexp.MustCompile(`(\d+|[一二两三四五六七八九十]+)个(?:半小时|30分钟)|(\d+)\.5个?小时|(\d+)个?小时(\d+)分钟?`)
	spans    = regexp.MustCompile(`([一二两三四五六七八九十]+)([至到])([一二两三四五六七八九十]+)(个?小时|分钟|个?工作日|[天日周])`)
	numerals = regexp.MustCompile(`([第星期周几数]?)([零〇一二两三四五六七八九十百]+)(个?小时|分钟|个?工作日|[天日周月号时点分]|个?星期|个月)(间)?`)
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
	s = gaps.ReplaceAllString(halves.Replace(s), "$1$3$2$4")
	s = gaps.ReplaceAllString(s, "$1$3$2$4")
	s = andHalf.ReplaceAllStringFunc(s, func(m string) string {
		p := andHalf.FindStringSubmatch(m)
		if p[4] != "" {
			return itoa(60*atoi(p[3])+atoi(p[4])) + "分钟"
		}
		return itoa(60*countOf(p[1]+p[2])+30) + "分钟"
	})
	s = spans.ReplaceAllStringFunc(s, func(m string) string {
		p := spans.FindStringSubmatch(m)
		return itoa(numberOf(p[1])) + p[2] + itoa(numberOf(p[3])) + p[4]
	})
	s = needs.ReplaceAllString(s, "需$1")
	return numerals.ReplaceAllStringFunc(s, func(m string) string {
		p := numerals.FindStringSubmatch(m)
		if p[1] != "" || p[4] != "" { // 第一时间, 星期一, 数十天
			return m
		}
		return itoa(numberOf(p[2])) + p[3]
	})
}

// needs stands before how long something takes, which asks nothing of anybody.
var needs = regexp.MustCompile(`需要((?:约|大约)?(?:\d|[一二两三四五六七八九十]))`)

var nextMonths = regexp.MustCompile(`(?:下个?月|次月)(\d{1,2})[日号]`)

// nextMonth writes the days of the next month with their month: 下个月10号.
func (c calendar) nextMonth(s string) string {
	first := time.Date(c.now.Year(), c.now.Month()+1, 1, 0, 0, 0, 0, c.now.Location())
	return nextMonths.ReplaceAllString(s, itoa(first.Year())+"年"+itoa(int(first.Month()))+"月${1}日")
}

// gaps are the blanks that are set between digits and Chinese characters.
var gaps = regexp.MustCompile(`(\d) +(\p{Han})|(\p{Han}) +(\d)`)

// countOf reads a number in digits or words.
func countOf(s string) int {
	if n := atoi(s); n > 0 {
		return n
	}
	return numberOf(s)
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
