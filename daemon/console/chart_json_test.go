package console

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"image/png"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/playbooks"
)

// chartOf fetches a chart and wants its columns to be equally long.
func (w *world) chartOf(path string) chartJSON {
	w.t.Helper()
	var c chartJSON
	w.must(json.Unmarshal([]byte(w.get(path, 200)), &c))
	n := len(c.Seen)
	for _, p := range c.Panels {
		for _, column := range [][]*float64{p.Observed, p.Expected, p.Low, p.High} {
			if len(column) != n {
				w.t.Errorf("%s: a column of %d in a chart of %d", path, len(column), n)
			}
		}
	}
	if n == 0 || len(c.Panels) != 2 || len(c.When) != n || len(c.Told) != n || c.Label == "" || len(c.Ticks) == 0 {
		w.t.Fatalf("%s: %+v", path, c)
	}
	return c
}

// TestChartJSON wants of the chart that the script draws what the still picture shows:
// what was not seen is no number, every bucket is told in the reader's language and the
// organisation's time, and what was done has its sign.
func TestChartJSON(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	c := w.chartOf("/incidents/" + id + "/chart.json?lang=zh")
	i := slices.Index(c.Seen, "blind")
	if i < 0 || c.Panels[0].Observed[i] != nil || !strings.Contains(c.Told[i], "看不到") || strings.Contains(c.Told[i], "人次") {
		t.Errorf("bucket %d was not seen: %v, %q", i, c.Panels[0].Observed[i], c.Told[i])
	}
	i = slices.Index(c.Seen, "half")
	if i < 0 || !strings.Contains(c.Told[i], "数字偏低") {
		t.Errorf("bucket %d was half seen: %q", i, c.Told[i])
	}
	if last := len(c.Seen) - 1; !c.Filling || !strings.HasPrefix(c.When[last], "03:10–") || !strings.Contains(c.Told[last], "本时段未完") {
		t.Errorf("the last bucket is %q, %q", c.When[last], c.Told[last])
	}
	kinds := map[string]int{}
	for _, m := range c.Marks {
		kinds[m.Kind]++
		at := (m.At - c.From) / c.Bucket
		if !strings.Contains(c.Told[at], m.Text) && !strings.Contains(c.Told[at], "另有") {
			t.Errorf("%s is not told of its bucket: %q", m.Text, c.Told[at])
		}
	}
	if kinds[markLine] != 1 || kinds[markAlert] != 1 || kinds[markTick] != 2 {
		t.Errorf("marks %v of %+v", kinds, c.Marks)
	}
	if en := w.chartOf("/topics/tap-water/chart.json?lang=en&span=7d"); en.Bucket != 7200 || !strings.Contains(en.Told[0], "voices") || len(en.Marks) < 4 {
		t.Errorf("a week in English is %d s, %q, %d marks", en.Bucket, en.Told[0], len(en.Marks))
	}
	w.get("/incidents/20200101-01/chart.json", 404)
	w.get("/topics/nobody/chart.json", 404)
}

// TestChartMarksSpare shows no moment of an incident to whom that is closed.
func TestChartMarksSpare(t *testing.T) {
	w := newWorld(t, false)
	id := w.fill()
	w.as("王主任", roleApprover)
	_, err := w.Act(t.Context(), crisis.Act{Kind: crisis.EventRestricted, Incident: id, By: "王主任", At: night, Data: crisis.Restriction{People: []string{"王主任"}, Reason: "涉密"}})
	w.must(err)
	if c := w.chartOf("/topics/tap-water/chart.json"); len(c.Marks) == 0 {
		t.Error("who may see the incident sees no mark of it")
	}
	w.as("张伟", roleViewer)
	if c := w.chartOf("/topics/tap-water/chart.json"); len(c.Marks) > 0 {
		t.Errorf("who may not see the incident sees %+v", c.Marks)
	}
	w.get("/incidents/"+id+"/chart.json", 404)
	w.get("/incidents/"+id+"/chart.csv", 404)
}

