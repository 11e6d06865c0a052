package playbooks

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

var (
	oneSpan  = regexp.MustCompile(`(?:(\d{1,3})个?工作日)|(?:(\d{1,4})(?:个)?小时)?(?:(\d{1,4})分钟?)?(?:(\d{1,3})[天日])?`)
	within   = regexp.MustCompile(`(?:\d{1,3}个?工作日|\d{1,4}个?小时(?:\d{1,4}分钟?)?|\d{1,4}分钟?|\d{1,3}[天日])(?:之|以)?内`)
	atMost   = regexp.MustCompile(`(?:不超过|不得超过|不晚于|不迟于|最迟)(\d{1,3}个?工作日|\d{1,4}个?小时(?:\d{1,4}分钟?)?|\d{1,4}分钟?|\d{1,3}[天日])`)
	byLevels = regexp.MustCompile(`((?:(?:IV|I{1,3})级?[、和及])*(?:IV|I{1,3}))级[^，。；I\d]{0,8}?(\d{1,3}个?工作日|\d{1,4}个?小时(?:\d{1,4}分钟?)?|\d{1,4}分钟?|\d{1,3}[天日])`)
	hanCount = regexp.MustCompile(`[一二两三四五六七八九十]{1,3}(?:个?工作日|个半小时|个?小时|分钟|[天日](?:之|以)?内)`)
	halfHour = regexp.MustCompile(`(\d{1,2})个半小时|半个?小时`)
	gapAfter = regexp.MustCompile(`(小时|分钟|[天日])[ \t　]+((?:之|以)?内)`)
	gap      = regexp.MustCompile(`(\d)[ \t　]+(个|小时|分|天|日|工作日)`)
	owners   = regexp.MustCompile(`由([^，。；：、由]{2,20}?)(?:牵头|负责|组织|会同|统一|汇总|审核|起草|承办|实施)|(?:责任单位|责任部门|牵头单位|牵头部门|责任人)[：:]\s*([^，。；]{2,20})|^([^，。；：、]{2,12}?)(?:应当|应|必须|须)(?:当?在|于|立即)`)
)

// plainTimes writes the times of a text in digits, as they are read: 一小时 as 1小时,
// 半小时 as 30分钟, Ⅱ级 as II级.
func plainTimes(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, text)
	text = strings.NewReplacer("Ⅰ", "I", "Ⅱ", "II", "Ⅲ", "III", "Ⅳ", "IV", "钟头", "小时").Replace(text)
	text = gapAfter.ReplaceAllString(gap.ReplaceAllString(text, "$1$2"), "$1$2")
	text = hanCount.ReplaceAllStringFunc(text, func(s string) string {
		end := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("一二两三四五六七八九十", r) })
		if n, ok := hanValue(s[:end]); ok {
			return strconv.Itoa(n) + s[end:]
		}
		return s
	})
	return halfHour.ReplaceAllStringFunc(text, func(s string) string {
		if m := halfHour.FindStringSubmatch(s); m[1] != "" {
			return m[1] + "小时30分钟"
		}
		return "30分钟"
	})
}

// hanValue reads a number up to 99: 三, 十五, 四十八.
func hanValue(s string) (int, bool) {
	tens, ones := 0, 0
	for _, r := range s {
		switch n := strings.IndexRune("一二三四五六七八九", r) / len("一"); {
		case r == '十':
			tens, ones = max(ones, 1)*10, 0
		case r == '两':
			ones = 2
		case strings.ContainsRune("一二三四五六七八九", r) && ones == 0:
			ones = n + 1
		default:
			return 0, false
		}
	}
	return tens + ones, tens+ones > 0
}

// tells says whether a sentence names who does something and by when.
func (i *importer) tells(text string) bool {
	plain := plainTimes(text)
	if !within.MatchString(plain) && !atMost.MatchString(plain) {
		return false
	}
	role, _ := i.roleIn(text)
	return role != "" || owners.MatchString(text)
}

// roleIn finds the role that a text names first, and the words that name it. One to
// whom something is reported does not do the step.
func (i *importer) roleIn(text string) (id, name string) {
	first := len(text)
	for _, r := range i.library.words.Roles {
		short, _, cut := strings.Cut(r.ZH, "（")
		for _, n := range []string{r.ZH, short} {
			if cut && n == short && len([]rune(n)) < 4 && strings.TrimSpace(text) != n {
				continue
			}
			for from := 0; n != ""; {
				at := strings.Index(text[from:], n)
				if at < 0 {
					break
				}
				at += from
				from = at + len(n)
				before := []rune(text[:at])
				if len(before) > 0 && strings.ContainsRune("向报告经请送知", before[len(before)-1]) {
					continue
				}
				if at < first || at == first && len(n) > len(name) {
					id, name, first = r.ID, n, at
				}
			}
		}
	}
	return id, name
}

