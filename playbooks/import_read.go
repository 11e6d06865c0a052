package playbooks

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// outlined are the headings of official documents by their numbers, 一、 and （一）, and
// decimals those of plans in the manner of the national ones: 1 总则, 1.1 编制目的. A
// sentence is no heading.
var (
	outlined = []*regexp.Regexp{regexp.MustCompile(`^(?:[一二三四五六七八九十]+、|第[一二三四五六七八九十]+[章编部分]+[ 　]*)[^\s。；，：]{1,20}$`), regexp.MustCompile(`^（[一二三四五六七八九十]+）[^\s。；，：]{1,20}$`)}
	decimals = []*regexp.Regexp{regexp.MustCompile(`^\d{1,2}[ 　]+[^\s\d。；，：]{2,12}$`), regexp.MustCompile(`^\d{1,2}\.\d{1,2}[ 　]*[^\s\d.。；，：][^\s。；，：]{1,12}$`), regexp.MustCompile(`^\d{1,2}(?:\.\d{1,2}){2}[ 　]*[^\s\d.。；，：][^\s。；，：]{1,12}$`)}
)

// read adds a paragraph, as a heading by its number or as text. A number that the list
// of a document gave makes a heading only in the manner of official documents.
func (d *Document) read(text string, listed bool) {
	for _, manner := range [][]*regexp.Regexp{outlined, decimals} {
		for i, o := range manner {
			if o.MatchString(text) {
				d.Heading(i+1, text)
				return
			}
		}
		if listed {
			break
		}
	}
	d.Paragraph(Plain(text))
}

var planTitle = regexp.MustCompile(`(?:预案|方案|办法|规程|规定|手册)(?:（.{1,12}）|\(.{1,12}\))?$`)

// nameTitle takes the first line that is called like a plan as the title of a document
// that names none: most plans have a large line instead.
func (d *Document) nameTitle() {
	for i := range min(len(d.Blocks), 6) {
		b := &d.Blocks[i]
		if text := oneLine(b.Text()); d.Title == "" && b.Kind != TableBlock && len([]rune(text)) <= 40 && planTitle.MatchString(text) {
			d.Title = text
			d.Blocks = append(d.Blocks[:i:i], d.Blocks[i+1:]...)
			return
		}
	}
}

// decodeText reads a text file as UTF-8, or as what Chinese editors write: GB 18030 and
// UTF-16.
func decodeText(data []byte) (string, error) {
	from := encoding.Encoding(nil)
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return "", errors.New("it is a Word file under the name of a text; name it .docx, or save it as .docx")
	case !utf8.Valid(data):
		from = simplifiedchinese.GB18030
	}
	if from == nil {
		return strings.TrimPrefix(string(data), "\ufeff"), nil
	}
	out, err := from.NewDecoder().Bytes(data)
	if err == nil && bytes.ContainsRune(out, utf8.RuneError) {
		err = errors.New("it holds what is no character")
	}
	if err != nil {
		return "", fmt.Errorf("neither UTF-8 nor GB 18030 (%w); save the text as UTF-8", err)
	}
	return string(out), nil
}

// ReadMarkdown reads the headings, paragraphs and tables of a Markdown text.
func ReadMarkdown(data []byte) (*Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("read Markdown: %w", errTooLarge)
	}
	text, err := decodeText(data)
	if err != nil {
		return nil, fmt.Errorf("read Markdown: %w", err)
	}
	m := &markdown{d: &Document{}}
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		m.n++
		m.line(strings.TrimSpace(line))
		if len(m.d.Blocks)+len(m.rows) > maxBlocks {
			return nil, fmt.Errorf("read Markdown: %w", errTooLarge)
		}
	}
	m.flush()
	m.d.nameTitle()
	if err := m.d.said(); err != nil {
		return nil, fmt.Errorf("read Markdown: %w", err)
	}
	return m.d, nil
}

// markdown follows the lines of a text.
type markdown struct {
	d     *Document
	n     int // the line
	rows  [][]string
	from  int  // line of the first row
	fence bool // within lines that are shown as they are
	last  bool // the line before is a paragraph, which a line of signs makes a heading
}

