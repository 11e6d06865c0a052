package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestVisible writes what would command a terminal, whole and byte by byte.
func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"水质 ok\n\t👨\u200d👩":    "水质 ok\n\t👨\u200d👩",
		"\x1b[2J\u009b\x7f":    `\u001b[2J\u009b\u007f`,
		"a\u202eb\u2066\u200b": `a\u202eb\u2066\u200b`,
		"\U000e0041":           `\udb40\udc41`,
		"\xff\xe2\x82x":        "\ufffd\ufffd\ufffdx",
	} {
		var whole, bytes strings.Builder
		if _, err := (&visible{w: &whole}).Write([]byte(in)); err != nil {
			t.Fatal(err)
		}
		v := &visible{w: &bytes}
		for _, b := range []byte(in) {
			if _, err := v.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		if whole.String() != want || bytes.String() != want {
			t.Errorf("%q is shown as %q, byte by byte as %q, want %q", in, whole.String(), bytes.String(), want)
		}
	}
}

// TestOneWayToPrint fails when a command prints past the writers that make text harmless.
// The screen of the demo draws with escapes of its own and shows alerts, which are clean.
func TestOneWayToPrint(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	past := regexp.MustCompile(`fmt\.Print|os\.Stdout|os\.Stderr`)
	allowed := regexp.MustCompile(`isTerminal\(|newScreen\(|visible\{|// a package, for a file|p\.w = os\.Stderr`)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "time_failpoints.go" {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(b), "\n") {
			if past.MatchString(line) && !allowed.MatchString(line) {
				t.Errorf("%s:%d prints past stdout and stderr: %s", f, i+1, strings.TrimSpace(line))
			}
		}
	}
}
