package playbooks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"watchfire/crisis"
)

// columnNames are the heads under which tables of steps name their columns.
var columnNames = map[string]*regexp.Regexp{
	"id":       regexp.MustCompile(`^(?:编号|序号|步骤编号)$`),
	"phase":    regexp.MustCompile(`^(?:阶段|环节|工作阶段)$`),
	"step":     regexp.MustCompile(`^(?:步骤|处置步骤|工作步骤|主要步骤|工作内容|工作任务|任务|工作事项|事项|措施|(?:处置|响应|应对|工作|主要)措施|处置内容|处置动作|动作|主要工作|处置要求|工作要求|主要任务)$`),
	"role":     regexp.MustCompile(`^(?:责任|牵头|负责|承办|主责|执行)(?:岗位|单位|部门|人|人员|主体)(?:及分工)?$|^岗位$`),
	"due":      regexp.MustCompile(`^(?:完成|办结|办理|处置|响应)?(?:时限|期限|时间|时间要求|时限要求)$`),
	"evidence": regexp.MustCompile(`^(?:留存凭据|凭据|凭证|留痕|留痕要求|工作记录|佐证|佐证材料)$`),
}

// stepColumns finds the row, among the first, that heads a table of steps, and which
// column is what; nil when the table is none.
func stepColumns(rows [][]string) (head int, columns map[string]int) {
	for head = range min(len(rows), 3) {
		columns = map[string]int{}
		for k, cell := range rows[head] {
			name := strings.Join(strings.Fields(cell), "")
			for what, names := range columnNames {
				if _, have := columns[what]; !have && names.MatchString(name) {
					columns[what] = k
				}
			}
		}
		_, step := columns["step"]
		_, role := columns["role"]
		_, due := columns["due"]
		if step && (role || due) {
			return head, columns
		}
	}
	return 0, nil
}

// table places the rows of a table, or leaves them.
func (i *importer) table(b *Block, stand string) {
	rows := append([][]string{b.Header}, b.Rows...)
	if head, columns := stepColumns(rows); columns != nil {
		for n := range rows[:head] {
			i.leaveRow(b, rows[n], n, stand, nil)
		}
		for n := head + 1; n < len(rows); n++ {
			i.row(b, rows, n, head, columns, stand)
		}
		return
	}
	if names := i.deadlinesIn(rows); len(names) > 0 {
		i.draft.deadlines = append(i.draft.deadlines, names...)
	}
	levelled := i.kind() == aboutLevels || len(b.Header) > 0 && regexp.MustCompile(`^.{0,4}(?:级别|等级)$`).MatchString(strings.TrimSpace(b.Header[0]))
	for n, row := range rows {
		if levelled && n > 0 && i.levelRow(row) {
			i.place(fmt.Sprintf("%s第%d行", stand, n+1), strings.Join(row, "\n"))
			continue
		}
		i.leaveRow(b, row, n, stand, nil)
	}
}

// deadlinesIn are the legal deadlines that the rows of a table begin with.
func (i *importer) deadlinesIn(rows [][]string) []string {
	var out []string
	for _, row := range rows {
		for _, id := range sortedKeys(i.library.deadlines) {
			if d := i.library.deadlines[id]; len(row) > 1 && row[0] == d.What && row[1] == d.Source() {
				out = append(out, id)
			}
		}
	}
	return out
}

// leaveRow leaves a row of a table, or those of its cells that skip does not name.
func (i *importer) leaveRow(b *Block, row []string, n int, stand string, skip []int) {
	var cells []string
	for k, cell := range row {
		if words := strings.Join(wordLines(cell), " / "); words != "" && !slices.Contains(skip, k) && !b.repeats[[2]int{n, k}] {
			cells = append(cells, words)
		}
	}
	if len(cells) > 0 {
		i.leave(fmt.Sprintf("%s第%d行", stand, n+1), strings.Join(cells, " ｜ "))
	}
}