// TestChartCSV wants the counts of an incident as a table that leaves out what is not known.
func TestChartCSV(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.get("/incidents/"+id+"/chart.csv?lang=zh", 200), "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 80 || rows[0][1] != "发声量" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	unseen := 0
	for _, row := range rows[1:] {
		if at, err := time.Parse(time.RFC3339, row[0]); err != nil || !strings.HasSuffix(row[0], "+08:00") {
			t.Errorf("time %s, %v", at, err)
		}
		if row[6] == "0" {
			unseen++
			if row[1] != "" || row[2] != "" {
				t.Errorf("what was not seen is counted: %v", row)
			}
		}
	}
	if unseen == 0 {
		t.Error("everything was seen; the test tests nothing")
	}
	if page := w.get("/incidents/"+id+"?lang=zh", 200); !strings.Contains(page, `href="/incidents/`+id+`/chart.csv"`) || !strings.Contains(page, "发生了什么") {
		t.Error("the page offers no table")
	}
}

// TestWeight adds up what the heaviest page costs at a first visit: 200 kB at most.
func TestWeight(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	for _, path := range []string{"/incidents/" + id, "/topics/tap-water?span=30d"} {
		page := w.get(path, 200)
		sum := len(page)
		for _, m := range regexp.MustCompile(`(?:src|href|data-chart)="(/assets/[^"]+|/[^"]+chart\.json[^"]*)"`).FindAllStringSubmatch(page, -1) {
			r := w.request("GET", strings.ReplaceAll(m[1], "&amp;", "&"), nil, "Accept-Encoding", "gzip")
			sum += len(w.read(r, 200))
		}
		if sum < len(page)+30<<10 || sum > 200_000 {
			t.Errorf("%s costs %d bytes", path, sum)
		}
		t.Logf("%s: page %d, in all %d bytes", path, len(page), sum)
	}
}

// TestVendored holds uPlot against what its registry gives out; docs/libraries.md says where.
func TestVendored(t *testing.T) {
	w := newWorld(t, true)
	docs, err := os.ReadFile("../../docs/libraries.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"uplot.js", "uplot.css", "uplot-LICENSE.txt"} {
		r := w.request("GET", w.console.assets[name].url, nil, "Accept-Encoding", "gzip")
		z, err := gzip.NewReader(strings.NewReader(w.read(r, 200)))
		if err != nil || r.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(r.Header.Get("Vary"), "Accept-Encoding") {
			t.Fatalf("%s: %v, %v", name, err, r.Header)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if plain := w.read(w.request("GET", w.console.assets[name].url, nil, "Accept-Encoding", "gzip;q=0"), 200); plain != string(body) {
			t.Errorf("%s is another file when it is not compressed", name)
		}
		if sum := sha256.Sum256(body); !bytes.Contains(docs, []byte(hex.EncodeToString(sum[:]))) {
			t.Errorf("docs/libraries.md does not know %s as it is: sha256 %x", name, sum)
		}
	}
}

// TestReportPictures wants the charts of a report in its Word file, with their numbers in words.
func TestReportPictures(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	word := w.get("/incidents/"+id+"/report.docx?lang=zh", 200)
	d, err := playbooks.ReadDocx([]byte(word))
	if err != nil || len(d.Blocks) == 0 {
		t.Fatalf("the Word file: %v", err)
	}
	files := map[string]string{}
	z, err := zip.NewReader(strings.NewReader(word), int64(len(word)))
	w.must(err)
	for _, f := range z.File {
		b, err := fs.ReadFile(z, f.Name)
		w.must(err)
		files[f.Name] = string(b)
	}
	for _, name := range []string{"word/media/image1.png", "word/media/image2.png"} {
		c, err := png.DecodeConfig(strings.NewReader(files[name]))
		if err != nil || c.Width != pngWide {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	for _, want := range []string{`descr="声量：共`, "看得见的时段占", "看不到", "▲警报"} {
		if !strings.Contains(files["word/document.xml"], want) {
			t.Errorf("the document does not say %q", want)
		}
	}
}
