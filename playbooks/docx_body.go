package playbooks

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// wordReader follows the elements of a part.
type wordReader struct {
	d      *Document
	styles map[string]*wordStyle
	lists  *wordLists

	dec      *xml.Decoder
	depth    int
	fields   []wordField // that are open
	contents int         // content controls that hold a table of contents, and are open
	carry    string      // text of a paragraph whose end was deleted
	count    int         // paragraphs of the text
	tables   int
	rows     int            // of all tables
	repeated int            // bytes of the cells that are shown again
	told     map[Aside]bool // what stands beside the text already
}

// wordField is a field: its code comes first, then what the reader sees.
type wordField struct {
	code   strings.Builder
	result bool
}

// wordSink takes what stands at the level of paragraphs.
type wordSink struct {
	paragraph func(*wordParagraph)
	table     func(*wordTable)
	cell      *wordCell // whose properties may come
}

// wordParagraph is a paragraph as it is read.
type wordParagraph struct {
	text           strings.Builder
	style, outline string
	list, level    string // numId and ilvl
	joined         bool   // its end was deleted: it goes on in the next
	pictures       int
	alt            string
	boxes          []string

	heading  int // level; 0 is text
	title    bool
	contents bool // a line of the table of contents
	listed   bool // a list gave it a number
	words    string
}

// body reads the elements of a part, or those of the element of it that is open.
func (w *wordReader) body(dec *xml.Decoder) error {
	w.dec, w.carry, w.fields = dec, "", nil
	return w.flow(&wordSink{paragraph: w.put, table: w.putTable})
}

// children hands on the elements within the open one, to its end; use reads each to its
// end.
func (w *wordReader) children(use func(xml.StartElement) error) error {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > maxNested {
		return errTooLarge
	}
	for {
		token, err := w.dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := use(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// flow reads what stands at the level of paragraphs.
func (w *wordReader) flow(to *wordSink) error {
	err := w.children(func(t xml.StartElement) error {
		if len(w.d.Blocks)+len(w.d.Aside) > maxBlocks {
			return errTooLarge
		}
		switch t.Name.Local {
		case "p":
			return w.paragraph(to)
		case "tbl":
			table := &wordTable{}
			err := w.table(table)
			to.table(table)
			return err
		case "sdt":
			return w.control(func() error { return w.flow(to) })
		case "tcPr":
			return w.cellProperties(to.cell)
		case "del", "moveFrom", "sectPr", "tblPr", "tblGrid", "trPr", "background":
			return w.dec.Skip()
		case "AlternateContent":
			return w.alternate(func() error { return w.flow(to) })
		}
		return w.flow(to)
	})
	if w.carry != "" && err == nil { // a paragraph whose end was deleted is the last
		p := &wordParagraph{}
		p.text.WriteString(w.carry)
		w.carry = ""
		w.finish(p)
		to.paragraph(p)
	}
	return err
}

// control reads a content control.
func (w *wordReader) control(read func() error) error {
	contents := 0
	defer func() { w.contents -= contents }()
	return w.children(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "sdtPr":
			return w.all(func(t xml.StartElement) {
				if t.Name.Local == "docPartGallery" && attr(t, "val") == "Table of Contents" {
					contents++
					w.contents++
				}
			})
		case "sdtContent":
			return read()
		}
		return w.dec.Skip()
	})
}

// all hands on every element within the open one.
func (w *wordReader) all(use func(xml.StartElement)) error {
	return w.children(func(t xml.StartElement) error {
		use(t)
		return w.all(use)
	})
}

// alternate reads the first of several forms of the same content.
func (w *wordReader) alternate(read func() error) error {
	done := false
	return w.children(func(xml.StartElement) error {
		if done {
			return w.dec.Skip()
		}
		done = true
		return read()
	})
}

// paragraph reads one paragraph and hands it on.
func (w *wordReader) paragraph(to *wordSink) error {
	p := &wordParagraph{}
	p.text.WriteString(w.carry)
	w.carry = ""
	if err := w.runs(p); err != nil {
		return err
	}
	for len(w.fields) > 0 && !w.fields[len(w.fields)-1].result {
		w.fields = w.fields[:len(w.fields)-1] // a code ends in its paragraph
	}
	if p.joined {
		w.carry = p.text.String()
		return nil
	}
	w.finish(p)
	to.paragraph(p)
	return nil
}

// runs reads the text of a paragraph.
func (w *wordReader) runs(p *wordParagraph) error {
	return w.children(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "pPr":
			return w.properties(p)
		case "t":
			return w.words(func(s string) {
				if !w.inCode() {
					p.text.WriteString(s)
				}
			})
		case "instrText":
			return w.words(func(s string) {
				if n := len(w.fields); n > 0 {
					w.fields[n-1].code.WriteString(s)
				}
			})
		case "del", "moveFrom", "rPr", "rt", "sdtPr", "delText", "delInstrText":
			return w.dec.Skip()
		case "sdt":
			return w.control(func() error { return w.runs(p) })
		case "AlternateContent":
			return w.alternate(func() error { return w.runs(p) })
		case "txbxContent":
			return w.box(p)
		}
		w.sign(p, t)
		return w.runs(p)
	})
}

