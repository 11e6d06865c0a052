package playbooks

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf16"
)

// Bounds of a document that is read: the thickest plan is far below them, and a file
// made to fill the memory is above.
const (
	maxDocument = 16 << 20 // bytes of the file
	maxBody     = 32 << 20 // bytes of its text once unpacked
	maxBlocks   = 50_000
	maxNested   = 200 // elements within one another that begin a level of text
)

var errTooLarge = errors.New("the document is larger than any plan: split it, or take out the pictures")

// ReadDocx reads the headings, paragraphs and tables of a Word document in their
// order, as a reader sees them: numbers of lists are written out, deleted text is left
// out. What stands beside the text (headers of pages, notes, comments, text boxes, the
// table of contents, pictures) is gathered under Aside. It fails on what is no Word
// document and on files that unpack to more than any plan.
func ReadDocx(data []byte) (*Document, error) {
	d, err := readDocx(data)
	if err != nil {
		return nil, fmt.Errorf("read a Word document: %w", err)
	}
	return d, nil
}

func readDocx(data []byte) (*Document, error) {
	if len(data) > maxDocument {
		return nil, errTooLarge
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, noPackage(data, err)
	}
	pack := &wordPackage{files: map[string]*zip.File{}, left: maxBody}
	for _, f := range z.File {
		pack.files[strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")] = f
	}
	main := pack.main()
	if pack.files[main] == nil {
		return nil, pack.stranger()
	}
	pack.folder = path.Dir(main)
	w := &wordReader{d: &Document{}}
	if w.styles, err = pack.styles(); err != nil {
		return nil, err
	}
	if w.lists, err = pack.lists(); err != nil {
		return nil, err
	}
	if err := pack.read(main, func(dec *xml.Decoder) error { return w.body(dec) }); err != nil {
		return nil, err
	}
	if err := pack.besides(w); err != nil {
		return nil, err
	}
	w.d.nameTitle()
	return w.d, w.d.said()
}

// said fails if a document says nothing.
func (d *Document) said() error {
	if d.Title == "" && len(d.Blocks)+len(d.Aside) == 0 {
		return errors.New("it holds no text; look whether it is the right file")
	}
	return nil
}

// noPackage says what a file is that is no package of Word.
func noPackage(data []byte, err error) error {
	const how = "open it in Word or WPS and save it as .docx"
	head := bytes.TrimLeft(data[:min(len(data), 64)], "\ufeff \t\r\n")
	var wide []byte
	for _, c := range utf16.Encode([]rune("EncryptedPackage")) {
		wide = append(wide, byte(c), byte(c>>8))
	}
	switch {
	case len(data) == 0:
		return errors.New("the file is empty; copy it again")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) && bytes.Contains(data, wide):
		return errors.New("it is protected by a password; take the password out in Word or WPS and save it again")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return fmt.Errorf("it is in the old format .doc or .wps; %s", how)
	case bytes.HasPrefix(head, []byte("%PDF")):
		return errors.New("it is a PDF; open the Word file from which it was made and save it as .docx")
	case bytes.HasPrefix(head, []byte(`{\rtf`)):
		return fmt.Errorf("it is in the format RTF; %s", how)
	case bytes.HasPrefix(head, []byte("<")) || bytes.HasPrefix(head, []byte("MIME-Version")):
		return fmt.Errorf("it is a web page or XML under the name of a Word file; %s", how)
	case bytes.HasPrefix(data, []byte("PK")):
		return fmt.Errorf("the file is damaged or cut off (%w); copy it again, or open it in Word or WPS, have it repaired and save it as .docx", err)
	}
	return fmt.Errorf("%w; %s", err, how)
}

// wordPackage is the unpacked file; left bounds what is still read from it.
type wordPackage struct {
	files  map[string]*zip.File
	folder string // of the main part
	left   int64
}

// stranger says what a package is that holds no text of Word.
func (p *wordPackage) stranger() error {
	for name, what := range map[string]string{"xl/workbook.xml": "a table of Excel", "ppt/presentation.xml": "slides of PowerPoint", "content.xml": "an OpenDocument file"} {
		if p.files[name] != nil {
			return fmt.Errorf("it is %s; save the text of the plan as .docx", what)
		}
	}
	return errors.New("it has no word/document.xml; open it in Word or WPS and save it as .docx")
}