// row reads a row of a table of steps.
func (i *importer) row(b *Block, rows [][]string, n, head int, columns map[string]int, stand string) {
	row := rows[n]
	cell := func(what string) string {
		if k, ok := columns[what]; ok && k < len(row) {
			return strings.Join(wordLines(row[k]), "\n")
		}
		return ""
	}
	title, text, ok := strings.Cut(cell("step"), "\n")
	if !ok {
		text = title
	}
	if text == "" || b.repeats[[2]int{n, columns["step"]}] && cell("role") == "" {
		i.leaveRow(b, row, n, stand, nil)
		return
	}
	s := Step{Title: Text{ZH: title}, Text: text, Evidence: Evidence{Ask: cell("evidence")}}
	if id := cell("id"); goodID.MatchString(id) && strings.Contains(id, "-") {
		s.ID = id
	}
	if phase := cell("phase"); phase != "" {
		s.Phase = i.kindOf(phase)
	}
	comments := []string{i.here(fmt.Sprintf("%s第%d行", stand, n+1))}
	var used []int
	for _, what := range []string{"id", "phase", "step", "role", "due", "evidence"} {
		k, have := columns[what]
		if !have {
			continue
		}
		used = append(used, k)
		i.place(fmt.Sprintf("%s第%d行", stand, n+1), cell(what))
		if words := strings.Join(wordLines(cell(what)), " / "); words != "" && what != "step" && what != "evidence" && words != s.ID {
			comments = append(comments, strings.Join(strings.Fields(rows[head][k]), "")+"："+words)
		}
	}
	due := cell("due")
	if !within.MatchString(plainTimes(due)) && spansOf(due) != nil && !strings.ContainsAny(due, "每前") {
		due += "内" // a column of times needs no word for it
	}
	i.step(s, strings.TrimSpace(cell("role")+"\n"+due+"\n"+wordsOfTime(cell("step"), due)), comments)
	if n == head+1 {
		i.headOf(rows[head])
	}
	i.leaveRow(b, row, n, stand, used)
}

// headOf puts the heads of the columns before the first step of a table.
func (i *importer) headOf(head []string) {
	s := &i.draft.steps[len(i.draft.steps)-1]
	var names []string
	for _, cell := range head {
		if name := strings.Join(wordLines(cell), " "); name != "" {
			names = append(names, name)
		}
	}
	s.comments = slices.Insert(s.comments, 1, "表头："+strings.Join(names, "、"))
}

// wordsOfTime is the text of a step where the row has no column for its time.
func wordsOfTime(text, due string) string {
	if due != "" {
		return ""
	}
	return text
}

var (
	levelName = regexp.MustCompile(`^(?:（?[一二三四1-4]{1,2}[）.．、)]\s*)?(?:(特别重大|重大|较大|一般)|(Ⅳ|Ⅲ|Ⅱ|Ⅰ|IV|I{1,3}|[一二三四])级)`)
	levelIDs  = map[string]crisis.Level{
		"特别重大": crisis.LevelI, "重大": crisis.LevelII, "较大": crisis.LevelIII, "一般": crisis.LevelIV,
		"Ⅰ": crisis.LevelI, "Ⅱ": crisis.LevelII, "Ⅲ": crisis.LevelIII, "Ⅳ": crisis.LevelIV,
		"I": crisis.LevelI, "II": crisis.LevelII, "III": crisis.LevelIII, "IV": crisis.LevelIV,
		"一": crisis.LevelI, "二": crisis.LevelII, "三": crisis.LevelIII, "四": crisis.LevelIV,
	}
)

// levelOf finds the level with which a text begins.
func levelOf(text string) (crisis.Level, bool) {
	m := levelName.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return crisis.LevelNone, false
	}
	l, ok := levelIDs[m[1]+m[2]]
	return l, ok
}

// levelRow reads a row of a table that says what makes each level.
func (i *importer) levelRow(row []string) bool {
	if len(row) < 2 {
		return false
	}
	level, ok := levelOf(row[0])
	if !ok {
		return false
	}
	n := len(i.draft.levels[level])
	for k, cell := range row[1:] {
		if k > 0 && cell == row[k] {
			continue
		}
		i.draft.levels[level] = append(i.draft.levels[level], wordLines(cell)...)
	}
	return len(i.draft.levels[level]) > n
}

// criterion reads a paragraph that says what makes a level: it begins with the level, or
// the heading above it does.
func (i *importer) criterion(text string) bool {
	level, ok := levelOf(text)
	if !ok {
		level, ok = levelOf(i.heading())
	}
	if ok {
		i.draft.levels[level] = append(i.draft.levels[level], text)
	}
	return ok
}
