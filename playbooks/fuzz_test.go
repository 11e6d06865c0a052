package playbooks

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"watchfire/crisis"
)

// Whatever a file holds, the loader says what is wrong with it or gives a library
// that can be used.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"library/*.yaml", "library/shared/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	generic, err := os.ReadFile("library/generic.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(strings.Replace(string(generic), "combine_with: [rumor, comment-pileup]", "combine_with: []", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range []string{"x.yaml", vocabularyFile, deadlinesFile, faqCategoriesFile} {
			l, problems := load([]fs.FS{fstest.MapFS{name: {Data: b}}})
			for _, p := range problems {
				if p.What == "" || p.File == "" {
					t.Errorf("%s: a problem without words: %+v", name, p)
				}
			}
			l.Propose(crisis.Signal{Detector: "surge", Observed: 90, Voices: 90}, 3)
			if len(problems) > 0 {
				continue
			}
			for _, m := range l.Match(Query{Topic: crisis.Topic{ID: "x", Tags: []string{"water"}}, Text: string(b)}) {
				if plan := l.Plan(m); plan.ID == "" {
					t.Errorf("%s: plan %+v", name, plan)
				}
			}
		}
	})
}

// fragments are pieces of statements, some whole and some broken.
var fragments = strings.Split("我们|将|于|在|预计|今晚|明天|8月6日|2月30日|下周一|月底|18时|24:00|半|两|三|小时内|个工作日内|前|至|、|，|。|；|？|（|）|“|”|\n|每|分钟|发布|公布结果|更新|恢复供水|完成|请|不|没有|承诺|如果|网传|不实|谣言|已|了|正在调查|高度重视|死亡|受伤|3人|十二人|1.2万户|恢复|更正|138 0013 8000|+86|110101199003071234|x|12345|400-|云川市青湖区|某局|{{org}}|举报人张某| we will| by | 10 pm| tomorrow| and | within | two hours| not |;| update|0|99|:|.|-|\xff", "|")

// pieced puts a text together. The fuzzer tries every cut of what it finds, up to a
// minute for each: with long inputs that is all it does.
func pieced(t *testing.T, picks []byte, raw string) string {
	t.Helper()
	if len(picks) > 32 || len(raw) > 96 {
		t.Skip("too long to be made shorter in good time")
	}
	var b strings.Builder
	for _, p := range picks {
		b.WriteString(fragments[int(p)%len(fragments)])
	}
	return b.String() + raw
}

func TestFilesNoParserShouldSee(t *testing.T) {
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[", 100000), "braces": "a: " + strings.Repeat("{a: ", 100000),
		"dashes": strings.Repeat("- ", 100000), "size": strings.Repeat("# long\n", 100000),
	} {
		problems := Lint(Builtin(), fstest.MapFS{"x.yaml": {Data: []byte(text)}})
		if len(problems) != 1 || problems[0].File != "x.yaml" {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Builtin()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLint200 looks through two hundred plans of the size of a shipped one.
func BenchmarkLint200(b *testing.B) {
	text, err := os.ReadFile("library/service-outage.yaml")
	if err != nil {
		b.Fatal(err)
	}
	dir := fstest.MapFS{}
	for i := range 200 {
		id := "p" + strings.Repeat("a", i/26+1) + string(rune('a'+i%26))
		dir[id+".yaml"] = &fstest.MapFile{Data: []byte(strings.NewReplacer("id: service-outage\n", "id: "+id+"\n", "id: out-", "id: "+id+"-").Replace(string(text)))}
	}
	for b.Loop() {
		for _, f := range Examine(Office{Roles: []string{"leader"}, Topics: []crisis.Topic{{ID: "parking"}}}, Builtin(), dir) {
			if f.Severity == SeverityError {
				b.Fatal(f)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	l := shippedLibrary(b)
	q := Query{Topic: crisis.Topic{ID: "t", Any: []string{"自来水"}}, Text: strings.Repeat("今早家里自来水一股怪味，能喝吗\n\n", 20), Signals: surge()}
	for b.Loop() {
		l.Match(q)
	}
}