// main names the part that holds the text.
func (p *wordPackage) main() string {
	name := "word/document.xml"
	if p.files[name] != nil {
		return name
	}
	// What cannot be read here is told when the part is missing.
	_ = p.read("_rels/.rels", func(dec *xml.Decoder) error {
		return elements(dec, func(t xml.StartElement) error {
			if strings.HasSuffix(attr(t, "Type"), "/officeDocument") {
				name = strings.TrimPrefix(attr(t, "Target"), "/")
			}
			return nil
		})
	})
	return name
}

// read reads a part, if the package has it.
func (p *wordPackage) read(name string, use func(*xml.Decoder) error) error {
	f := p.files[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: p.left + 1}
	err = use(xml.NewDecoder(limited))
	p.left = limited.N - 1
	switch {
	case p.left < 0 || errors.Is(err, errTooLarge):
		return errTooLarge
	case err != nil:
		return fmt.Errorf("%s is damaged (%w); open the file in Word or WPS, have it repaired and save it again", name, err)
	}
	return nil
}

// elements hands every element of a part on that begins.
func elements(dec *xml.Decoder, use func(xml.StartElement) error) error {
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if t, ok := token.(xml.StartElement); ok {
			if err := use(t); err != nil {
				return err
			}
		}
	}
}

// attr returns an attribute by its name without the namespace, which the strict form of
// the format has of its own.
func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// besides are the parts that stand beside the text.
func (p *wordPackage) besides(w *wordReader) error {
	for _, part := range []struct {
		prefix, where string
		kind          string // element that begins one of them; empty: the part is one
	}{
		{"header", "页眉", ""},
		{"footer", "页脚", ""},
		{"footnotes", "脚注", "footnote"},
		{"endnotes", "尾注", "endnote"},
		{"comments", "批注", "comment"},
	} {
		for _, name := range sortedKeys(p.files) {
			folder, file := path.Split(name)
			number, ok := strings.CutPrefix(strings.TrimSuffix(file, ".xml"), part.prefix)
			if !ok || path.Clean(folder) != p.folder || !strings.HasSuffix(file, ".xml") || strings.Trim(number, "0123456789") != "" {
				continue
			}
			err := p.read(name, func(dec *xml.Decoder) error { return w.beside(dec, part.where, part.kind) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// beside reads a part whose paragraphs stand beside the text.
func (w *wordReader) beside(dec *xml.Decoder, where, kind string) error {
	inner := &wordReader{d: &Document{}, styles: w.styles, lists: &wordLists{}}
	keep := func(where string) {
		for _, text := range inner.d.paragraphs() {
			w.aside(where, text)
		}
		w.d.Aside = append(w.d.Aside, inner.d.Aside...)
		inner.d = &Document{}
	}
	if kind == "" {
		if err := inner.body(dec); err != nil {
			return err
		}
		keep(where)
		return nil
	}
	n := 0
	return elements(dec, func(t xml.StartElement) error {
		if t.Name.Local != kind {
			return nil
		}
		if err := inner.body(dec); err != nil {
			return err
		}
		if strings.Contains(strings.ToLower(attr(t, "type")), "separator") {
			inner.d = &Document{}
			return nil
		}
		n++
		keep(fmt.Sprintf("%s%d", where, n))
		return nil
	})
}

// aside notes a text that stands beside the text of the document, each once.
func (w *wordReader) aside(where, text string) {
	a := Aside{Where: where, Text: text}
	if strings.Trim(text, "0123456789 -—–/第页共·|") == "" {
		return // the number of a page
	}
	if w.told[a] {
		return
	}
	if w.told == nil {
		w.told = map[Aside]bool{}
	}
	w.told[a] = true
	w.d.Aside = append(w.d.Aside, a)
}

// besideParagraph notes text boxes and pictures.
func (w *wordReader) besideParagraph(p *wordParagraph, place string) {
	for _, text := range p.boxes {
		w.aside(place+"的文本框", text)
	}
	if p.pictures > 0 {
		w.aside(place, "（图片："+orElse(oneLine(p.alt), "没有说明")+"）")
	}
}
