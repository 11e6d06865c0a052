package playbooks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// metaRules work out what no pattern can say. Each returns where its rule is broken.
var metaRules = map[string]func(*ReplyRule, *Draft) []Objection{
	"form.issuer":               issuer,
	"form.name-consistency":     misnamed,
	"elem.empathy":              uncaring,
	"cause.investigating-only":  vagueInquiry,
	"abs.empty-attention":       emptyAttention,
	"tone.length-first":         tooLongFirst,
	"pii.complainant":           complainant,
	"secret.precheck":           unchecked,
	"fact.casualty-consistency": shrunk,
	"fact.bare-denial":          bareDenial,
	"fact.repeat-rumor-title":   rumourTitle,
	"len.platform":              overlong,
	"ai.label":                  unlabelled,
}

var (
	saysWho   = regexp.MustCompile(`(由|会同|成立|联合|市|区|县|镇|我|省).{0,16}(局|委|组|办|院|队|中心|公司|单位|政府|医院|学校|指挥部)`)
	saysWhen  = regexp.MustCompile(`\d{1,2}\s?[月日时点:：]|\d+\s?个?(小时|工作日|天|分钟)|(今|明|后)(日|天)|(上|下)午|晚间|当晚`)
	saysLead  = regexp.MustCompile(`由.{1,40}(负责|牵头|组织|开展|进行)?(调查|核实|核查|负责|牵头)`)
	saysUntil = regexp.MustCompile(`(将于|不晚于|最迟|预计|下次).{0,16}\d.{0,16}|\d{1,2}(时|点|日)前.{0,8}(发布|公布|通报|更新|告知)`)
	saysDeed  = regexp.MustCompile(`(已经?|正在|立即|现已|目前|现场).{0,30}(组织|开展|赶赴|到达|救援|救治|送往|到场|调集|调取|疏散|封存|抢修|停用|下架|排查|停职|立案|隔离|转移|开放|安置|暂停|关闭|派出|处置|启动|更正|受理|登记|介入|征集)`)
	inquires  = regexp.MustCompile(`[正还仍]在.{0,8}(调查|核实|核查|了解|侦办)|(调查|核实|核查)(工作)?(正在进行|当中|之中|中|阶段)`)
	attends   = regexp.MustCompile(`(高度|极为|十分)(重视|关注)|第一时间|严肃(处理|查处|追责|问责)|从严(从快|从重|查处|处理|追责)|[绝决]不(姑息|手软|护短|袒护)|坚决查处|一查到底|严惩不贷|零容忍`)
	hurts     = regexp.MustCompile(`死亡|遇难|身亡|伤者|受伤|伤亡|重伤|被困|失联|中毒|就医|住院|抢救|停水|停电|停气|停暖|延误|取消`)
	cares     = regexp.MustCompile(`挂念|牵挂|揪心|慰问|哀悼|悼念|痛心|痛惜|悲痛|歉意|致歉|抱歉|道歉|对不起|关切|不便|担心|惦记|体谅|深表|全力救治|全力抢救|全力救援`)
	complains = regexp.MustCompile(`(举报人|投诉人|反映人|信访人|发帖人)(姓名|电话|单位|住址|身份证|是|为|系|：|:)|(举报人|投诉人|反映人|信访人)\p{Han}{1,3}(某|先生|女士|电话)`)
	denies    = regexp.MustCompile(`不实|谣言|假的|假消息|假新闻|误传|无稽之谈|虚假|子虚乌有|不属实|造谣`)
	evidences = regexp.MustCompile(`监测|记录|检测|检验|报告编号|核查|查证|录像|监控|原文|原图|台账|数据|现场|拍摄于|截至|文号|实测|卡口|采样|印章`)
	checkable = regexp.MustCompile(`查询|核对|核验|链接|网址|官网|https?://|电话|热线|123(45|15|89)|\d{3,4}-\d{7,8}|二维码`)
	rumours   = regexp.MustCompile(`谣言|不实|网传|传言|辟谣|假的|造谣`)
	labels    = regexp.MustCompile(`(AI|人工智能|智能).{0,4}生成`)
)

func whole() []Objection { return []Objection{{}} }

func issuer(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil || d.Desk.Issuer == "" {
		return nil
	}
	name, account := d.Desk.Issuer, d.Desk.Account
	if !strings.Contains(d.Text, name) {
		return []Objection{{Found: name}}
	}
	if account != "" && !strings.Contains(name, account) && !strings.Contains(account, name) {
		return []Objection{{Found: account}}
	}
	return nil
}

// misnamed finds what differs from a known name by one character.
func misnamed(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil {
		return nil
	}
	var out []Objection
	text := []rune(d.Text)
	for _, name := range d.Desk.Names {
		want := []rune(name)
		if len(want) < 4 {
			continue
		}
		for i := 0; i+len(want) <= len(text); i++ {
			if here := text[i : i+len(want)]; oneApart(here, want) && !slices.Contains(d.Desk.Names, string(here)) {
				from := len(string(text[:i]))
				out = append(out, Objection{From: from, To: from + len(string(here)), Found: string(here) + " → " + name})
			}
		}
	}
	return out
}

