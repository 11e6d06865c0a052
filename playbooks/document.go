package playbooks

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"strings"
)

// Document is a text for people who work with Word or on paper: a title, headings,
// paragraphs, tables and pictures in their order. It is written as Word (WriteDocx)
// or Markdown (WriteMarkdown), and read from both. The zero value is an empty one.
type Document struct {
	Title  string
	Org    string // who issues it; optional
	Blocks []Block
	Aside  []Aside // of a document that was read: what stands beside the text
}

// Aside is a text that stands beside the text of a document: in the header of a page, a
// note, a comment, a text box; or a picture.
type Aside struct {
	Where string // such as 脚注2 or 第12段的文本框
	Text  string
}

// Block is one part of a document.
type Block struct {
	Kind   BlockKind
	Level  int        // of a heading, 1 to 4
	Runs   []Run      // of a heading or a paragraph
	Header []string   // of a table; repeated on every page
	Rows   [][]string // of a table; a line break in a cell begins a paragraph
	Widths []int      // of a table's columns, in parts of the whole; nil is equal ones
	PNG    []byte     // of a picture
	Alt    string     // what a picture shows, for those who do not see it; empty: its caption
	Place  string     // where it stands in the document that was read, such as 第12段 or 表2

	repeats map[[2]int]bool // cells, by row and column, that show the text of a cell over several rows again
}

// BlockKind says what a block is.
type BlockKind int

// The kinds of block.
const (
	ParagraphBlock BlockKind = iota
	HeadingBlock
	TableBlock
	ImageBlock
)

// Run is a piece of a paragraph in one manner of writing.
type Run struct {
	Text string
	Bold bool
}

// Plain is a run of ordinary text.
func Plain(text string) Run { return Run{Text: text} }

// Bold is a run of text that stands out.
func Bold(text string) Run { return Run{Text: text, Bold: true} }

// Text returns the words of a heading, a paragraph, or the caption of a picture.
func (b *Block) Text() string {
	var s strings.Builder
	for _, r := range b.Runs {
		s.WriteString(r.Text)
	}
	return s.String()
}

// Heading adds a heading, level 1 (一、) to 4. The number is part of the text.
func (d *Document) Heading(level int, text string) {
	d.Blocks = append(d.Blocks, Block{Kind: HeadingBlock, Level: min(max(level, 1), maxHeading), Runs: []Run{Plain(text)}})
}

// Paragraph adds a paragraph; a line break in a run stays one.
func (d *Document) Paragraph(runs ...Run) {
	d.Blocks = append(d.Blocks, Block{Runs: runs})
}

// Table adds a table whose header is repeated on every page and whose rows are
// never split between two. Rows shorter than the header are filled up; widths are
// parts of the width of the page, one for each column, nil for equal ones.
func (d *Document) Table(header []string, rows [][]string, widths []int) {
	d.Blocks = append(d.Blocks, Block{Kind: TableBlock, Header: header, Rows: rows, Widths: widths})
}

// Image adds a PNG picture as wide as the text at most, with a caption below that
// also says in words what is to be seen. It fails if the data are no PNG.
func (d *Document) Image(data []byte, caption string) error {
	if _, err := png.DecodeConfig(bytes.NewReader(data)); err != nil {
		return fmt.Errorf("add the picture %q to a document: %w", caption, err)
	}
	d.Blocks = append(d.Blocks, Block{Kind: ImageBlock, PNG: data, Runs: []Run{Plain(caption)}})
	return nil
}

// maxHeading is the deepest level of a heading.
const maxHeading = 4

// columns is how many columns a table has.
func (b *Block) columns() int {
	n := len(b.Header)
	for _, row := range b.Rows {
		n = max(n, len(row))
	}
	return n
}

// WriteMarkdown writes the document as Markdown. Pictures are named by their
// caption only: a text file holds none.
func (d *Document) WriteMarkdown(w io.Writer) error {
	var out strings.Builder
	if d.Title != "" {
		out.WriteString("# " + markdownText(oneLine(d.Title)) + "\n")
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		out.WriteByte('\n')
		switch b.Kind {
		case HeadingBlock:
			out.WriteString(strings.Repeat("#", b.Level+1) + " " + markdownText(oneLine(b.Text())) + "\n")
		case TableBlock:
			b.writeMarkdownTable(&out)
		case ImageBlock:
			out.WriteString("（图：" + markdownText(oneLine(b.Text())) + "）\n")
		default:
			for _, r := range b.Runs {
				writeMarkdownRun(&out, r)
			}
			out.WriteByte('\n')
		}
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write the document %q: %w", d.Title, err)
	}
	return nil
}

func (b *Block) writeMarkdownTable(out *strings.Builder) {
	n := b.columns()
	row := func(cells []string) {
		for i := range n {
			cell := ""
			if i < len(cells) {
				cell = strings.ReplaceAll(markdownText(strings.TrimSpace(cells[i])), "\n", "<br>")
			}
			out.WriteString("| " + cell + " ")
		}
		out.WriteString("|\n")
	}
	row(b.Header)
	out.WriteString(strings.Repeat("|---", n) + "|\n")
	for _, cells := range b.Rows {
		row(cells)
	}
}

func writeMarkdownRun(out *strings.Builder, r Run) {
	text := strings.ReplaceAll(markdownText(r.Text), "\n", "\\\n")
	if r.Bold && strings.TrimSpace(text) == text && text != "" {
		text = "**" + text + "**"
	}
	out.WriteString(text)
}

// markdownSigns are the characters that Markdown would take for its own.
var markdownSigns = strings.NewReplacer(`\`, `\\`, "*", `\*`, "|", `\|`, "<", `\<`, "`", "\\`", "#", `\#`, "[", `\[`, "&", `\&`)

func markdownText(s string) string { return markdownSigns.Replace(s) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