// words reads the characters of the open element.
func (w *wordReader) words(use func(string)) error {
	for {
		token, err := w.dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			use(string(t))
		case xml.StartElement:
			if err := w.dec.Skip(); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// sign takes an element that stands for a character or changes the state.
func (w *wordReader) sign(p *wordParagraph, t xml.StartElement) {
	switch t.Name.Local {
	case "br", "cr":
		p.text.WriteByte('\n')
	case "tab", "ptab":
		p.text.WriteByte('\t')
	case "noBreakHyphen":
		p.text.WriteByte('-')
	case "blip", "imagedata", "OLEObject":
		p.pictures++
	case "docPr":
		p.alt = attr(t, "descr")
	case "fldChar":
		switch n := len(w.fields); {
		case attr(t, "fldCharType") == "begin":
			w.fields = append(w.fields, wordField{})
		case n == 0:
		case attr(t, "fldCharType") == "separate":
			w.fields[n-1].result = true
		default:
			w.fields = w.fields[:n-1]
		}
	}
	if strings.HasPrefix(strings.TrimSpace(attr(t, "instr")), "TOC") {
		p.contents = true
	}
}

// inCode says whether text belongs to the code of a field.
func (w *wordReader) inCode() bool {
	for i := range w.fields {
		if !w.fields[i].result {
			return true
		}
	}
	return false
}

// inContents says whether a table of contents is open.
func (w *wordReader) inContents() bool {
	for i := range w.fields {
		if strings.HasPrefix(strings.TrimSpace(w.fields[i].code.String()), "TOC") {
			return true
		}
	}
	return w.contents > 0
}

// properties reads style, level and list of a paragraph, but not those it had before a
// change.
func (w *wordReader) properties(p *wordParagraph) error {
	return w.children(func(t xml.StartElement) error {
		val := attr(t, "val")
		switch t.Name.Local {
		case "pStyle":
			p.style = val
		case "outlineLvl":
			p.outline = val
		case "numPr":
			return w.children(func(t xml.StartElement) error {
				switch t.Name.Local {
				case "numId":
					p.list = attr(t, "val")
				case "ilvl":
					p.level = attr(t, "val")
				}
				return w.dec.Skip()
			})
		case "rPr":
			return w.children(func(t xml.StartElement) error {
				p.joined = p.joined || t.Name.Local == "del" || t.Name.Local == "moveFrom"
				return w.dec.Skip()
			})
		}
		return w.dec.Skip()
	})
}

// box reads a text box, which stands beside the text.
func (w *wordReader) box(p *wordParagraph) error {
	fields, carry := w.fields, w.carry
	w.fields, w.carry = nil, ""
	defer func() { w.fields, w.carry = fields, carry }()
	add := func(text string) {
		if text != "" {
			p.boxes = append(p.boxes, text)
		}
	}
	return w.flow(&wordSink{
		paragraph: func(inner *wordParagraph) {
			add(inner.words)
			p.boxes = append(p.boxes, inner.boxes...)
			p.pictures += inner.pictures
		},
		table: func(t *wordTable) {
			for _, text := range t.texts() {
				add(text)
			}
		},
	})
}

// dotted is a line of a table of contents that was typed: 一、总则……3.
var dotted = regexp.MustCompile(`(?:[.…·．]{3,}|…{2,})\s*[0-9]{1,3}$`)

// finish works out what a paragraph is, and puts the number of its list before it.
func (w *wordReader) finish(p *wordParagraph) {
	text := strings.TrimSpace(p.text.String())
	style, level := w.styleOf(p.style)
	if p.outline != "" {
		level = outlineLevel(p.outline)
	}
	p.contents = p.contents || strings.HasPrefix(style.name, "toc") || strings.HasPrefix(style.name, "目录") ||
		dotted.MatchString(text) || w.inContents() && strings.TrimRight(text, "0123456789") != text ||
		strings.Join(strings.Fields(text), "") == "目录"
	p.heading, p.title = level, style.name == "title" || style.name == "标题"
	list, ilvl := style.list, style.level
	if p.list != "" {
		list, ilvl = p.list, p.level
	} else if p.level != "" {
		ilvl = p.level
	}
	p.words = text
	if list == "" || list == "0" || text == "" && p.heading == 0 {
		return
	}
	mark := w.lists.mark(list, ilvl, p.style)
	p.listed = mark != ""
	switch {
	case mark == "" || text == "":
	case strings.ContainsRune("、）)．", []rune(mark)[len([]rune(mark))-1]):
		p.words = mark + text
	default:
		p.words = mark + " " + text
	}
}

// put adds a paragraph to the document, and what stands beside it.
func (w *wordReader) put(p *wordParagraph) {
	if p.words != "" {
		w.count++
	}
	place := fmt.Sprintf("第%d段", max(w.count, 1))
	switch {
	case p.words == "":
	case p.contents:
		w.aside("目录", p.words)
	case p.title && w.d.Title == "" && len(w.d.Blocks) == 0:
		w.d.Title = oneLine(p.words)
	case p.heading > 0:
		w.d.Heading(p.heading, oneLine(p.words))
	default:
		w.d.read(p.words, p.listed)
	}
	if n := len(w.d.Blocks); n > 0 && p.words != "" && w.d.Blocks[n-1].Place == "" {
		w.d.Blocks[n-1].Place = place
	}
	w.besideParagraph(p, place)
}
