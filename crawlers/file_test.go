package crawlers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"watchfire/crisis"
)

// folder is a folder that files are dropped into, and what a File has read of it.
type folder struct {
	t      *testing.T
	file   *File
	web    *Web
	cursor string
	detail string
	past   bool
}

func newFolder(t *testing.T) *folder {
	t.Helper()
	return &folder{t: t, file: &File{Dir: t.TempDir(), Pattern: "*", Zone: "Asia/Shanghai", Limit: 1000}, web: testWeb(t, Options{})}
}

// write writes a file, age ago; one younger than settling may still grow.
func (f *folder) write(name, body string, age time.Duration) {
	f.t.Helper()
	path := filepath.Join(f.file.Dir, name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(path, testNow, testNow.Add(-age)); err != nil {
		f.t.Fatal(err)
	}
}

// read visits the folder and returns the ids of the posts, and the class.
func (f *folder) read() (string, crisis.Class) {
	f.t.Helper()
	h, err := f.file.Crawl(f.t.Context(), f.web, f.cursor)
	if err != nil {
		f.detail = err.Error()
		if h.Cursor != "" {
			f.t.Errorf("fails with %v and moves its cursor", err)
		}
		return "", ClassOf(err)
	}
	f.cursor, f.detail, f.past = h.Cursor, h.Detail, h.Backfill
	ids := make([]string, len(h.Posts))
	for i, p := range h.Posts {
		ids[i] = p.ID
	}
	return strings.Join(ids, " "), h.Class
}

func (f *folder) want(ids string, class crisis.Class) {
	f.t.Helper()
	if got, c := f.read(); got != ids || c != class {
		f.t.Errorf("read %q, %s (%s), want %q, %s", got, c, f.detail, ids, class)
	}
}

func line(id string) string { return fmt.Sprintf("{\"id\":%q,\"text\":\"水%s\"}\n", id, id) }

const old, fresh = time.Hour, time.Second

// TestFileGrows holds that no record is lost of a file that is being written: half
// a record is left for the next visit.
func TestFileGrows(t *testing.T) {
	f := newFolder(t)
	whole := line("1") + line("2") + line("3")
	f.write("a.jsonl", whole[:len(line("1"))+9], fresh)
	f.want("1", crisis.ClassOK)
	f.write("a.jsonl", whole[:len(whole)-1], fresh) // a whole object without its newline is whole
	f.want("2 3", crisis.ClassOK)
	f.write("a.jsonl", whole, fresh)
	f.want("", crisis.ClassEmptyOK)
	f.write("a.jsonl", whole+line("4"), fresh)
	f.want("4", crisis.ClassOK)
	f.want("", crisis.ClassEmptyOK)

	const head = "id,text\n"
	f.write("b.csv", "id,te", fresh)
	f.want("", crisis.ClassEmptyOK)
	f.write("b.csv", head+"c1,\"第一行\n", fresh)
	f.want("", crisis.ClassEmptyOK)
	f.write("b.csv", head+"c1,\"第一行\n第二行\"\nc2,水", fresh)
	f.want("c1", crisis.ClassOK)
	f.write("b.csv", head+"c1,\"第一行\n第二行\"\nc2,水质", old) // left alone: that was the last
	f.want("c2", crisis.ClassOK)
}

// TestFileSettles holds that a last record without its newline is read when the
// file has not changed since the visit before.
func TestFileSettles(t *testing.T) {
	f := newFolder(t)
	f.write("a.csv", "id,text\nc1,水", fresh)
	f.want("", crisis.ClassEmptyOK)
	f.want("c1", crisis.ClassOK)
	f.want("", crisis.ClassEmptyOK)
}

func TestFileRenamed(t *testing.T) {
	f := newFolder(t)
	long := strings.Repeat(line("1"), 100)
	f.write("a.jsonl", long+line("2"), old)
	if ids, _ := f.read(); !strings.HasSuffix(ids, " 2") {
		t.Fatalf("read %q", ids)
	}
	f.write("a.1.jsonl", long+line("2"), old)
	f.write("a.jsonl", line("9"), old) // the log was rotated
	f.want("9", crisis.ClassOK)
}

// TestFileReplaced holds that another file under the name of one that was read is
// read from its beginning, be it larger or not.
func TestFileReplaced(t *testing.T) {
	f := newFolder(t)
	f.write("a.jsonl", line("1")+line("2"), old)
	f.want("1 2", crisis.ClassOK)
	f.write("a.jsonl", line("3")+line("4")+line("5"), old)
	f.want("3 4 5", crisis.ClassOK)
	f.write("a.jsonl", line("6"), old)
	f.want("6", crisis.ClassOK)
	if err := os.Remove(filepath.Join(f.file.Dir, "a.jsonl")); err != nil {
		t.Fatal(err)
	}
	f.write("b.jsonl", line("6")+line("7"), old)
	f.want("7", crisis.ClassOK) // renamed and grown
}

// TestFileBroken holds that one broken record costs itself alone.
func TestFileBroken(t *testing.T) {
	for name, c := range map[string]struct{ file, body, ids, detail string }{
		"a line":           {"a.jsonl", line("1") + "{broken\n" + line("2"), "1 2", "a.jsonl:2"},
		"a huge line":      {"a.jsonl", line("1") + strings.Repeat("x", 3*longestRecord) + "\n" + line("2"), "1 2", "longer than"},
		"a huge last line": {"a.jsonl", line("1") + strings.Repeat("x", 3*longestRecord), "1", "longer than"},
		"an open quote":    {"a.csv", "id,text\n1,水\n2,\"水\n3,水\n4,水\n", "1 3 4", "a.csv:3: a quote is not closed"},
		"a stray quote":    {"a.csv", "id,text\n1,5\" 水管\n2,水\n", "1 2", ""},
		"quotes in quotes": {"a.csv", "id,text\n1,\"说\"\"臭\"\",\n真的\"\n2,水\n", "1 2", ""},
		"a missing column": {"a.csv", "id,text,n\n1,水,1\n2,水\n3,水,1\n", "1 3", "a.csv:3: 2 columns instead of 3"},
		"an empty text":    {"a.csv", "id,text\n1,\n2,水\n\n", "2", "a.csv:2"},
		"tabs":             {"a.tsv", "id\ttext\n1\t水,电\n", "1", ""},
		"semicolons":       {"a.csv", "id;text\n1;\"水;电\n气\"\n", "1", ""},
		"Windows lines":    {"a.csv", "\ufeffid,text\r\n1,水\r\n2,\"水\r\n电\"\r\n", "1 2", ""},
		"blank lines":      {"a.jsonl", "\n\n" + line("1") + "\n" + line("2") + "\n", "1 2", ""},
		"no ending":        {"export", line("1"), "1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write(c.file, c.body, old)
			f.want(c.ids, crisis.ClassOK)
			if !strings.Contains(f.detail, c.detail) || (c.detail == "" && f.detail != "") {
				t.Errorf("detail %q, want %q", f.detail, c.detail)
			}
			f.want("", crisis.ClassEmptyOK)
		})
	}
}

