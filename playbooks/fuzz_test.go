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
		for _, name := range []string{"x.yaml", vocabularyFile, deadlinesFile} {
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
