package playbooks

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sampleDocument has every kind of block.
func sampleDocument(t testing.TB) *Document {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2000, 500))); err != nil {
		t.Fatal(err)
	}
	d := &Document{Title: "云川市供水中断应对预案", Org: "云川市城市管理局"}
	d.Heading(1, "一、总则")
	d.Paragraph(Bold("编制目的。"), Plain("先告诉群众能不能用 <水> & 几点恢复。\n第二行\t制表"))
	d.Table([]string{"序号", "步骤", "时限"}, [][]string{{"1", "签收\n问清范围", "15分钟内"}, {"2", "报告"}}, []int{1, 5, 2})
	d.Heading(2, "（一）响应")
	if err := d.Image(picture.Bytes(), "声量走势"); err != nil {
		t.Fatal(err)
	}
	d.Heading(3, "1. 发布")
	d.Heading(4, "（1）首次通报")
	return d
}

// unpack returns the files of a Word document.
func unpack(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

func docx(t testing.TB, d *Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.WriteDocx(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wellFormed fails unless the text is XML to its end.
func wellFormed(name, text string) error {
	dec := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return errors.New(name + ": " + err.Error())
		}
	}
}

func TestWriteDocx(t *testing.T) {
	data := docx(t, sampleDocument(t))
	if !bytes.Equal(data, docx(t, sampleDocument(t))) {
		t.Error("equal documents are different files")
	}
	parts := unpack(t, data)
	for name, text := range parts {
		if strings.HasSuffix(name, ".png") {
			continue
		}
		if err := wellFormed(name, text); err != nil {
			t.Error(err)
		}
		if name != "[Content_Types].xml" && strings.HasPrefix(name, "word/") && !strings.Contains(name, "_rels") &&
			!strings.Contains(parts["[Content_Types].xml"], `"/`+name+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
	body := parts["word/document.xml"]
	for what, want := range map[string]string{
		"a header row that is repeated":    "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>",
		"a row that is not split":          "<w:trPr><w:cantSplit/></w:trPr>",
		"A4":                               `<w:pgSz w:w="11906" w:h="16838"/>`,
		"a heading":                        `<w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t xml:space="preserve">一、总则</w:t>`,
		"escaped signs":                    "能不能用 &lt;水&gt; &amp; 几点恢复。",
		"a line break":                     `<w:br/><w:t xml:space="preserve">第二行</w:t><w:tab/>`,
		"bold text":                        `<w:rPr><w:b/></w:rPr><w:t xml:space="preserve">编制目的。</w:t>`,
		"a cell of two paragraphs":         `签收</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr><w:r><w:t xml:space="preserve">问清范围`,
		"a picture as wide as the text":    `<wp:extent cx="5616575" cy="1403985"/>`,
		"the words of the picture":         `descr="声量走势"`,
		"columns that fill the page (1/8)": `<w:gridCol w:w="1105"/><w:gridCol w:w="5528"/><w:gridCol w:w="2212"/>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the document lacks %s: %s", what, want)
		}
	}
	if !strings.HasPrefix(parts["word/media/image1.png"], "\x89PNG") || !strings.Contains(parts["word/_rels/document.xml.rels"], `Target="media/image1.png"`) {
		t.Error("the picture is not in the file")
	}
	for _, font := range []string{"仿宋", "黑体", "楷体", "方正小标宋简体"} {
		if !strings.Contains(parts["word/styles.xml"], `w:eastAsia="`+font+`"`) {
			t.Errorf("no style is written in %s", font)
		}
	}
}

func TestImageWantsPNG(t *testing.T) {
	var d Document
	if err := d.Image([]byte("GIF89a"), "图"); err == nil || !strings.Contains(err.Error(), "图") {
		t.Errorf("Image = %v, want an error that names the picture", err)
	}
	d.Blocks = []Block{{Kind: ImageBlock, PNG: []byte("no picture")}}
	if err := d.WriteDocx(io.Discard); err == nil {
		t.Error("a document with a broken picture is written")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWritersTellErrors(t *testing.T) {
	d := sampleDocument(t)
	if err := d.WriteDocx(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("WriteDocx = %v", err)
	}
	if err := d.WriteMarkdown(brokenWriter{}); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("WriteMarkdown = %v", err)
	}
}

func TestWriteMarkdown(t *testing.T) {
	var b strings.Builder
	if err := sampleDocument(t).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	const want = `# 云川市供水中断应对预案

## 一、总则

**编制目的。**先告诉群众能不能用 \<水> \& 几点恢复。\
第二行	制表

| 序号 | 步骤 | 时限 |
|---|---|---|
| 1 | 签收<br>问清范围 | 15分钟内 |
| 2 | 报告 |  |

### （一）响应

（图：声量走势）

#### 1. 发布

##### （1）首次通报
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// Whatever people write, the parts of the file are XML.
func TestDocxIsWellFormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String()
		d := &Document{Title: text.Draw(rt, "title"), Org: text.Draw(rt, "org")}
		d.Heading(rapid.IntRange(-1, 9).Draw(rt, "level"), text.Draw(rt, "heading"))
		d.Paragraph(Plain(text.Draw(rt, "plain")), Bold(text.Draw(rt, "bold")))
		d.Table(rapid.SliceOfN(text, 0, 3).Draw(rt, "header"), rapid.SliceOfN(rapid.SliceOfN(text, 0, 4), 0, 3).Draw(rt, "rows"),
			rapid.SliceOfN(rapid.IntRange(-1, 9), 0, 4).Draw(rt, "widths"))
		var b bytes.Buffer
		if err := d.WriteDocx(&b); err != nil {
			rt.Fatal(err)
		}
		for name, part := range unpack(t, b.Bytes()) {
			if err := wellFormed(name, part); err != nil {
				rt.Fatal(err)
			}
		}
	})
}
