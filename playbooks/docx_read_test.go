package playbooks

import (
	"archive/zip"
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const wordHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"` +
	` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"` +
	` xmlns:v="urn:schemas-microsoft-com:vml" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"` +
	` xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>`

// wordFile packs parts as Word does. Text without a part is the body.
func wordFile(t testing.TB, body string, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	all := map[string]string{"[Content_Types].xml": docxTypes, "word/document.xml": wordHead + body + `<w:sectPr><w:pgSz w:w="11906"/></w:sectPr></w:body></w:document>`}
	maps.Copy(all, parts)
	for _, name := range sortedKeys(all) {
		if all[name] == "" {
			continue // the package lacks it
		}
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(all[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wp is a paragraph with properties and runs.
func wp(properties string, runs ...string) string {
	return "<w:p><w:pPr>" + properties + "</w:pPr>" + strings.Join(runs, "") + "</w:p>"
}

// wr is a run of text.
func wr(text string) string {
	return `<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

// wtc is a cell.
func wtc(properties string, paragraphs ...string) string {
	var b strings.Builder
	for _, p := range paragraphs {
		if !strings.HasPrefix(p, "<") {
			p = wp("", wr(p))
		}
		b.WriteString(p)
	}
	return "<w:tc><w:tcPr>" + properties + "</w:tcPr>" + b.String() + "</w:tc>"
}

func wtable(rows ...string) string {
	return "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid>" + strings.Join(rows, "") + "</w:tbl>"
}

func wrow(cells ...string) string { return "<w:tr><w:trPr/>" + strings.Join(cells, "") + "</w:tr>" }

const wordStyles = `<w:styles xmlns:w="x"><w:style w:type="paragraph" w:default="1" w:styleId="1"><w:name w:val="Normal"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 1"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>` +
	`<w:style w:type="paragraph" w:styleId="3"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="9"/></w:numPr></w:pPr></w:style>` +
	`<w:style w:type="paragraph" w:styleId="a5"><w:name w:val="标题 3"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="mine"><w:name w:val="预案标题"/><w:basedOn w:val="2"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="item"><w:name w:val="List Paragraph"/><w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>` +
	`<w:style w:type="paragraph" w:styleId="11"><w:name w:val="toc 1"/></w:style>` +
	`<w:style w:type="character" w:styleId="c"><w:name w:val="heading 4"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style></w:styles>`

const wordNumbers = `<w:numbering xmlns:w="x">` +
	`<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>` +
	`<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="（%2）"/></w:lvl><w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimalEnclosedCircle"/><w:lvlText w:val="%3"/></w:lvl></w:abstractNum>` +
	`<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val=""/></w:lvl></w:abstractNum>` +
	`<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>` +
	`<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="（%2）"/></w:lvl></w:abstractNum>` +
	`<w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="6"><w:abstractNumId w:val="1"/></w:num>` +
	`<w:num w:numId="7"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>` +
	`<w:num w:numId="9"><w:abstractNumId w:val="2"/></w:num></w:numbering>`

func inList(id, level string) string {
	return `<w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + id + `"/></w:numPr>`
}

// shown writes a document in lines: = title, # heading, | row.
func shown(d *Document) []string {
	var out []string
	if d.Title != "" {
		out = append(out, "= "+d.Title)
	}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		switch b.Kind {
		case HeadingBlock:
			out = append(out, strings.Repeat("#", b.Level)+" "+b.Text())
		case TableBlock:
			for _, row := range append([][]string{b.Header}, b.Rows...) {
				out = append(out, "|"+strings.Join(row, "|"))
			}
		default:
			out = append(out, b.Text())
		}
	}
	for _, a := range d.Aside {
		out = append(out, a.Where+": "+a.Text)
	}
	return out
}

func field(code string, result ...string) string {
	return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
		strings.Join(result, "") + `<w:r><w:fldChar w:fldCharType="end"/></w:r>`
}

func textBox(paragraphs string) string {
	return `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:positionH><wp:posOffset>12</wp:posOffset></wp:positionH><a:graphic><wps:wsp><wps:txbx><w:txbxContent>` + paragraphs +
		`</w:txbxContent></wps:txbx></wps:wsp></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>` + paragraphs + `</w:txbxContent></v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>`
}

// TestReadDocx holds what is read from what Word and WPS write.
func TestReadDocx(t *testing.T) {
	for _, x := range []struct {
		name, body string
		parts      map[string]string
		want       []string
	}{
		{
			"headings by id of WPS, by Chinese name, by the style they are based on, by level of outline, and by none",
			wp(`<w:pStyle w:val="T"/>`, wr("某市应急预案")) + wp(`<w:pStyle w:val="2"/>`, wr("总则")) + wp(`<w:pStyle w:val="a5"/>`, wr("小节")) + wp(`<w:pStyle w:val="mine"/>`, wr("组织")) +
				wp(`<w:outlineLvl w:val="1"/>`, wr("职责")) + wp(`<w:pStyle w:val="2"/><w:outlineLvl w:val="9"/>`, wr("正文。")) + wp(`<w:pStyle w:val="1"/>`, wr("一、启动")) + wp(`<w:pStyle w:val="Heading2"/>`, wr("无此样式")),
			nil,
			[]string{"= 某市应急预案", "# 总则", "### 小节", "# 组织", "## 职责", "正文。", "# 一、启动", "## 无此样式"},
		},
		{
			"numbers of lists, nested, begun anew, by a style, and signs",
			wp(`<w:pStyle w:val="3"/>`, wr("报告")) + wp(inList("5", "0"), wr("签收")) + wp(inList("5", "1"), wr("电话")) + wp(inList("5", "1"), wr("短信")) + wp(inList("5", "2"), wr("群发")) +
				wp(`<w:pStyle w:val="item"/>`, wr("核实")) + wp(inList("5", "1"), wr("问现场")) + wp(inList("6", "0"), wr("要点")) + wp(inList("7", "0"), wr("另起")) + wp(`<w:pStyle w:val="item"/>`+inList("0", "0"), wr("不编号")) + wp(`<w:pStyle w:val="3"/>`, wr("处置")),
			nil,
			[]string{"## （一）报告", "1. 签收", "（1）电话", "（2）短信", "① 群发", "2. 核实", "（1）问现场", "• 要点", "1. 另起", "不编号", "## （二）处置"},
		},
		{
			"runs, tabs, breaks, a hyperlink, a content control, and no text from codes",
			wp(`<w:tabs><w:tab w:val="left"/></w:tabs>`, wr("3"), wr("0分"), wr("钟内"), `<w:r><w:tab/></w:r>`, wr("报"), `<w:r><w:br/></w:r>`, wr("续")) +
				wp("", `<w:hyperlink r:id="r1">`+wr("官网")+`</w:hyperlink>`, field(`HYPERLINK "http://a.example/" `, wr("平台")), `<w:fldSimple w:instr=" DATE ">`+wr("今日")+`</w:fldSimple>`) +
				`<w:sdt><w:sdtPr><w:alias w:val="别名"/></w:sdtPr><w:sdtContent>` + wp("", `<w:sdt><w:sdtPr/><w:sdtContent>`+wr("控件")+`</w:sdtContent></w:sdt>`, `<w:smartTag>`+wr("标记")+`</w:smartTag>`) + `</w:sdtContent></w:sdt>`,
			nil,
			[]string{"30分钟内\t报\n续", "官网平台今日", "控件标记"},
		},
		{
			"tracked changes: what was deleted is gone, what was inserted is there",
			wp(`<w:pPrChange><w:pPr><w:pStyle w:val="2"/></w:pPr></w:pPrChange>`, wr("限"), `<w:del w:id="1"><w:r><w:delText>两小时</w:delText></w:r></w:del>`, `<w:ins w:id="2">`+wr("30分钟")+`</w:ins>`, wr("报告")) +
				wp(`<w:rPr><w:del w:id="3"/></w:rPr>`, wr("前半句，")) + wp("", wr("后半句。")) +
				wp(`<w:rPr><w:del w:id="4"/></w:rPr>`, `<w:del><w:r><w:delText>整段删去</w:delText></w:r></w:del>`) +
				`<w:moveFrom>` + wp("", wr("移走的")) + `</w:moveFrom>` + `<w:moveTo>` + wp("", wr("移来的")) + `</w:moveTo>` +
				wtable(wrow(wtc("", "甲"), wtc("", "乙")), `<w:tr><w:trPr><w:del w:id="5"/></w:trPr>`+wtc("", "删行")+wtc("", "删行")+`</w:tr>`, `<w:tr><w:trPr><w:ins w:id="6"/></w:trPr>`+wtc("", "增")+wtc("", "行")+`</w:tr>`),
			nil,
			[]string{"限30分钟报告", "前半句，后半句。", "移来的", "|甲|乙", "|增|行"},
		},
		{
			"merged and nested cells",
			wtable(wrow(wtc(`<w:gridSpan w:val="2"/>`, "班次"), wtc("", "姓名")), wrow(wtc(`<w:vMerge w:val="restart"/>`, "白班"), wtc("", "8时"), wtc("", "张三", "李四")), wrow(wtc(`<w:vMerge/>`, wp("")), wtc("", "12时"), wtc("", "王五", wtable(wrow(wtc("", "电话"), wtc("", "12345"))), wp("")))),
			nil,
			[]string{"|班次||姓名", "|白班|8时|张三\n李四", "|白班|12时|王五", "|电话|12345"},
		},
		{
			"text boxes once, pictures, notes, comments, headers",
			wp("", wr("流程见图"), textBox(wp("", wr("发现"))+wp("", wr("上报"))), `<w:r><w:drawing><wp:inline><wp:docPr id="1" descr="组织体系图"/><a:graphic><a:blip r:embed="x"/></a:graphic></wp:inline></w:drawing></w:r>`, `<w:r><w:footnoteReference w:id="2"/></w:r>`),
			map[string]string{
				"word/footnotes.xml": `<w:footnotes xmlns:w="x"><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:id="2">` + wp("", wr(" 工作日按国务院通知。")) + `</w:footnote></w:footnotes>`,
				"word/comments.xml":  `<w:comments xmlns:w="x"><w:comment w:id="0" w:author="李">` + wp("", wr("请核电话")) + `</w:comment></w:comments>`,
				"word/header1.xml":   `<w:hdr xmlns:w="x">` + wp("", wr("内部资料")) + `</w:hdr>`, "word/header2.xml": `<w:hdr xmlns:w="x">` + wp("", wr("内部资料")) + `</w:hdr>`,
				"word/footer1.xml": `<w:ftr xmlns:w="x">` + wp("", wr("— "), field("PAGE", wr("1")), wr(" —")) + `</w:ftr>`,
			},
			[]string{"流程见图", "第1段的文本框: 发现", "第1段的文本框: 上报", "第1段: （图片：组织体系图）", "页眉: 内部资料", "脚注1: 工作日按国务院通知。", "批注1: 请核电话"},
		},
		{
			"a table of contents is none of the text",
			`<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>` + wp("", wr("目　录")) +
				wp(`<w:pStyle w:val="11"/>`, field(`TOC \o "1-3"`, wr("一、总则"), `<w:r><w:tab/></w:r>`, field("PAGEREF _Toc1", wr("1")))) + `</w:sdtContent></w:sdt>` + wp("", wr("二、响应…………3")) + wp("", wr("二、响应")),
			nil,
			[]string{"# 二、响应", "目录: 目　录", "目录: 一、总则\t1", "目录: 二、响应…………3"},
		},
		{
			"a field that never ends takes no paragraph with it",
			wp("", `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>`) + wp("", wr("后面的段落。")),
			nil,
			[]string{"后面的段落。"},
		},
		{
			"the strict form, and a line that is called like a plan",
			"",
			map[string]string{"word/document.xml": "\ufeff" + strings.Replace(wordHead, "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main", 1) + wp("", wr("云川市文件")) + wp("", wr("云川市新闻发布应急预案（试行）")) + wp("", wr("正文。")) + "</w:body></w:document>"},
			[]string{"= 云川市新闻发布应急预案（试行）", "云川市文件", "正文。"},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			parts := map[string]string{"word/styles.xml": wordStyles, "word/numbering.xml": wordNumbers}
			maps.Copy(parts, x.parts)
			d, err := ReadDocx(wordFile(t, x.body, parts))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(x.want, shown(d)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestMainPart holds that the text is found where the package says it is.
func TestMainPart(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"_rels/.rels":       strings.Replace(docxRels, `Target="word/document.xml"`, `Target="/doc/text2.xml"`, 1),
		"doc/text2.xml":     wordHead + wp(`<w:pStyle w:val="2"/>`, wr("总则")) + "</w:body></w:document>",
		"doc\\styles.xml":   wordStyles,
		"doc/footnotes.xml": `<w:footnotes xmlns:w="x"/>`,
	} {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := ReadDocx(b.Bytes())
	if err != nil || !slices.Equal(shown(d), []string{"# 总则"}) {
		t.Errorf("%v, %v", d, err)
	}
}

// TestNoWordDocument holds that a file that cannot be read is named for what it is, with
// what to do.
func TestNoWordDocument(t *testing.T) {
	whole := wordFile(t, wp("", wr("正文")), nil)
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String("EncryptedPackage")
	if err != nil {
		t.Fatal(err)
	}
	nested := strings.Repeat("<w:sdt><w:sdtContent>", 300) + strings.Repeat("</w:sdtContent></w:sdt>", 300)
	for name, x := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":      {nil, "the file is empty; copy it again"},
		"an old .doc":  {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 WordDocument"), "old format .doc or .wps; open it in Word or WPS and save it as .docx"},
		"a password":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + wide), "protected by a password; take the password out"},
		"RTF":          {[]byte(`{\rtf1\ansi}`), "format RTF; open it in Word"},
		"a web page":   {[]byte("\ufeff<html>"), "a web page or XML under the name of a Word file"},
		"text":         {[]byte("一、总则"), "save it as .docx"},
		"cut off":      {whole[:len(whole)/2], "damaged or cut off"},
		"Excel":        {wordFile(t, "", map[string]string{"word/document.xml": "", "xl/workbook.xml": "<w/>"}), "it is a table of Excel; save the text"},
		"no body":      {wordFile(t, "", map[string]string{"word/document.xml": ""}), "it has no word/document.xml; open it in Word"},
		"no text":      {wordFile(t, wp(""), nil), "it holds no text"},
		"broken XML":   {wordFile(t, "", map[string]string{"word/document.xml": wordHead + "<w:p><w:r>"}), "word/document.xml is damaged"},
		"broken style": {wordFile(t, "", map[string]string{"word/styles.xml": "<w:styles><"}), "word/styles.xml is damaged"},
		"wide":         {wordFile(t, wtable(wrow(strings.Repeat(wtc(`<w:gridSpan w:val="63"/>`), 100))), nil), "larger than any plan"},
		"long":         {wordFile(t, wtable(strings.Repeat("<w:tr/>", maxBlocks+1)), nil), "larger than any plan"},
		"repeated":     {wordFile(t, wtable(wrow(wtc(`<w:vMerge w:val="restart"/>`, strings.Repeat("字", 1<<18))), strings.Repeat(wrow(wtc("<w:vMerge/>")), 50)), nil), "larger than any plan"},
		"deep":         {wordFile(t, nested, nil), "larger than any plan"},
	} {
		if _, err := ReadDocx(x.data); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: error %v, want … %s", name, err, x.want)
		}
	}
}

// TestReadMarkdownAsWritten holds what editors write.
func TestReadMarkdownAsWritten(t *testing.T) {
	const text = "# 某县应急预案\r\n\r\n一、总则\r\n\r\n（二）依据\r\n\r\n1\\. 突发事件应对法\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	plain := []string{"= 某县应急预案", "# 一、总则", "## （二）依据", "1. 突发事件应对法"}
	for name, x := range map[string]struct {
		text string
		want []string
	}{
		"CRLF": {text, plain}, "a mark of order": {"\ufeff" + text, plain}, "GBK": {gbk, plain}, "UTF-16": {utf16, plain},
		"old Macintosh": {strings.ReplaceAll(text, "\r\n", "\r"), plain},
		"underlined headings, lists, a quote, a rule, links": {
			"某县应急预案\n====\n\n总则\n----\n\n- [x] 值班\n* **要点**\n> 引文\n\n---\n\n见[官网](http://a.example/x)。\n```\n# 不是标题\n```\n",
			[]string{"= 某县应急预案", "## 总则", "• 值班", "• 要点", "引文", "见官网。", "# 不是标题"},
		},
		"tables without outer bars in later rows": {
			"| 步骤 | 责任人 |\n|:--|--:|\n| 报告<br/>分管领导 | 值班员 |\n发布 | 发布员\n\n后文",
			[]string{"|步骤|责任人", "|报告\n分管领导|值班员", "|发布|发布员", "后文"},
		},
		"a plan in the manner of the national ones": {
			"1 总则\n1.1 编制目的\n为了。\n4.2.1 信息报告\n1. 值班员报告。\n2.5万人受影响。",
			[]string{"# 1 总则", "## 1.1 编制目的", "为了。", "### 4.2.1 信息报告", "1. 值班员报告。", "2.5万人受影响。"},
		},
	} {
		d, err := ReadMarkdown([]byte(x.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := gocmp.Diff(x.want, shown(d)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	for text, want := range map[string]string{"\n": "it holds no text", "\x81\x20\xff\xff\x00": "save the text as UTF-8", "PK\x03\x04": "name it .docx"} {
		if _, err := ReadMarkdown([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want … %s", text, err, want)
		}
	}
}