var (
	underline = regexp.MustCompile(`^(?:=+|-{2,})$`)
	listSign  = regexp.MustCompile(`^[-*+][ \t]+(?:\[[ xX]\][ \t]+)?(.*)`)
	hashes    = regexp.MustCompile(`^(#{1,6})(?:[ \t]*)(.*?)(?:[ \t]+#+)?$`)
	quoteSign = regexp.MustCompile(`^(?:>[ \t]?)+`)
	tableRule = regexp.MustCompile(`^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$`)
)

func (m *markdown) line(line string) {
	if strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
		m.fence = !m.fence
		return
	}
	line = quoteSign.ReplaceAllString(line, "")
	switch {
	case m.fence:
	case strings.HasPrefix(line, "|") || len(m.rows) > 0 && strings.Contains(line, "|"):
		if len(m.rows) == 0 {
			m.from = m.n
		}
		if strings.Trim(line, "|-: ") != "" || !tableRule.MatchString(line) {
			m.rows = append(m.rows, markdownCells(line))
		}
		m.last = false
		return
	case m.last && underline.MatchString(line):
		m.underlined(line)
		return
	case strings.Trim(line, "-*_ ") == "" && len(line) > 2:
		m.last = false
		return // a line across the page
	}
	m.flush()
	m.text(line)
}

// underlined makes a heading of the paragraph before.
func (m *markdown) underlined(line string) {
	b := &m.d.Blocks[len(m.d.Blocks)-1]
	m.last = false
	if line[0] == '=' && m.d.Title == "" && len(m.d.Blocks) == 1 {
		m.d.Title, m.d.Blocks = b.Text(), nil
		return
	}
	b.Kind, b.Level = HeadingBlock, 1
	if line[0] == '-' {
		b.Level = 2
	}
}

// text reads a line that belongs to no table.
func (m *markdown) text(line string) {
	n := len(m.d.Blocks)
	line = strings.TrimSuffix(line, `\`)
	mark, text := 0, line
	if h := hashes.FindStringSubmatch(line); h != nil && !m.fence {
		mark, text = len(h[1]), h[2]
	} else if l := listSign.FindStringSubmatch(line); l != nil && !m.fence {
		text = "• " + l[1]
	}
	text = plainMarkdown(strings.TrimSpace(text))
	m.last = false
	switch {
	case text == "":
	case mark == 1 && m.d.Title == "" && n == 0:
		m.d.Title = text
	case mark > 0:
		m.d.Heading(max(mark-1, 1), text)
	default:
		m.d.read(text, false)
		m.last = m.d.Blocks[n].Kind == ParagraphBlock
	}
	if len(m.d.Blocks) > n {
		m.d.Blocks[n].Place = fmt.Sprintf("第%d行", m.n)
	}
}

// flush adds the table that has ended.
func (m *markdown) flush() {
	if len(m.rows) > 0 {
		m.d.Table(m.rows[0], m.rows[1:], nil)
		m.d.Blocks[len(m.d.Blocks)-1].Place = fmt.Sprintf("第%d行起的表", m.from)
		m.rows = nil
	}
}

var (
	unescaped  = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	linked     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)\s]*\)`)
	lineBreaks = regexp.MustCompile(`(?i)<br[ ]*/?>`)
)

// plainMarkdown takes the signs of Markdown out of a text.
func plainMarkdown(s string) string {
	s = strings.ReplaceAll(s, `\*`, "\x01")
	s = strings.ReplaceAll(linked.ReplaceAllString(s, "$1"), "**", "")
	return unescaped.ReplaceAllString(strings.ReplaceAll(s, "\x01", "*"), "$1")
}

func markdownCells(line string) []string {
	line = strings.ReplaceAll(strings.Trim(line, " "), `\|`, "\x02")
	var out []string
	for cell := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|") {
		cell = lineBreaks.ReplaceAllString(strings.TrimSpace(cell), "\n")
		out = append(out, strings.ReplaceAll(plainMarkdown(cell), "\x02", "|"))
	}
	return out
}
