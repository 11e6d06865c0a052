package playbooks

import (
	"strings"
	"testing"
)

// A document holds every word of the plan that people act by.
func TestExport(t *testing.T) {
	l := shippedLibrary(t)
	for _, p := range l.Playbooks() {
		d := l.Export(p, "云川市委宣传部")
		var md strings.Builder
		if err := d.WriteMarkdown(&md); err != nil {
			t.Fatal(err)
		}
		parts := unpack(t, docx(t, d))
		for _, part := range []string{"word/document.xml", "word/styles.xml"} {
			if err := wellFormed(part, parts[part]); err != nil {
				t.Errorf("%s: %v", p.ID, err)
			}
		}
		last := 0
		for _, heading := range []string{"一、总则", "（一）目的", "（二）依据", "（三）适用", "（四）原则", "二、组织体系", "三、分级", "四、响应", "五、舆情收集与研判", "六、后期处置", "七、保障", "八、附则"} {
			at := strings.Index(md.String(), "# "+heading)
			if at < last {
				t.Errorf("%s: the heading %s stands at %d", p.ID, heading, at)
			}
			last = at
		}
		var words []string
		for _, s := range p.Steps {
			words = append(words, s.ID, s.Title.ZH, s.Text, s.Evidence.Ask)
		}
		words = append(append(append(words, p.Purpose), p.Closing.Human...), p.Questions...)
		for _, w := range words {
			if !strings.Contains(md.String(), markdownText(w)) {
				t.Errorf("%s: the document lacks %q", p.ID, w)
			}
			if !strings.Contains(parts["word/document.xml"], xmlText(w)) {
				t.Errorf("%s: the Word file lacks %q", p.ID, w)
			}
		}
	}
}
