package playbooks

import (
	"cmp"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// Draft makes of a document the draft of a plan that a person completes, and returns
// what could not be placed: it stands in the draft too, as comments under 未归类 at
// its end. No paragraph and no cell is lost. Steps are the rows of tables of steps and
// numbered paragraphs; their role and time are what their words name.
func (l *Library) Draft(d *Document) (draft []byte, left []string) {
	i := &importer{library: l, phase: "respond"}
	i.read(d)
	text := i.write(d.Title)
	for _, p := range d.paragraphs() {
		if !strings.Contains(text, p) {
			left = append(left, p)
		}
	}
	var rest strings.Builder
	if len(left) > 0 {
		rest.WriteString("\n# 未归类：导入时没有认出下面各段该放在哪里，请逐段处理后删去。\n")
		for _, p := range left {
			rest.WriteString("# " + p + "\n")
		}
	}
	return []byte(text + rest.String()), left
}

// paragraphs are all texts of a document, the cells of tables line by line.
func (d *Document) paragraphs() []string {
	var all []string
	add := func(text string) {
		for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if line = strings.TrimSpace(line); line != "" && !slices.Contains(all, line) {
				all = append(all, line)
			}
		}
	}
	add(d.Title)
	for i := range d.Blocks {
		b := &d.Blocks[i]
		add(b.Text())
		for _, row := range append([][]string{b.Header}, b.Rows...) {
			for _, cell := range row {
				add(cell)
			}
		}
	}
	return all
}

// importer gathers what it recognises.
type importer struct {
	library *Library
	phase   string
	place   string // the last heading
	purpose []string
	basis   []string
	steps   []Step
}

var (
	numbered = regexp.MustCompile(`^(?:\d{1,3}[．.、]|（\d{1,3}）|\(\d{1,3}\))\s*(.+)`)
	oneSpan  = regexp.MustCompile(`(?:(\d{1,3})个?工作日)|(?:(\d{1,4})(?:个)?小时)?(?:(\d{1,4})分钟?)?(?:(\d{1,3})[天日])?`)
	within   = regexp.MustCompile(`(?:\d{1,3}个?工作日|(?:\d{1,4}(?:个)?小时)?(?:\d{1,4}分钟?)?(?:\d{1,3}[天日])?)(?:之|以)?内`)
	byLevels = regexp.MustCompile(`(IV|I{1,3})级(\d{1,3}个?工作日|(?:\d{1,4}小时)?(?:\d{1,4}分钟?)?)`)
)

// headings say which phase a heading of an official plan is about.
var headings = []struct{ word, phase string }{
	{"核实", "verify"},
	{"收集", "verify"},
	{"监测", "verify"},
	{"研判", "assess"},
	{"定级", "assess"},
	{"报告", "report"},
	{"启动", "activate"},
	{"首次回应", "respond"},
	{"持续", "sustain"},
	{"后期处置", "recover"},
	{"善后", "recover"},
	{"复盘", "review"},
	{"总结", "review"},
	{"评估", "review"},
	{"响应", "respond"},
}

func (i *importer) read(d *Document) {
	for n := range d.Blocks {
		b := &d.Blocks[n]
		text := strings.TrimSpace(b.Text())
		switch {
		case b.Kind == HeadingBlock:
			i.place = text
			for _, h := range headings {
				if strings.Contains(text, h.word) {
					i.phase = h.phase
					break
				}
			}
			for _, w := range i.library.words.Phases {
				if strings.HasSuffix(text, w.ZH) {
					i.phase = w.ID
				}
			}
		case b.Kind == TableBlock && len(b.Header) >= 3 && slices.Contains(b.Header, "步骤"):
			for _, row := range b.Rows {
				i.row(b.Header, row)
			}
		case b.Kind != ParagraphBlock || text == "":
		case strings.Contains(i.place, "目的"):
			i.purpose = append(i.purpose, text)
		case strings.Contains(i.place, "依据"):
			i.basis = append(i.basis, text)
		case numbered.MatchString(text) && !strings.ContainsAny(i.place, "问障醒"):
			i.step(Step{Text: numbered.FindStringSubmatch(text)[1]}, text)
		}
	}
}

// row reads a row of a table of steps.
func (i *importer) row(header, row []string) {
	cell := func(name string) string {
		if n := slices.Index(header, name); n >= 0 && n < len(row) {
			return strings.TrimSpace(row[n])
		}
		return ""
	}
	title, text, ok := strings.Cut(cell("步骤"), "\n")
	if !ok {
		text = title
	}
	if text == "" {
		return
	}
	s := Step{Title: Text{ZH: title}, Text: text, Evidence: Evidence{Ask: cell("留存凭据")}}
	if id := cell("编号"); goodID.MatchString(id) {
		s.ID = id
	}
	i.step(s, cell("责任岗位")+"\n"+cell("时限"))
}

// step completes a step by what its words name.
func (i *importer) step(s Step, hints string) {
	s.Phase = i.phase
	s.ID = cmp.Or(s.ID, "step-"+strconv.Itoa(len(i.steps)+1))
	longest := 0
	for _, r := range i.library.words.Roles {
		if strings.Contains(hints, r.ZH) && len(r.ZH) > longest {
			s.Role, longest = r.ID, len(r.ZH)
		}
	}
	for line := range strings.SplitSeq(hints, "\n") {
		i.times(&s, line)
	}
	i.steps = append(i.steps, s)
}

// times reads one line about the time of a step.
func (i *importer) times(s *Step, line string) {
	words := &i.library.words
	switch {
	case strings.HasPrefix(line, "红线："):
		for _, id := range sortedKeys(i.library.deadlines) {
			if d := i.library.deadlines[id]; strings.HasPrefix(line, "红线："+d.What+"（") {
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
		for _, w := range words.Until {
			if w.ZH == until {
				s.RepeatEvery, s.RepeatUntil = spansOf(every), w.ID
			}
		}
	case s.DueAfter == nil && strings.Contains(line, "内"):
		for _, w := range words.Anchors {
			if strings.HasPrefix(line, w.ZH+"后") && w.ID != string(crisis.FromDetected) {
				s.DueFrom = crisis.Anchor(w.ID)
			}
		}
		s.DueAfter = spansOf(line)
	}
}

// spansOf reads one time, or one for each level; nil if there is none.
func spansOf(text string) Durations {
	out := Durations{}
	for _, m := range byLevels.FindAllStringSubmatch(text, -1) {
		if l, err := crisis.ParseLevel(m[1]); err == nil {
			if v, ok := spanOf(m[2]); ok {
				out[l] = v
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	found := within.FindString(text)
	if found == "" || found == "内" {
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

// write writes the draft. Keys that a person must fill are left empty or out: the
// linter names them.
func (i *importer) write(title string) string {
	var b strings.Builder
	b.WriteString("# 由文档导入的草稿：补齐后用 watchfire plan lint 检查。\nschema: playbook/1\nid: draft\nversion: 0.1.0\n")
	b.WriteString("title: {zh: " + scalar(title, reflect.String) + ", en: \"\"}\npurpose: " + scalar(strings.Join(i.purpose, ""), reflect.String) + "\nbasis:\n")
	for _, line := range i.basis {
		b.WriteString("  - " + scalar(line, reflect.String) + "\n")
	}
	order := ids(i.library.words.Phases)
	slices.SortStableFunc(i.steps, func(x, y Step) int {
		return cmp.Compare(slices.Index(order, x.Phase), slices.Index(order, y.Phase))
	})
	b.WriteString("steps:\n")
	for n := range i.steps {
		for _, line := range renderStep(&i.steps[n], 2) {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
