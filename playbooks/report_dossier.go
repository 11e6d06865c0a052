package playbooks

import (
	"strings"
	"time"

	"watchfire/crisis"
)

// ReportExhibit is a post that an event quotes, as it was kept (存证).
type ReportExhibit struct {
	N         int            `json:"n"`     // from 1
	Event     int            `json:"event"` // that quotes it
	Key       crisis.PostKey `json:"key"`
	Source    string         `json:"source"`
	URL       string         `json:"url,omitempty"`
	Title     string         `json:"title,omitempty"`
	Text      string         `json:"text,omitempty"` // whole, as long as it is kept
	Quote     string         `json:"quote"`          // what the event says of it
	Published time.Time      `json:"published"`
	Kept      time.Time      `json:"kept,omitzero"`
	SHA256    string         `json:"sha256"` // in the event, hex; see crisis.PostHash
	State     string         `json:"state"`  // intact, altered or gone
	Stored    bool           `json:"stored"` // the post is still among those that the daemon keeps
}

// NewDossier makes the record of what is kept as evidence of an incident (存证清单):
// what was quoted when, what is kept of it, and whether that is unchanged.
func NewDossier(in ReportInput) (*Report, error) {
	r, err := NewReport(in)
	if err != nil {
		return nil, err
	}
	w := &reporter{ReportInput: in, pen: r.pen, report: r, in: r.in}
	r.Schema, r.Sections, r.Exhibits = "evidence/1", nil, in.Exhibits
	r.Points, r.Marks, r.Steps, r.Effects, r.KPIs, r.Blind, r.Delivered = nil, nil, nil, nil, nil, nil, nil
	for i, part := range []struct {
		title Text
		parts func() []Part
	}{
		{Text{"校验结果", "Verification"}, w.verified},
		{Text{"存证清单", "What is kept"}, w.exhibited},
		{Text{"原文", "Texts"}, w.texts},
	} {
		r.Sections = append(r.Sections, Section{i + 1, part.title.In(r.Lang), part.parts()})
	}
	return r, nil
}

// verified sums up how what is kept stands.
func (w *reporter) verified() []Part {
	n := map[string]int{}
	for i := range w.Exhibits {
		n[w.Exhibits[i].State]++
	}
	chain := w.f("事件链完整，%d条事件，末条校验值 %s。", "The chain of %d events is unbroken; checksum of the last: %s.", len(w.Events), w.in.Hash)
	if w.report.Chain != "ok" {
		chain = w.w("事件链有断裂：", "The chain of events is broken: ") + tidyLine(w.report.Chain, 200)
	}
	return []Part{
		say(chain, len(w.Events)),
		say(w.f("事件引用的信息%d条：与事件中的校验值一致%d条，内容不符%d条，已按期清理或未留存%d条。", "The events quote %d posts: %d have the checksum that the event names, %d do not, %d were deleted by age or not kept.",
			len(w.Exhibits), n["intact"], n["altered"], n["gone"])),
		say(w.w("校验值为SHA-256，依次对来源、网址、发布时间（UTC）、标题、正文计算，各项前写字节数和冒号；事件以同样方法相连，改动任何一条都会显露。正文最多留存64KB。原网页是否仍在，请打开网址核对。",
			"Checksums are SHA-256 over source, address, time of publication (UTC), title and text, each after its number of bytes and a colon; events are chained in the same way, so that a change of any of them shows. Of a text at most 64 KB are kept. Whether the page is still there is to be seen at its address.")),
	}
}

// exhibited is the list of what is kept.
func (w *reporter) exhibited() []Part {
	if len(w.Exhibits) == 0 {
		return []Part{say(w.w("事件没有引用帖文。", "The events quote no posts."))}
	}
	return []Part{w.exhibitTable(true)}
}

// exhibitTable lists what is kept, with whole checksums where it is for proof.
func (w *reporter) exhibitTable(whole bool) Part {
	t := Part{Head: []string{w.w("号", "No."), w.w("来源", "Source"), w.w("发布", "Published"), w.w("留存", "Kept"), w.w("网址", "Address"), "SHA-256", w.w("状态", "State")}, Wide: []int{5, 11, 13, 13, 22, 22, 14}}
	for i := range w.Exhibits {
		x := &w.Exhibits[i]
		name := orElse(w.Sources[x.Source], x.Source)
		hash := broken(x.SHA256)
		if !whole && len(x.SHA256) > 16 {
			hash = x.SHA256[:16] + "…"
		}
		t.Rows = append(t.Rows, []Cell{
			cell(number(x.N), x.Event), cell(tidyLine(name, 40), x.Event), cell(w.clock(x.Published), x.Event), cell(w.clock(x.Kept), x.Event),
			cell(orElse(tidyLine(x.URL, 400), "—"), x.Event), cell(orElse(hash, "—"), x.Event),
			{Text: w.state(x), Trace: from(x.Event), Bad: x.State == "altered"},
		})
	}
	return t
}

// broken lets a checksum break in the cell of a table.
func broken(hash string) string {
	var parts []string
	for len(hash) > 16 {
		parts, hash = append(parts, hash[:16]), hash[16:]
	}
	return strings.Join(append(parts, hash), " ")
}

// state says how one kept text stands.
func (w *reporter) state(x *ReportExhibit) string {
	out := map[string]Text{
		"intact": {"校验一致", "unchanged"}, "altered": {"内容不符", "changed"}, "gone": {"未留存", "not kept"},
	}[x.State].In(w.lang)
	if !x.Stored {
		out += w.w("，帖文库已清理", "; post deleted by age")
	}
	return out
}

// texts shows the whole of what is kept.
func (w *reporter) texts() []Part {
	var out []Part
	for i := range w.Exhibits {
		x := &w.Exhibits[i]
		text := w.w("（未留存全文，事件中引用：）", "(the whole is not kept; the event quotes:) ") + tidyText(x.Quote, 500)
		if x.State != "gone" {
			text = tidyText(x.Text, mostShownText)
			if x.Title != "" {
				text = tidyLine(x.Title, 300) + "\n" + text
			}
		}
		out = append(out,
			say(w.f("第%d号，%s，%s。", "No. %d, %s, %s.", x.N, tidyLine(orElse(w.Sources[x.Source], x.Source), 40), w.clock(x.Published)), x.Event),
			Part{Head: []string{w.w("原文", "Text")}, Rows: [][]Cell{{cell(text, x.Event)}}})
	}
	if out == nil {
		out = []Part{say(w.w("没有。", "None."))}
	}
	return out
}

// mostShownText bounds one text on paper; the bundle has it whole.
const mostShownText = 8000
