package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSample holds the configuration that `init` writes, and the one for systemd,
// which differs in the data folder only.
func TestSample(t *testing.T) {
	cfg, err := ParseConfig("sample.yaml", []byte(Sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Sources) != 3 || len(cfg.Topics) != 2 || len(cfg.Channels) != 1 {
		t.Errorf("the sample has %d sources, %d topics, %d channels", len(cfg.Sources), len(cfg.Topics), len(cfg.Channels))
	}
	unit, err := os.ReadFile("../systemd/watchfire.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(Sample, "# Folder of the database, relative to this file.\ndata: data", "# Folder of the database; the unit owns it.\ndata: /var/lib/watchfire", 1)
	if diff := cmp.Diff(want, string(unit)); diff != "" {
		t.Errorf("systemd/watchfire.yaml (-want +got):\n%s", diff)
	}
	for _, f := range Examine(t.Context(), cfg, false) {
		if !f.OK {
			t.Errorf("%s: %s", f.What, f.Detail)
		}
	}
}

// TestBadConfig loads one bad file per rule: the first comment of each is what the
// operator must be told, a fault a line, with the line of the file, the key, and
// what to do. DIR is the folder of the file.
func TestBadConfig(t *testing.T) {
	t.Setenv("WATCHFIRE_TEST_SECRET", "s3cret")
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	files, err := filepath.Glob(filepath.Join("testdata", "config", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(text)) {
				comment, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
				if !ok {
					break
				}
				want = append(want, file+":"+strings.ReplaceAll(comment, "DIR", filepath.Dir(file)))
			}
			got := faultsOf(t, file)
			if len(got) != len(want) || len(want) == 0 {
				t.Fatalf("%d faults, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
			}
			for i := range want {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("got  %s\nwant %s", got[i], want[i])
				}
				if strings.Contains(got[i], "s3cret") {
					t.Errorf("the error shows a secret: %s", got[i])
				}
			}
		})
	}
}

// faultsOf returns what `watchfire check` finds wrong with a file.
func faultsOf(t *testing.T, file string) []string {
	t.Helper()
	cfg, err := LoadConfig(file)
	if err != nil {
		return strings.Split(err.Error(), "\n")
	}
	var faults []string
	for _, f := range Examine(t.Context(), cfg, false) {
		if !f.OK {
			faults = append(faults, f.Detail)
		}
	}
	return faults
}

// TestGoodConfig holds what people write and may write.
func TestGoodConfig(t *testing.T) {
	t.Setenv("WATCHFIRE_TEST_SECRET", "s3cret")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("  k3y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"comments only", "# org: x\n", ""},
		{"byte order mark and Windows line ends", "\ufefforg: a\r\nauthor_key: b\r\n", "b"},
		{"a secret inside a text", "author_key: x${env:WATCHFIRE_TEST_SECRET}y", "xs3crety"},
		{"a secret beside the configuration", "author_key: ${file:key}", "k3y"},
		{"numbers as text", "org: 12345\ntopics: [{id: hotline, any: [12345, 110]}]\nauthor_key: 99", "99"},
		{"JSON", `{"org": "a", "author_key": "b", "channels": [{"name": "c", "log": {}}]}`, "b"},
		{"a number between quotes", "alerting: {steps: \"3\"}\ndetectors: {surge: {alert: \"3\"}}\n", ""},
		{"nothing below a key", "sources:\nchannels:\ndetectors:\ntopics:\npace:\n", ""},
		{"a kind with its defaults", "channels:\n  - name: a\n    log:\ndetectors:\n  surge:\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := ParseConfig(filepath.Join(dir, "good.yaml"), []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.AuthorKey.Reveal(); got != c.want {
				t.Errorf("author_key = %q, want %q", got, c.want)
			}
		})
	}
}

// TestReference holds docs/configuration.md to what the structs say.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Configuration\n\nWhat `watchfire kinds` prints: every key there is. `watchfire init` writes a commented example.\n\n")
	if err := WriteReference(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "docs", "configuration.md")
	got := strings.ReplaceAll(b.String(), scenarioSection, "")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("docs/configuration.md is not what the code says; run go test ./daemon -run TestReference -update (-docs +code):\n%s", diff)
	}
}

// scenarioSection is what the tests' own kind of source adds to the reference.
const scenarioSection = "## source: scenario\n\n| key | type | default | meaning |\n|---|---|---|---|\n\n"
