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

// TestBadConfig holds the messages: file, line, key, and what to do.
func TestBadConfig(t *testing.T) {
	t.Setenv("WATCHFIRE_TEST_SET", "s3cret")
	for _, c := range []struct{ name, text, want string }{
		{"not YAML", "org: [a\nzone: x", "bad.yaml:"},
		{"unknown key", "org: x\nzoen: Asia/Shanghai", `bad.yaml:2: unknown key "zoen", did you mean "zone"; the keys are org, zone`},
		{"unknown nested key", "pace:\n  host_dleay: 5s", `bad.yaml:2: pace: unknown key "host_dleay", did you mean "host_delay"`},
		{"wrong type", "alerting:\n  steps: many", `bad.yaml:2: "many"`},
		{"wrong duration", "pace:\n  timeout: soon", `bad.yaml:2: pace: timeout: time: invalid duration "soon"`},
		{"zone", "zone: Mars/Olympus", `zone: "Mars/Olympus" is not a time zone; write one such as Asia/Shanghai`},
		{"lang", "lang: de", `lang: "de" is not a language of Watchfire; write zh or en`},
		{"source without kind", "sources:\n  - name: a\n    every: 5m", "bad.yaml:2: source: the kind is missing; add one of the keys "},
		{"source of two kinds", "sources:\n  - name: a\n    feed: {url: https://x.example/}\n    json: {url: https://x.example/}", "a source is of one kind"},
		{"source without name", "sources:\n  - feed: {url: https://x.example/}", "source 1: name"},
		{"source twice", "sources:\n  - {name: a, feed: {url: https://x.example/}}\n  - {name: a, feed: {url: https://x.example/}}", "source a: the name is used twice"},
		{"source key", "sources:\n  - name: a\n    feed:\n      uri: https://x.example/", `bad.yaml:4: source: feed: unknown key "uri", did you mean "url"`},
		{"source url", "sources:\n  - {name: a, feed: {url: ftp://x}}", "source a: feed: url: missing or not a web address"},
		{"too often", "sources:\n  - {name: a, every: 1ms, feed: {url: https://x.example/}}", "source a: every: 1ms is too often; write 1m or more"},
		{"channel", "channels:\n  - {name: a, slack: {channel: C1}}", "channel a: slack: token: missing"},
		{"detector", "detectors:\n  serge: {}", `bad.yaml:2: detectors: unknown key "serge"`},
		{"topic source", "topics:\n  - {id: a, any: [x], sources: [nowhere]}", `topic a: sources: there is no source "nowhere"`},
		{"unset secret", "author_key: ${env:WATCHFIRE_TEST_UNSET}", "bad.yaml:1: ${env:WATCHFIRE_TEST_UNSET}: the environment variable is not set"},
		{"missing secret file", "author_key: ${file:/nowhere/key}", "bad.yaml:1: ${file:/nowhere/key}: read the secret"},
		{"list for mapping", "- a\n- b", "bad.yaml:1: want a mapping of keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseConfig("bad.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
	cfg, err := ParseConfig("good.yaml", []byte("author_key: x${env:WATCHFIRE_TEST_SET}y"))
	if err != nil || cfg.AuthorKey.Reveal() != "xs3crety" {
		t.Errorf("a secret from the environment: %v", err)
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