// step completes a step by what its words name.
func (i *importer) step(s Step, hints string, comments []string) {
	s.Phase = cmp.Or(s.Phase, i.kind())
	if !slices.Contains(ids(i.library.words.Phases), s.Phase) {
		s.Phase = "respond"
	}
	steps := i.draft.steps
	if s.ID == "" || slices.ContainsFunc(steps, func(x draftStep) bool { return x.ID == s.ID }) {
		s.ID = "step-" + strconv.Itoa(len(steps)+1)
	}
	s.Role, _ = i.roleIn(hints)
	if m := owners.FindStringSubmatch(hints); m != nil && s.Role == "" {
		comments = append(comments, "原文写明由「"+strings.TrimSpace(m[1]+m[2]+m[3])+"」承担：请在 role 写对应的角色")
	}
	for line := range strings.SplitSeq(hints, "\n") {
		i.times(&s, plainTimes(strings.TrimSpace(line)))
	}
	i.draft.steps = append(i.draft.steps, draftStep{s, comments})
}

// times reads one line about the time of a step.
func (i *importer) times(s *Step, line string) {
	switch {
	case strings.HasPrefix(line, "红线："):
		for _, id := range sortedKeys(i.library.deadlines) {
			if d := i.library.deadlines[id]; strings.HasPrefix(line, plainTimes("红线："+d.What+"（")) {
				s.Limit = append(s.Limit, id)
			}
		}
	case strings.HasPrefix(line, "限") && strings.HasSuffix(line, "级"):
		for name := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "限"), "级"), "、") {
			if l, err := crisis.ParseLevel(name); err == nil && l != crisis.LevelNone {
				s.Levels = append(s.Levels, l)
			}
		}
	case strings.HasPrefix(line, "每") && strings.Contains(line, "一次，到"):
		every, until, _ := strings.Cut(line, "一次，到")
		for _, w := range i.library.words.Until {
			if w.ZH == until {
				s.RepeatEvery, s.RepeatUntil = spansOf(every), w.ID
			}
		}
	case s.DueAfter == nil:
		i.due(s, line)
	}
}

// due reads by when a step is due, and from when its time runs.
func (i *importer) due(s *Step, line string) {
	if !within.MatchString(line) && !atMost.MatchString(line) {
		return
	}
	s.DueAfter = spansOf(line)
	at := within.FindStringIndex(line)
	if at == nil {
		at = atMost.FindStringIndex(line)
	}
	if m := byLevels.FindStringIndex(line); m != nil && m[0] < at[0] {
		at = m
	}
	for _, w := range i.library.words.Anchors {
		if strings.HasSuffix(line[:at[0]], w.ZH+"后") && w.ID != string(crisis.FromDetected) {
			s.DueFrom = crisis.Anchor(w.ID)
		}
	}
}

// spansOf reads one time, or one for each level; nil if there is none.
func spansOf(text string) Durations {
	text = plainTimes(text)
	out := Durations{}
	for _, m := range byLevels.FindAllStringSubmatch(text, -1) {
		for name := range strings.FieldsFuncSeq(m[1], func(r rune) bool { return r != 'I' && r != 'V' }) {
			if l, err := crisis.ParseLevel(name); err == nil {
				if v, ok := spanOf(m[2]); ok {
					out[l] = v
				}
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	found := within.FindString(text)
	if m := atMost.FindStringSubmatch(text); found == "" && m != nil {
		found = m[1]
	}
	if found == "" {
		found = text
	}
	for at := range found {
		if v, ok := spanOf(found[at:]); ok {
			return Durations{crisis.LevelNone: v}
		}
	}
	return nil
}

// spanOf reads the time a text begins with.
func spanOf(text string) (crisis.Span, bool) {
	m := oneSpan.FindStringSubmatch(text)
	if m == nil || m[0] == "" || oneSpan.FindStringIndex(text)[0] != 0 {
		return crisis.Span{}, false
	}
	if n, err := strconv.Atoi(m[1]); err == nil && n > 0 {
		return crisis.Span{Days: n}, true
	}
	var d time.Duration
	for n, unit := range []time.Duration{time.Hour, time.Minute, 24 * time.Hour} {
		if v, err := strconv.Atoi(m[n+2]); err == nil {
			d += time.Duration(v) * unit
		}
	}
	return crisis.Span{Time: d}, true
}