// oneApart says whether two runs of characters differ in one that is neither the first
// nor the last: there a name ends and another word begins.
func oneApart(a, b []rune) bool {
	n := 0
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if n++; n > 1 || i == 0 || i == len(a)-1 {
			return false
		}
	}
	return n == 1
}

func uncaring(_ *ReplyRule, d *Draft) []Objection {
	if !d.Casualty && !hurts.MatchString(d.Text) {
		return nil
	}
	all := sentencesOf(d.Text)
	first := 3
	if len(all) > 0 && titled(d.Text) {
		first++
	}
	for _, s := range all[:min(first, len(all))] {
		if cares.MatchString(s.text) {
			return nil
		}
	}
	return whole()
}

// titled says whether a text begins with a headline: a short line that does not end
// like a sentence.
func titled(text string) bool {
	line, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	return more && utf8.RuneCountInString(line) <= 40 && !strings.ContainsAny(line, "。；")
}

// paragraph returns the line of a text that holds a place.
func paragraph(text string, at int) string {
	from := strings.LastIndexByte(text[:at], '\n') + 1
	line, _, _ := strings.Cut(text[from:], "\n")
	return line
}

func vagueInquiry(_ *ReplyRule, d *Draft) []Objection {
	var out []Objection
	for _, at := range inquires.FindAllStringIndex(d.Text, 20) {
		p := paragraph(d.Text, at[0])
		_, rest, _ := strings.Cut(p, d.Text[at[0]:at[1]])
		if !saysWho.MatchString(p) && !saysLead.MatchString(d.Text) || !saysWhen.MatchString(rest) && !saysUntil.MatchString(d.Text) {
			out = append(out, Objection{From: at[0], To: at[1]})
		}
	}
	return out
}

func emptyAttention(_ *ReplyRule, d *Draft) []Objection {
	var out []Objection
	for _, at := range attends.FindAllStringIndex(d.Text, 20) {
		if p := paragraph(d.Text, at[0]); !saysDeed.MatchString(p) || !saysWhen.MatchString(p) {
			out = append(out, Objection{From: at[0], To: at[1]})
		}
	}
	return out
}

// tooLongFirst wants a first statement short, and the time among its first hundred
// characters.
func tooLongFirst(r *ReplyRule, d *Draft) []Objection {
	limit := r.Limit
	if limit <= 0 {
		limit = 300
	}
	if n := letters(d.Text); n > limit {
		return []Objection{{Found: strconv.Itoa(n) + "/" + strconv.Itoa(limit)}}
	}
	text := []rune(d.Text)
	if len(text) > 100 && !saysWhen.MatchString(string(text[:100])) {
		return whole()
	}
	return nil
}

func complainant(_ *ReplyRule, d *Draft) []Objection {
	var out []Objection
	for _, at := range complains.FindAllStringIndex(d.Text, 20) {
		out = append(out, Objection{From: at[0], To: at[1]})
	}
	if d.Desk == nil {
		return out
	}
	for _, name := range d.Desk.Complainants {
		if i := strings.Index(d.Text, name); name != "" && i >= 0 {
			out = append(out, Objection{From: i, To: i + len(name)})
		}
	}
	return out
}

func unchecked(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil || d.Desk.Secrecy != "" {
		return nil
	}
	return whole()
}

func bareDenial(_ *ReplyRule, d *Draft) []Objection {
	at := denies.FindStringIndex(d.Text)
	if at == nil || evidences.MatchString(d.Text) && checkable.MatchString(d.Text) {
		return nil
	}
	return []Objection{{From: at[0], To: at[1]}}
}

func rumourTitle(_ *ReplyRule, d *Draft) []Objection {
	if !titled(d.Text) {
		return nil
	}
	line, _, _ := strings.Cut(d.Text, "\n")
	if at := rumours.FindStringIndex(line); at != nil {
		return []Objection{{From: at[0], To: at[1], Found: strings.TrimSpace(line)}}
	}
	return nil
}

func overlong(r *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil {
		return nil
	}
	var out []Objection
	n := utf8.RuneCountInString(d.Text)
	for _, p := range d.Desk.Platforms {
		if limit, ok := r.Limits[p]; ok && n > limit {
			out = append(out, Objection{Found: p + " " + strconv.Itoa(n) + "/" + strconv.Itoa(limit)})
		}
	}
	return out
}

func unlabelled(_ *ReplyRule, d *Draft) []Objection {
	if d.Desk == nil || !d.Desk.AI || labels.MatchString(d.Text) && d.Desk.Reviewer != "" {
		return nil
	}
	return whole()
}
