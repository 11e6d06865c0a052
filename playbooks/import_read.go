package playbooks

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of a document that is read: the thickest plan is far below them, and a file
// made to fill the memory is above.
const (
	maxDocument = 16 << 20 // bytes of the file
	maxBody     = 32 << 20 // bytes of its text once unpacked
	maxBlocks   = 50_000
)

var errTooLarge = errors.New("the document is larger than any plan: split it, or take out the pictures")

// ReadDocx reads the headings, paragraphs and tables of a Word document in their
// order. Pictures, comments and headers of pages are left out. It fails on what is no
// Word document and on files that unpack to more than any plan.
func ReadDocx(data []byte) (*Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("read a Word document: %w", errTooLarge)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("read a Word document: %w; save it as .docx", err)
	}
	for _, f := range z.File {
		if f.Name != "word/document.xml" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("read a Word document: %w", err)
		}
		defer r.Close()
		limited := &io.LimitedReader{R: r, N: maxBody + 1}
		d, err := readBody(limited)
		if limited.N <= 0 {
			err = errTooLarge
		}
		if err != nil {
			return nil, fmt.Errorf("read a Word document: %w", err)
		}
		return d, nil
	}
	return nil, errors.New("read a Word document: it has no word/document.xml; save it as .docx")
}

// wordReader follows the elements of a body.
type wordReader struct {
	d     Document
	text  strings.Builder
	style string
	table int // depth of tables; what is nested is read as text of the cell
	cell  []string
	row   []string
	rows  [][]string
	inT   bool
}

func readBody(r io.Reader) (*Document, error) {
	w := &wordReader{}
	dec := xml.NewDecoder(r)
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return &w.d, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			w.open(t)
		case xml.CharData:
			if w.inT {
				w.text.Write(t)
			}
		case xml.EndElement:
			w.close(t.Name.Local)
		}
		if len(w.d.Blocks)+len(w.rows) > maxBlocks {
			return nil, errTooLarge
		}
	}
}

func (w *wordReader) open(t xml.StartElement) {
	switch t.Name.Local {
	case "t":
		w.inT = true
	case "br", "cr":
		w.text.WriteByte('\n')
	case "tab":
		if w.text.Len() > 0 {
			w.text.WriteByte('\t')
		}
	case "pStyle":
		for _, a := range t.Attr {
			if a.Name.Local == "val" {
				w.style = a.Value
			}
		}
	case "outlineLvl":
		for _, a := range t.Attr {
			if n, err := strconv.Atoi(a.Value); a.Name.Local == "val" && err == nil && n < maxHeading {
				w.style = "Heading" + strconv.Itoa(n+1)
			}
		}
	case "tbl":
		w.table++
	}
}

func (w *wordReader) close(name string) {
	switch name {
	case "t":
		w.inT = false
	case "p":
		text := strings.TrimSpace(w.text.String())
		w.text.Reset()
		switch {
		case text == "":
		case w.table > 0:
			w.cell = append(w.cell, text)
		default:
			w.d.read(w.style, text)
		}
		w.style = ""
	case "tc":
		if w.table == 1 {
			w.row, w.cell = append(w.row, strings.Join(w.cell, "\n")), nil
		}
	case "tr":
		if w.table == 1 {
			w.rows, w.row = append(w.rows, w.row), nil
		}
	case "tbl":
		w.table--
		if w.table == 0 && len(w.rows) > 0 {
			w.d.Table(w.rows[0], w.rows[1:], nil)
			w.rows = nil
		}
	}
}

// outlined are the headings of official documents: 一、 and （一）.
var outlined = []*regexp.Regexp{regexp.MustCompile(`^[一二三四五六七八九十]+、\S{1,20}$`), regexp.MustCompile(`^（[一二三四五六七八九十]+）\S{1,20}$`)}

// read adds a paragraph: as the title, as a heading by its style or its number, or as
// text.
func (d *Document) read(style, text string) {
	style = strings.ToLower(strings.ReplaceAll(style, " ", ""))
	if style == "title" && d.Title == "" && len(d.Blocks) == 0 {
		d.Title = text
		return
	}
	if n, ok := strings.CutPrefix(style, "heading"); ok {
		if level, err := strconv.Atoi(n); err == nil {
			d.Heading(level, text)
			return
		}
	}
	for i, o := range outlined {
		if o.MatchString(text) {
			d.Heading(i+1, text)
			return
		}
	}
	d.Paragraph(Plain(text))
}

// ReadMarkdown reads the headings, paragraphs and tables of a Markdown text.
func ReadMarkdown(data []byte) (*Document, error) {
	if len(data) > maxDocument {
		return nil, fmt.Errorf("read Markdown: %w", errTooLarge)
	}
	d := &Document{}
	var rows [][]string
	flush := func() {
		if len(rows) > 0 {
			d.Table(rows[0], rows[1:], nil)
			rows = nil
		}
	}
	for line := range strings.Lines(strings.ToValidUTF8(string(data), "�")) {
		line = strings.TrimSuffix(strings.TrimSpace(line), `\`)
		if strings.HasPrefix(line, "|") {
			if strings.Trim(line, "|-: ") != "" {
				rows = append(rows, markdownCells(line))
			}
			continue
		}
		flush()
		mark := len(line) - len(strings.TrimLeft(line, "#"))
		text := plainMarkdown(strings.TrimSpace(line[mark:]))
		switch {
		case text == "":
		case mark == 1 && d.Title == "" && len(d.Blocks) == 0:
			d.Title = text
		case mark > 0:
			d.Heading(max(mark-1, 1), text)
		default:
			d.read("", text)
		}
		if len(d.Blocks)+len(rows) > maxBlocks {
			return nil, fmt.Errorf("read Markdown: %w", errTooLarge)
		}
	}
	flush()
	return d, nil
}

var unescaped = regexp.MustCompile(`\\([\\*|<#&\[` + "`" + `])`)

// plainMarkdown takes the signs of Markdown out of a text.
func plainMarkdown(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\*`, "\x01"), "**", "")
	return unescaped.ReplaceAllString(strings.ReplaceAll(s, "\x01", "*"), "$1")
}

func markdownCells(line string) []string {
	line = strings.ReplaceAll(strings.Trim(line, " "), `\|`, "\x02")
	var out []string
	for cell := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"), "|") {
		cell = strings.ReplaceAll(strings.TrimSpace(cell), "<br>", "\n")
		out = append(out, strings.ReplaceAll(plainMarkdown(cell), "\x02", "|"))
	}
	return out
}
