package playbooks

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"strconv"
	"strings"
)

// The page of a government document, in twentieths of a point: A4 with a text of
// 156 by 225 mm whose upper edge lies 37 mm and whose left edge 28 mm inside the
// sheet. GB/T 9704-2012 (党政机关公文格式) 5.2.
const (
	pageWidth, pageHeight = 11906, 16838
	marginTop, marginLeft = 2098, 1588
	textWidth             = 8845
	marginRight           = pageWidth - marginLeft - textWidth
	marginBottom          = 1984
	emuPerTwip            = 635 // pictures are measured in English metric units
	twipsPerPixel         = 15  // at 96 pixels an inch
)

// docxPart is one file of the package.
type docxPart struct{ name, content string }

// WriteDocx writes the document as Word (Office Open XML, ECMA-376): A4, headings
// in 黑体 and 楷体, text in 仿宋, page numbers below. Equal documents are equal
// bytes: nothing in the file tells the time.
func (d *Document) WriteDocx(w io.Writer) error {
	body := &docxBody{}
	if d.Title != "" {
		body.paragraph("Title", []Run{Plain(d.Title)})
	}
	for i := range d.Blocks {
		if err := body.block(&d.Blocks[i]); err != nil {
			return fmt.Errorf("write the document %q: %w", d.Title, err)
		}
	}
	parts := []docxPart{
		{"[Content_Types].xml", docxTypes},
		{"_rels/.rels", docxRels},
		{"docProps/core.xml", fmt.Sprintf(docxCore, xmlText(d.Title), xmlText(d.Org))},
		{"word/document.xml", docxDocumentHead + body.xml.String() + docxSection() + "</w:body></w:document>"},
		{"word/styles.xml", docxStyles()},
		{"word/fontTable.xml", docxFonts},
		{"word/footer1.xml", docxFooter},
		{"word/_rels/document.xml.rels", docxDocumentRels + body.rels.String() + "</Relationships>"},
	}
	for i, image := range body.images {
		parts = append(parts, docxPart{"word/media/image" + strconv.Itoa(i+1) + ".png", string(image)})
	}
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.Create(p.name)
		if err == nil {
			_, err = io.WriteString(f, p.content)
		}
		if err != nil {
			return fmt.Errorf("write the document %q: %s: %w", d.Title, p.name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the document %q: %w", d.Title, err)
	}
	return nil
}

// docxBody gathers the body of a document and the pictures it shows.
type docxBody struct {
	xml    strings.Builder
	rels   strings.Builder
	images [][]byte
}

func (b *docxBody) block(block *Block) error {
	switch block.Kind {
	case HeadingBlock:
		b.paragraph("Heading"+strconv.Itoa(block.Level), block.Runs)
	case TableBlock:
		b.table(block)
	case ImageBlock:
		return b.image(block)
	default:
		b.paragraph("", block.Runs)
	}
	return nil
}

func (b *docxBody) paragraph(style string, runs []Run) {
	b.xml.WriteString("<w:p>")
	if style != "" {
		b.xml.WriteString(`<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
	}
	for _, r := range runs {
		b.run(r)
	}
	b.xml.WriteString("</w:p>")
}

// run writes one run; line breaks and tabs are elements of their own.
func (b *docxBody) run(r Run) {
	b.xml.WriteString("<w:r>")
	if r.Bold {
		b.xml.WriteString("<w:rPr><w:b/></w:rPr>")
	}
	for i, line := range strings.Split(r.Text, "\n") {
		if i > 0 {
			b.xml.WriteString("<w:br/>")
		}
		for j, piece := range strings.Split(line, "\t") {
			if j > 0 {
				b.xml.WriteString("<w:tab/>")
			}
			if piece != "" {
				b.xml.WriteString(`<w:t xml:space="preserve">` + xmlText(piece) + "</w:t>")
			}
		}
	}
	b.xml.WriteString("</w:r>")
}

func (b *docxBody) table(block *Block) {
	widths := docxWidths(block)
	if len(widths) == 0 {
		return
	}
	b.xml.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="` + strconv.Itoa(textWidth) +
		`" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, w := range widths {
		b.xml.WriteString(`<w:gridCol w:w="` + strconv.Itoa(w) + `"/>`)
	}
	b.xml.WriteString("</w:tblGrid>")
	if len(block.Header) > 0 {
		b.row(block.Header, widths, true)
	}
	for _, row := range block.Rows {
		b.row(row, widths, false)
	}
	if len(block.Header) == 0 && len(block.Rows) == 0 {
		b.row(nil, widths, false)
	}
	b.xml.WriteString("</w:tbl>")
	b.paragraph("TableGap", nil) // two tables in a row would run into one
}

func (b *docxBody) row(cells []string, widths []int, header bool) {
	b.xml.WriteString("<w:tr><w:trPr><w:cantSplit/>")
	style := "TableText"
	if header {
		b.xml.WriteString("<w:tblHeader/>")
		style = "TableHeader"
	}
	b.xml.WriteString("</w:trPr>")
	for i, w := range widths {
		b.xml.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(w) + `" w:type="dxa"/></w:tcPr>`)
		text := ""
		if i < len(cells) {
			text = cells[i]
		}
		for line := range strings.SplitSeq(text, "\n") {
			b.paragraph(style, []Run{Plain(line)})
		}
		b.xml.WriteString("</w:tc>")
	}
	b.xml.WriteString("</w:tr>")
}

// docxWidths shares the width of the page among the columns.
func docxWidths(block *Block) []int {
	n := block.columns()
	parts := make([]int, n)
	sum := 0
	for i := range parts {
		parts[i] = 1
		if i < len(block.Widths) {
			parts[i] = max(block.Widths[i], 1)
		}
		sum += parts[i]
	}
	left := textWidth
	for i := range parts {
		w := textWidth * parts[i] / sum
		if i == n-1 {
			w = left
		}
		parts[i] = w
		left -= w
	}
	return parts
}

func (b *docxBody) image(block *Block) error {
	size, err := png.DecodeConfig(bytes.NewReader(block.PNG))
	if err != nil {
		return fmt.Errorf("picture %q: %w", block.Text(), err)
	}
	b.images = append(b.images, block.PNG)
	n := strconv.Itoa(len(b.images))
	width, height := size.Width*twipsPerPixel, size.Height*twipsPerPixel
	if highest := pageHeight - marginTop - marginBottom - 1200; height > highest { // room for the caption
		width, height = width*highest/height, highest
	}
	if width > textWidth {
		width, height = textWidth, height*textWidth/width
	}
	b.rels.WriteString(`<Relationship Id="rIdImage` + n +
		`" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/image` + n + `.png"/>`)
	fmt.Fprintf(&b.xml, docxImage, max(width, 1)*emuPerTwip, max(height, 1)*emuPerTwip, n, xmlText(oneLine(orElse(block.Alt, block.Text()))))
	b.paragraph("Caption", block.Runs)
	return nil
}

// xmlText escapes a text for element and attribute; what XML cannot hold becomes
// the sign for an unknown character.
func xmlText(s string) string {
	var out strings.Builder
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic("playbooks: " + err.Error()) // unreachable: a strings.Builder takes everything
	}
	return out.String()
}
