package daemon

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// directive is a line of a unit that sets something.
var directive = regexp.MustCompile(`^([A-Z][A-Za-z]*)=(.*)$`)

// TestUnit holds that every directive of the unit has its own comment above it,
// and that the unit, its folders and its configuration speak of the same places.
func TestUnit(t *testing.T) {
	text, err := os.ReadFile("../systemd/watchfire.service")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	above := ""
	for i, line := range strings.Split(string(text), "\n") {
		switch m := directive.FindStringSubmatch(line); {
		case m != nil:
			if !strings.HasPrefix(above, "# ") {
				t.Errorf("watchfire.service:%d: %s has no comment of its own", i+1, m[1])
			}
			set[m[1]] = m[2]
		case line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "["):
			t.Errorf("watchfire.service:%d: neither comment nor directive: %s", i+1, line)
		}
		above = line
	}
	folders, err := os.ReadFile("../systemd/watchfire.tmpfiles")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := LoadConfig("../systemd/watchfire.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Data != set["WorkingDirectory"] || cfg.Data != "/var/lib/"+set["StateDirectory"] {
		t.Errorf("the configuration keeps its data in %s, the unit works in %s and owns /var/lib/%s", cfg.Data, set["WorkingDirectory"], set["StateDirectory"])
	}
	for _, want := range []string{
		"d " + cfg.Data + " " + set["StateDirectoryMode"] + " " + set["User"] + " " + set["Group"] + " -",
		"d /etc/" + set["ConfigurationDirectory"] + " " + set["ConfigurationDirectoryMode"] + " root " + set["Group"] + " -",
		"d " + cfg.Data + "/inbox ",
	} {
		if !strings.Contains(string(folders), want) {
			t.Errorf("watchfire.tmpfiles lacks %q", want)
		}
	}
	users, err := os.ReadFile("../systemd/watchfire.sysusers")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(users), "u "+set["User"]+" ") {
		t.Errorf("watchfire.sysusers makes no user %s", set["User"])
	}
}
