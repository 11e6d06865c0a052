package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchfire/playbooks"
)

// TestAnswersExamined holds that a check names the answers that somebody has to renew, on
// the day of the organisation's zone.
func TestAnswersExamined(t *testing.T) {
	dir := t.TempDir()
	lib, err := playbooks.Load(playbooks.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	write := func(until string) *Config {
		text := "schema: faq/1\nentries:\n  - {id: hall, category: opening, question_variants: [几点下班], answer: 五点。, source_doc: 公告, owner_dept: 政务服务局, reviewed_by: 李敏, reviewed_on: 2026-11-01, valid_until: " + until + "}\n"
		if err := os.WriteFile(filepath.Join(dir, "faq.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := ParseConfig(filepath.Join(dir, "c.yaml"), []byte("lang: zh\nzone: Asia/Shanghai\ntopics: [{id: tap, any: [自来水]}]\nfaq: faq.yaml\n"))
		if err != nil {
			t.Fatal(err)
		}
		cfg.FAQ = filepath.Join(dir, "faq.yaml")
		return cfg
	}
	for _, x := range []struct {
		until, at string
		ok, warn  bool
		want      string
	}{
		{"2026-12-31", "2026-11-27 12:00", true, false, "loaded"},
		{"2026-11-28", "2026-11-28 23:59", true, true, "faq.yaml:3: 知识条目「hall」快要过期"},
		{"2026-11-28", "2026-11-29 00:00", true, true, "faq.yaml:3: 知识条目「hall」已于2026-11-28过期，请政务服务局更新"},
		{"2026-11-31", "2026-11-27 12:00", false, false, `faq.yaml:3: entries[0].valid_until: "2026-11-31" is not a day`},
	} {
		if f := answers(write(x.until), lib, inShanghai(t, x.at)); f.OK != x.ok || f.Warn != x.warn || !strings.Contains(f.Detail, x.want) {
			t.Errorf("%s at %s: %+v", x.until, x.at, f)
		}
	}
	if f := answers(&Config{FAQ: filepath.Join(dir, "none.yaml")}, lib, time.Now()); f.OK || !strings.Contains(f.Detail, "none.yaml") {
		t.Errorf("a file that is not there: %+v", f)
	}
}
