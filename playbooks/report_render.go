package playbooks

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Parse(reportPage))

// ReportFormats are the forms in which a report is written.
var ReportFormats = []string{"html", "md", "docx", "json"}

// Write writes the report in one of ReportFormats.
func (r *Report) Write(w io.Writer, format string) error {
	var err error
	r.calm()
	switch format {
	case "html":
		err = reportTemplate.Execute(w, r.page())
	case "md":
		err = r.Document().WriteMarkdown(w)
	case "docx":
		var d *Document
		if d, err = r.document(r.Pictures); err == nil {
			err = d.WriteDocx(w)
		}
	case "json":
		err = r.writeJSON(w)
	default:
		return fmt.Errorf("there is no format %q; they are %s", format, strings.Join(ReportFormats, ", "))
	}
	if err != nil {
		return fmt.Errorf("write the report of %s as %s: %w", r.Incident, format, err)
	}
	return nil
}

// heading is the title of a report.
func (r *Report) heading() string {
	title := r.pen.w("复盘报告：", "Incident report: ") + r.Title
	if r.Schema == "flash/1" {
		title = r.pen.w("舆情快报：", "Flash report: ") + r.Title
	}
	if r.Schema == "evidence/1" {
		title = r.pen.w("存证清单：", "Evidence: ") + r.Title
	}
	if r.Drill {
		title = r.pen.w("【演练】", "[DRILL] ") + title
	}
	return title
}

// chineseNumbers number the parts as documents of offices do.
var chineseNumbers = []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"}

// numbered is the heading of a section.
func (r *Report) numbered(s *Section) string {
	if r.Lang == "zh" && s.Number < len(chineseNumbers) {
		return chineseNumbers[s.Number] + "、" + s.Title
	}
	return strconv.Itoa(s.Number) + ". " + s.Title
}

// Document returns the report as a text. Charts are the numbers they would show, where
// something happened: see chartTable.
func (r *Report) Document() *Document {
	d, err := r.document(nil)
	if err != nil {
		panic("playbooks: " + err.Error()) // unreachable: only a broken picture is an error
	}
	return d
}

// document is the report with the pictures of some charts before their numbers.
func (r *Report) document(pictures map[string][]byte) (*Document, error) {
	d := &Document{Title: r.heading(), Org: r.Org}
	d.Paragraph(Plain(r.byline()))
	for i := range r.Sections {
		s := &r.Sections[i]
		d.Heading(1, r.numbered(s))
		for j := range s.Parts {
			p := &s.Parts[j]
			if png := pictures[p.Chart]; png != nil {
				if err := d.Image(png, r.caption(p.Chart)); err != nil {
					return nil, err
				}
				d.Blocks[len(d.Blocks)-1].Alt = r.alt(p.Chart)
			}
			r.addPart(d, p)
		}
	}
	return d, nil
}

func (r *Report) byline() string {
	return r.pen.f("%s　编号 %s　生成于 %s（%s）", "%s · no. %s · made %s (%s)", orElse(r.Org, "—"), r.Incident, r.pen.clock(r.Made), r.Zone)
}

func (r *Report) addPart(d *Document, p *Part) {
	switch {
	case p.Chart == "volume":
		d.Table(r.chartTable())
	case p.Chart != "": // its numbers stand in the table of the volume
	case p.Head != nil:
		rows := make([][]string, len(p.Rows))
		for i, row := range p.Rows {
			for _, c := range row {
				text := c.Text
				if c.Bad {
					text = "※ " + text
				}
				rows[i] = append(rows[i], text)
			}
		}
		d.Table(p.Head, rows, p.Wide)
	default:
		d.Paragraph(Plain(p.Text))
	}
}

// mostChartRows is how many lines the table in place of a chart has at most.
const mostChartRows = 30

// chartTable gives the buckets above the usual, and those not seen, in numbers: the
// loudest of them when they are many.
func (r *Report) chartTable() (head []string, rows [][]string, widths []int) {
	w := r.pen.w
	var points []ReportPoint
	for _, p := range r.Points {
		if p.Coverage < wellSeen || p.High > 0 && p.Observed > p.High || p.High <= 0 && p.Observed > 0 {
			points = append(points, p)
		}
	}
	slices.SortStableFunc(points, func(a, b ReportPoint) int { return int(b.Observed - a.Observed) })
	points = points[:min(len(points), mostChartRows)]
	slices.SortFunc(points, func(a, b ReportPoint) int { return a.At.Compare(b.At) })
	for _, p := range points {
		usual, mood := w("未知", "unknown"), "—"
		if p.High > 0 {
			usual = decimal(p.Low) + "–" + decimal(p.High)
		}
		if p.Rated >= rating {
			mood = share(p.Negative / p.Rated)
		}
		count := decimal(p.Observed)
		if p.Coverage < 0.01 && p.Observed == 0 {
			count = w("看不到", "not seen") // which is not none
		}
		rows = append(rows, []string{r.pen.clock(p.At), count, usual, mood, share(p.Coverage)})
	}
	return []string{w("时段", "From"), w("声量", "Voices"), w("平常", "Usual"), w("负面占比", "Negative"), w("覆盖率", "Coverage")}, rows, []int{30, 15, 20, 17, 18}
}

