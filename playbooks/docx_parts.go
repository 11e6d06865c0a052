package playbooks

import (
	"fmt"
	"strconv"
	"strings"
)

// The parts of a Word file that are the same in every document.
const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

	wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

	docxTypes = xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Default Extension="png" ContentType="image/png"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/fontTable.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.fontTable+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

	docxRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

	docxCore = xmlHead + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ` +
		`xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title><dc:creator>%s</dc:creator></cp:coreProperties>`

	docxDocumentHead = xmlHead + `<w:document ` + wordSpace +
		` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"` +
		` xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
		` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"` +
		` xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><w:body>`

	docxDocumentRels = xmlHead + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/fontTable" Target="fontTable.xml"/>` +
		`<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/>`

	// docxFonts says what may stand in where a machine lacks a font.
	docxFonts = xmlHead + `<w:fonts ` + wordSpace + `>` +
		`<w:font w:name="仿宋"><w:altName w:val="仿宋_GB2312"/></w:font>` +
		`<w:font w:name="楷体"><w:altName w:val="楷体_GB2312"/></w:font>` +
		`<w:font w:name="黑体"><w:altName w:val="SimHei"/></w:font>` +
		`<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/></w:font>` +
		`<w:font w:name="Times New Roman"/></w:fonts>`

	// docxFooter holds the page number between two dashes, GB/T 9704-2012 7.5.
	docxFooter = xmlHead + `<w:ftr ` + wordSpace + `><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>` +
		`<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
		`<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`

	// docxImage takes width, height, number and what the picture shows.
	docxImage = `<w:p><w:pPr><w:pStyle w:val="Picture"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">` +
		`<wp:extent cx="%[1]d" cy="%[2]d"/><wp:docPr id="%[3]s" name="Picture %[3]s" descr="%[4]s"/>` +
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>` +
		`<pic:nvPicPr><pic:cNvPr id="%[3]s" name="Picture %[3]s"/><pic:cNvPicPr/></pic:nvPicPr>` +
		`<pic:blipFill><a:blip r:embed="rIdImage%[3]s"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>` +
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%[1]d" cy="%[2]d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr>` +
		`</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`
)

// docxSection is the page at the end of the body.
func docxSection() string {
	return fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="%d" w:h="%d"/>`+
		`<w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="1400" w:gutter="0"/></w:sectPr>`,
		pageWidth, pageHeight, marginTop, marginRight, marginBottom, marginLeft)
}

// docxStyle is one style of paragraph. Sizes are in half points: 44 is 二号, 32 三号,
// 28 四号, 21 五号. Lines are in twentieths of a point.
type docxStyle struct {
	id, name, font string
	size, line     int
	bold           bool
	align          string // both, center
	indent         bool   // the first line by two characters
	outline        int    // 1 for the first level of headings
	before, after  int
}

// styles are the manners of writing of a government document (GB/T 9704-2012 7.3):
// the title in 小标宋 二号, text in 仿宋 三号, headings in 黑体, 楷体 and 仿宋.
var styles = []docxStyle{
	{id: "Normal", name: "Normal", font: "仿宋", size: 32, line: 570, align: "both", indent: true},
	{id: "Title", name: "Title", font: "方正小标宋简体", size: 44, line: 640, align: "center", after: 400},
	{id: "Heading1", name: "heading 1", font: "黑体", size: 32, line: 570, align: "both", indent: true, outline: 1, before: 120},
	{id: "Heading2", name: "heading 2", font: "楷体", size: 32, line: 570, align: "both", indent: true, outline: 2},
	{id: "Heading3", name: "heading 3", font: "仿宋", size: 32, line: 570, bold: true, align: "both", indent: true, outline: 3},
	{id: "Heading4", name: "heading 4", font: "仿宋", size: 32, line: 570, align: "both", indent: true, outline: 4},
	{id: "TableText", name: "Table Text", font: "仿宋", size: 21, line: 300, align: "left"},
	{id: "TableHeader", name: "Table Header", font: "黑体", size: 21, line: 300, align: "center"},
	{id: "TableGap", name: "Table Gap", font: "仿宋", size: 10, line: 160, align: "left"},
	{id: "Picture", name: "Picture", font: "仿宋", size: 21, align: "center", before: 120},
	{id: "Caption", name: "caption", font: "楷体", size: 24, line: 360, align: "center", after: 120},
	{id: "Footer", name: "footer", font: "宋体", size: 28, align: "center"},
}

func docxStyles() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<w:styles ` + wordSpace + `><w:docDefaults><w:rPrDefault><w:rPr>` +
		`<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋" w:cs="Times New Roman"/>` +
		`<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>`)
	for _, s := range styles {
		s.write(&b)
	}
	b.WriteString(`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`)
	}
	b.WriteString(`</w:tblBorders><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>`)
	return b.String()
}

func (s *docxStyle) write(b *strings.Builder) {
	standard, based := "", `<w:basedOn w:val="Normal"/>`
	if s.id == "Normal" {
		standard, based = ` w:default="1"`, ""
	}
	b.WriteString(`<w:style w:type="paragraph"` + standard + ` w:styleId="` + s.id + `"><w:name w:val="` + s.name + `"/>` + based + "<w:qFormat/><w:pPr>")
	if s.outline > 0 {
		b.WriteString("<w:keepNext/>")
	}
	line, rule := s.line, "exact"
	if line == 0 { // a picture needs the height it has
		line, rule = 240, "auto"
	}
	if strings.HasPrefix(s.id, "Table") && s.id != "TableGap" {
		rule = "atLeast"
	}
	fmt.Fprintf(b, `<w:spacing w:before="%d" w:after="%d" w:line="%d" w:lineRule="%s"/>`, s.before, s.after, line, rule)
	if s.indent {
		b.WriteString(`<w:ind w:firstLineChars="200" w:firstLine="640"/>`)
	} else {
		b.WriteString(`<w:ind w:firstLineChars="0" w:firstLine="0"/>`)
	}
	b.WriteString(`<w:jc w:val="` + s.align + `"/>`)
	if s.outline > 0 {
		b.WriteString(`<w:outlineLvl w:val="` + strconv.Itoa(s.outline-1) + `"/>`)
	}
	b.WriteString(`</w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="` + s.font + `"/>`)
	if s.bold {
		b.WriteString("<w:b/>")
	}
	fmt.Fprintf(b, `<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`, s.size, s.size)
}
