package playbooks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"watchfire/crisis"
)

// Draft makes of a document the draft of a plan that a person completes, and returns
// what could not be placed, with where it stands: that is in the draft too, as comments
// under 未归类 at its end. No paragraph and no cell is lost. Steps are the rows of tables
// of steps, and paragraphs that are numbered or name who does what by when; their role
// and time are what their words name.
func (l *Library) Draft(d *Document) (draft []byte, left []Aside) {
	i := &importer{library: l, draft: draftParts{levels: map[crisis.Level][]string{}, statements: map[string]*Statement{}}}
	i.place("标题", d.Title)
	i.read(d)
	left = append(i.left(), d.Aside...)
	text := i.write(d.Title) + commented("未归类：导入时没有认出下面各段该放在哪里，请逐段处理后删去。", left)
	return []byte(text + commented("已归类：下面各段的意思写进了上面的键，请对照一遍后删去。", i.reworded(text))), left
}

// commented writes texts as comments under a heading.
func commented(heading string, list []Aside) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n# " + heading + "\n")
	for _, p := range list {
		b.WriteString("# " + p.Text + "　〔" + p.Where + "〕\n")
	}
	return b.String()
}

// wordLines are the lines of a text that say something.
func wordLines(text string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// paragraphs are all texts of a document, the cells of tables line by line.
func (d *Document) paragraphs() []string {
	var all []string
	seen := map[string]bool{}
	add := func(text string) {
		for _, line := range wordLines(text) {
			if !seen[line] {
				seen[line] = true
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
	path    []*place // the headings above
	pieces  []piece  // in the order of the document
	draft   draftParts
}

// place is a heading and what the text below it is about.
type place struct {
	level int
	text  string
	kind  string // a phase, or one of the kinds below
	named bool   // the draft names it
}

// What a heading may be about, beside the phases.
const (
	aboutPurpose    = "purpose"
	aboutBasis      = "basis"
	aboutLevels     = "levels"
	aboutQuestions  = "questions"
	aboutStatements = "statements"
	aboutOther      = "other" // nothing that is done in an incident
)

// piece is a text of the document.
type piece struct {
	where, text string
	heading     *place
	placed      bool
}

// draftParts are the parts of the draft that are recognised.
type draftParts struct {
	purpose, basis, questions, human []string
	levels                           map[crisis.Level][]string
	statements                       map[string]*Statement
	applies                          Applies
	roles                            Cast
	deadlines                        []string
	steps                            []draftStep
}

// draftStep is a step and the comments before it: whence it comes, and the words of the
// document that its keys stand for.
type draftStep struct {
	Step

	comments []string
}

// here names where a block stands, with the headings above it.
func (i *importer) here(stand string) string {
	var heads []string
	for _, p := range i.path {
		p.named = true
		heads = append(heads, "「"+p.text+"」")
	}
	if len(heads) == 0 {
		return stand
	}
	return stand + "，" + strings.Join(heads, "") + "之下"
}

// leave notes a text that could not be placed.
func (i *importer) leave(stand, text string) {
	for _, line := range wordLines(text) {
		i.pieces = append(i.pieces, piece{where: i.here(stand), text: line})
	}
}

// place notes a text that was placed.
func (i *importer) place(stand, text string) {
	for _, line := range wordLines(text) {
		i.pieces = append(i.pieces, piece{where: i.here(stand), text: line, placed: true})
	}
}

// reworded are the texts that were placed and that the draft has in other words.
func (i *importer) reworded(draft string) []Aside {
	var out []Aside
	seen := map[Aside]bool{}
	for _, p := range i.pieces {
		a := Aside{Where: p.where, Text: p.text}
		if (p.placed || p.heading != nil) && !seen[a] && !strings.Contains(draft, p.text) {
			out = append(out, a)
		}
		seen[a] = true
	}
	return out
}

// left are the texts that could not be placed; a heading that no other text names is
// one of them.
func (i *importer) left() []Aside {
	var out []Aside
	for _, p := range i.pieces {
		if !p.placed && (p.heading == nil || !p.heading.named) {
			out = append(out, Aside{Where: p.where, Text: p.text})
		}
	}
	return out
}

// about says what a heading is about; the first word that it has decides. What is done
// in an incident stands under a phase.
var about = []struct {
	words *regexp.Regexp
	kind  string
}{
	{regexp.MustCompile(`目的`), aboutPurpose},
	{regexp.MustCompile(`依据`), aboutBasis},
	{regexp.MustCompile(`复盘.*问题|问题.*复盘`), aboutQuestions},
	{regexp.MustCompile(`文稿模板|声明模板|口径模板`), aboutStatements},
	{regexp.MustCompile(`分级(?:标准|情形|条件)?$|(?:事件|响应|舆情|突发).*(?:分级|等级|级别)(?:标准|划分|与分类|和分类)?$|^.{0,6}等级划分`), aboutLevels},
	{regexp.MustCompile(`职责|原则|适用|术语|定义|机构|体系|组织领导|组织架构|保障|总则|附则|附件|附录|解释|预案管理|培训|演练|问|提醒|硬性时限|奖惩|责任追究|通讯录|值班表`), aboutOther},
	{regexp.MustCompile(`核实|收集|监测`), "verify"},
	{regexp.MustCompile(`研判|定级`), "assess"},
	{regexp.MustCompile(`报告|报送|上报`), "report"},
	{regexp.MustCompile(`启动`), "activate"},
	{regexp.MustCompile(`首次回应`), "respond"},
	{regexp.MustCompile(`持续|后续发布`), "sustain"},
	{regexp.MustCompile(`后期处置|善后`), "recover"},
	{regexp.MustCompile(`复盘|总结|评估`), "review"},
	{regexp.MustCompile(`响应|处置|发布|回应`), "respond"},
}

// enter notes a heading.
func (i *importer) enter(b *Block, stand string) {
	text := strings.TrimSpace(b.Text())
	i.path = slices.DeleteFunc(i.path, func(p *place) bool { return p.level >= b.Level })
	p := &place{level: b.Level, text: text, kind: i.kindOf(text)}
	i.path = append(i.path, p)
	i.pieces = append(i.pieces, piece{where: i.above(stand), text: text, heading: p})
}

// above is here for a heading itself.
func (i *importer) above(stand string) string {
	if len(i.path) == 1 {
		return stand + "，标题"
	}
	return stand + "，「" + i.path[len(i.path)-2].text + "」之下的标题"
}

// kindOf says what a heading is about; one that says nothing is about what the heading
// above it is.
func (i *importer) kindOf(text string) string {
	if i.kind() == aboutStatements {
		return aboutStatements
	}
	for _, w := range i.library.words.Phases {
		if strings.HasSuffix(text, w.ZH) {
			return w.ID
		}
	}
	for _, a := range about {
		if a.words.MatchString(text) {
			return a.kind
		}
	}
	return i.kind()
}

// kind is what the text is about.
func (i *importer) kind() string {
	if len(i.path) == 0 || i.path[len(i.path)-1].kind == "" {
		return "respond"
	}
	return i.path[len(i.path)-1].kind
}

// heading is the text of the last heading.
func (i *importer) heading() string {
	if len(i.path) == 0 {
		return ""
	}
	return i.path[len(i.path)-1].text
}

func (i *importer) read(d *Document) {
	tables := 0
	for n := range d.Blocks {
		b := &d.Blocks[n]
		if b.Kind == TableBlock {
			tables++
		}
		switch b.Kind {
		case HeadingBlock:
			if strings.TrimSpace(b.Text()) != "" {
				i.enter(b, orElse(b.Place, fmt.Sprintf("第%d段", n+1)))
			}
		case TableBlock:
			i.table(b, orElse(b.Place, fmt.Sprintf("表%d", tables)))
		default:
			stand := orElse(b.Place, fmt.Sprintf("第%d段", n+1))
			for _, line := range wordLines(b.Text()) {
				i.paragraph(line, stand)
			}
		}
	}
}

var (
	numbered = regexp.MustCompile(`^((?:\d{1,3}[．.、](?:\d{1,3}[．.]?)*|（(?:\d{1,3}|[一二三四五六七八九十]{1,3})）|\(\d{1,3}\)|\d{1,3}[)）]|[①-⑳]|第[一二三四五六七八九十]+步[：:，、]?))\s*(.+)`)
	bulleted = regexp.MustCompile(`^([•·●◆■➢–—-])\s*(.+)`)
)

// paragraph places a paragraph, or leaves it.
func (i *importer) paragraph(text, stand string) {
	d := &i.draft
	kind := i.kind()
	mark, words := "", text
	if m := cmpMatch(numbered, bulleted, text); m != nil {
		mark, words = m[1], m[2]
	}
	switch {
	case i.labelled(text):
	case kind == aboutPurpose:
		d.purpose = append(d.purpose, text)
	case kind == aboutBasis:
		d.basis = append(d.basis, words)
	case kind == aboutQuestions:
		d.questions = append(d.questions, words)
	case kind == aboutStatements && i.statement(text):
	case kind == aboutLevels && i.criterion(text):
	case slices.Contains(ids(i.library.words.Phases), kind) && (numbered.MatchString(text) || i.tells(words)):
		at := stand
		if mark != "" {
			at += "“" + mark + "”"
		}
		i.step(Step{Text: words}, text, []string{i.here(at)})
	default:
		i.leave(stand, text)
		return
	}
	i.place(stand, words)
}

// cmpMatch is the match of the first pattern that fits.
func cmpMatch(a, b *regexp.Regexp, text string) []string {
	if m := a.FindStringSubmatch(text); m != nil {
		return m
	}
	return b.FindStringSubmatch(text)
}