// htmlPage is what the template of a report shows.
type htmlPage struct {
	*Report
	Heading  string
	Byline   string
	Language string
	Parts    []htmlSection
	Series   []htmlSeries // that figures come from
	Words    map[string]string
}

// htmlSeries is a series with its mark.
type htmlSeries struct{ ID, Text string }

type htmlSection struct {
	Heading string
	Parts   []htmlPart
}

type htmlPart struct {
	Text    string
	Mark    template.HTML
	SVG     template.HTML
	Caption string
	Head    []string
	Wide    []int
	Rows    []htmlRow
}

type htmlRow struct {
	ID    string
	Cells []htmlCell
}

type htmlCell struct {
	Text string
	Bad  bool
	Mark template.HTML
}

// page lays the report out for the template, with a mark behind every figure.
func (r *Report) page() *htmlPage {
	w := r.pen.w
	p := &htmlPage{Report: r, Heading: r.heading(), Byline: r.byline(), Language: w("zh-CN", "en"), Words: map[string]string{
		"marks":  w("数字后的上标是出处：#号后是时间线的事件编号，S是下列声量序列。", "Small marks behind figures say where they come from: # and the number of an event in the timeline, S and one of the series below."),
		"series": w("声量序列", "Series"),
		"foot":   w("烽燧根据事件记录和声量数据生成，未经人改动。", "Generated by Watchfire from the record of events and the counts."),
	}}
	told := map[int]bool{}
	for i := range r.Sections {
		for _, row := range r.timelineRows(i) {
			told[row] = true
		}
	}
	m := marker{page: p, told: told, known: map[string]int{}}
	for i := range r.Sections {
		s := &r.Sections[i]
		out := htmlSection{Heading: r.numbered(s)}
		for j := range s.Parts {
			out.Parts = append(out.Parts, m.part(&s.Parts[j], s.Number == 2 && r.Schema == "report/1"))
		}
		p.Parts = append(p.Parts, out)
	}
	return p
}

// timelineRows are the events that have a line of their own in the timeline.
func (r *Report) timelineRows(section int) []int {
	var out []int
	if r.Sections[section].Number != 2 || r.Schema != "report/1" {
		return nil
	}
	for _, p := range r.Sections[section].Parts {
		for _, row := range p.Rows {
			if row[0].Trace != nil {
				out = append(out, row[0].Trace.Events...)
			}
		}
	}
	return out
}

// marker writes the marks of traces.
type marker struct {
	page  *htmlPage
	told  map[int]bool
	known map[string]int // series by their text
}

func (m *marker) part(p *Part, timeline bool) htmlPart {
	out := htmlPart{Text: p.Text, Head: p.Head, Wide: p.Wide}
	if p.Chart != "" {
		out.Caption = m.page.caption(p.Chart)
		out.SVG = template.HTML(m.page.chart(p.Chart)) //nolint:gosec // its words are escaped where it is drawn
		return out
	}
	if p.Text != "" {
		out.Mark = m.mark(p.Trace)
	}
	for _, row := range p.Rows {
		var r htmlRow
		if timeline && len(row) > 0 && row[0].Trace != nil {
			r.ID = "e" + strconv.Itoa(row[0].Trace.Events[0])
		}
		for i, c := range row {
			cell := htmlCell{Text: c.Text, Bad: c.Bad}
			if !timeline && c.Trace != nil && (i+1 == len(row) || !c.Trace.same(row[i+1].Trace)) { // one mark for a run of equal ones
				cell.Mark = m.mark(c.Trace)
			}
			r.Cells = append(r.Cells, cell)
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

func (t *Trace) same(o *Trace) bool {
	return o != nil && t.Series == o.Series && slices.Equal(t.Events, o.Events)
}

// mostMarks is how many events one mark names; the JSON form has all.
const mostMarks = 4

func (m *marker) mark(t *Trace) template.HTML {
	if t == nil {
		return ""
	}
	var parts []string
	for i, seq := range t.Events {
		if i == mostMarks {
			parts = append(parts, "…")
			break
		}
		n := strconv.Itoa(seq)
		if m.told[seq] {
			parts = append(parts, `<a href="#e`+n+`">#`+n+`</a>`)
		} else {
			parts = append(parts, "#"+n)
		}
	}
	if t.Series != "" {
		k, ok := m.known[t.Series]
		if !ok {
			k = len(m.page.Series) + 1
			m.page.Series = append(m.page.Series, htmlSeries{"s" + strconv.Itoa(k), "S" + strconv.Itoa(k) + " " + t.Series})
			m.known[t.Series] = k
		}
		n := strconv.Itoa(k)
		parts = append(parts, `<a href="#s`+n+`">S`+n+`</a>`)
	}
	return template.HTML(`<sup>` + strings.Join(parts, " ") + `</sup>`) //nolint:gosec // numbers only
}