// TestFileMalformed holds that a folder in which nothing new can be read is no
// quiet folder, however often it is visited.
func TestFileMalformed(t *testing.T) {
	for name, body := range map[string]string{
		"a.jsonl": "{broken\n", "b.csv": "编号\n1\n", "c.jsonl": "[{\"text\":\"水\"}]\n", "e.gz": "\x1f\x8bgarbage", "f.csv": "id,text\n1,\"水\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write(name, body, old)
			f.want("", crisis.ClassMalformed)
			f.want("", crisis.ClassMalformed)
			if !strings.Contains(f.detail, name) {
				t.Errorf("detail %q does not name the file", f.detail)
			}
		})
	}
}

// TestFileCut holds that a packed file that is cut gives what it holds, and is then
// missed until it is mended.
func TestFileCut(t *testing.T) {
	f := newFolder(t)
	gz := packed(t, []byte(line("1")))
	f.write("a.jsonl.gz", string(gz[:len(gz)-12]), old)
	f.want("1", crisis.ClassOK)
	f.want("", crisis.ClassMalformed)
	f.write("a.jsonl.gz", string(gz), old)
	f.want("", crisis.ClassEmptyOK)
}

func TestFileEncodings(t *testing.T) {
	const body = "id,text\r\n1,青溪区喆堃㙟\r\n2,\"云川\r\n水\"\r\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(body)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(body)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]string{"utf8.csv": body, "bom.csv": "\ufeff" + body, "gbk.csv": gb, "wide.csv": wide, "packed.csv.gz": string(packed(t, []byte(gb)))} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			f.write(name, c, old)
			h, err := f.file.Crawl(t.Context(), f.web, "")
			if err != nil || len(h.Posts) != 2 || h.Posts[0].Text != "青溪区喆堃㙟" || h.Posts[1].Text != "云川\n水" {
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
	// A GBK export to which a UTF-8 program adds.
	f := newFolder(t)
	f.write("a.csv", gb, old)
	f.want("1 2", crisis.ClassOK)
	f.write("a.csv", gb+"3,青溪区\r\n", old)
	f.want("3", crisis.ClassOK)
}

// TestFilePackedGrows holds that a packed file is read on from where it was.
func TestFilePackedGrows(t *testing.T) {
	f := newFolder(t)
	first := packed(t, []byte(line("1")+line("2")))
	second := packed(t, []byte(line("3")))
	f.write("a.jsonl.gz", string(first), fresh)
	f.want("1 2", crisis.ClassOK)
	f.write("a.jsonl.gz", string(first)+string(second[:8]), fresh)
	f.want("", crisis.ClassEmptyOK)
	f.write("a.jsonl.gz", string(first)+string(second), fresh)
	f.want("3", crisis.ClassOK)
}

// TestFileHistory holds that a large drop that waits at the first visit is history
// to its end, and what comes later is not.
func TestFileHistory(t *testing.T) {
	f := newFolder(t)
	f.file.Limit = 2
	f.write("b.jsonl", line("1")+line("2")+line("3"), 2*old)
	f.write("a.jsonl", line("4"), old)
	f.wantPast("1 2", true)
	f.wantPast("3 4", true)
	f.write("c.jsonl", line("5"), old)
	f.wantPast("5", false)
}

// TestFileHistoryEnds holds that a folder into which more is dropped than one visit
// reads becomes news after a day.
func TestFileHistoryEnds(t *testing.T) {
	f := newFolder(t)
	f.file.Limit = 1
	f.write("a.jsonl", line("1")+line("2")+line("3")+line("4"), old)
	f.wantPast("1", true)
	f.wantPast("2", true)
	f.web.opt.Now = func() time.Time { return testNow.Add(longestHistory) }
	f.wantPast("3", false)
	f.wantPast("4", false)
}

func (f *folder) wantPast(ids string, past bool) {
	f.t.Helper()
	if got, _ := f.read(); got != ids || f.past != past {
		f.t.Errorf("read %q, history %v (%s), want %q, %v", got, f.past, f.detail, ids, past)
	}
}

// TestFileOddities holds that what is no file to read is left alone.
func TestFileOddities(t *testing.T) {
	f := newFolder(t)
	if err := syscall.Mkfifo(filepath.Join(f.file.Dir, "pipe"), 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	if err := os.Mkdir(filepath.Join(f.file.Dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(f.file.Dir, "link")); err != nil {
		t.Fatal(err)
	}
	f.write(".a.jsonl", line("0"), old)
	f.write("empty.jsonl", "", old)
	f.write("a.jsonl", line("1"), old)
	f.want("1", crisis.ClassOK)
	f.want("", crisis.ClassEmptyOK)
}

// TestSplitter holds that records are the same however the text arrives.
func TestSplitter(t *testing.T) {
	body := "id,text\n1,\"a\nb\"\"c\"\n2,x\"y\n3,\"open\n4,z"
	var want []string
	for size := 1; size < len(body); size++ {
		s := &splitter{csv: true, settled: true, comma: ','}
		in := s.scanner(&slowReader{strings.NewReader(body), size})
		var got []string
		for in.Scan() {
			got = append(got, fmt.Sprintf("%d %q %s", s.at, in.Text(), s.broken))
		}
		if in.Err() != nil || s.offset != int64(len(body)) {
			t.Fatalf("in pieces of %d: offset %d, %v", size, s.offset, in.Err())
		}
		if want == nil {
			want = got
		}
		if strings.Join(got, "|") != strings.Join(want, "|") || len(got) != 5 {
			t.Fatalf("in pieces of %d: %v, want %v", size, got, want)
		}
	}
}

// slowReader gives at most size bytes at a time.
type slowReader struct {
	r    *strings.Reader
	size int
}

func (s *slowReader) Read(b []byte) (int, error) { return s.r.Read(b[:min(len(b), s.size)]) }

// BenchmarkFile reads a drop of work orders.
func BenchmarkFile(b *testing.B) {
	var body bytes.Buffer
	body.WriteString("工单编号,诉求标题,市民诉求,受理时间\n")
	for i := range 20_000 {
		fmt.Fprintf(&body, "YC%d,自来水有异味,\"青溪区某小区自来水有异味，\n持续两天。\",2026-11-18 08:%02d:00\n", i, i%60)
	}
	f := &File{Dir: b.TempDir(), Pattern: "*", Zone: "Asia/Shanghai", Limit: 1_000_000}
	if err := os.WriteFile(filepath.Join(f.Dir, "a.csv"), body.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	web := testWeb(b, Options{})
	for b.Loop() {
		h, err := f.Crawl(b.Context(), web, "")
		if err != nil || len(h.Posts) != 20_000 {
			b.Fatal(len(h.Posts), err)
		}
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
