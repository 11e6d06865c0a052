package playbooks

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parsed reads the generic plan with edits (pairs of old and new).
func parsed(t *testing.T, edits ...string) *Playbook {
	t.Helper()
	p, err := Parse("own.yaml", ownPlan(t, edits...)["own.yaml"].Data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDiff(t *testing.T) {
	const first = "  - id: own-02\n    phase: verify\n    title: {zh: 固定证据, en: Preserve the evidence}\n    role: monitor_lead\n    due_after: 20m\n" +
		"    text: 首发帖、转得最广的三条、媒体报道，各存链接、截图、发布时间和转评数。只存不评，不用个人账号参与讨论。\n    evidence: {kind: screenshot, ask: 首发帖和转得最广的帖至少各一张}\n"
	tests := []struct {
		name   string
		edits  []string
		zh, en string
	}{
		{"nothing", nil, "", ""},
		{"a target", []string{"due_after: 20m", "due_after: {I: 10m, II: 15m, III: 20m, IV: 20m}"}, "步骤own-02「固定证据」的时限由「20分」改为「I级10分、II级15分、III级20分、IV级20分」", "target of step own-02 “Preserve the evidence” changed from “20m” to “I 10m, II 15m, III 20m, IV 20m”"},
		{"a text", []string{"只存不评，", "只存证、不评论，"}, "步骤own-02「固定证据」的内容改动：首发帖、转得最广的三条、媒体报道，各存链接、截图、发布时间和转评数。", "text of step own-02"},
		{"a step gone", []string{first, ""}, "去掉步骤own-02「固定证据」", "step own-02 “Preserve the evidence” removed"},
		{"a step more", []string{first, first + strings.NewReplacer("own-02", "own-02b", "固定证据", "再存一次").Replace(first)}, "增加步骤own-02b「再存一次」（在步骤own-02「固定证据」之后，监测组，20分）：首发帖", "step own-02b “Preserve the evidence” added (after step own-02"},
		{"a step moved", []string{first, "", "  - id: own-01\n", first + "  - id: own-01\n"}, "步骤own-01「签收警报，先看有没有人求助」由第1步移到第2步", "moved from place 1 to place 2"},
		{"a role", []string{"    role: duty_officer", "    role: recorder"}, "的责任人由「值班员」改为「记录员」", "role of step own-01 “Acknowledge; look for calls for help first” changed from “Duty officer” to “Log keeper”"},
		{"a template", []string{"我们将于{{next_update_time}}前发布最新情况", "我们于{{next_update_time}}前发布最新情况"}, "模板「首次通报」改动：", "[-将-]"},
		{"a keyword", []string{"keywords: {any: []", "keywords: {any: [噪声]"}, "关键词增加「噪声」", "keywords: “噪声” added"},
		{"an escalation", []string{"  - {when: 等级上调, to: [leader, upper_liaison], within: 15m}\n", ""}, "升级提醒去掉「等级上调：报分管领导（领导小组组长）、信息报送员，15分内」", "escalation"},
		{"a review", []string{"version: 1.0.0", "version: 1.0.0\nreviewed: 2026-05-01"}, "评审日期由「无」改为「2026-05-01」", "day of review changed from “none” to “2026-05-01”"},
		{"a red line", []string{"    limit: [cn-80-authoritative-5h, cn-61-other-48h]", "    limit: [cn-80-authoritative-5h]"}, "的红线去掉「cn-61-other-48h」", "removed"},
		{"quiet", []string{"quiet_for: 24h", "quiet_for: 48h"}, "平静时长由「24小时」改为「48小时」", "time of quiet changed"},
	}
	l, base := shippedLibrary(t), parsed(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := l.Diff(base, parsed(t, tt.edits...))
			if tt.zh == "" {
				if len(found) != 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if len(found) != 1 || !strings.Contains(found[0].What.ZH, tt.zh) || !strings.Contains(found[0].What.EN, tt.en) || found[0].Key == "" {
				t.Errorf("found %+v\nwant %s / %s", found, tt.zh, tt.en)
			}
		})
	}
}

func TestInline(t *testing.T) {
	for _, c := range [][3]string{
		{"同样的话", "同样的话", "同样的话"},
		{"先打电话报告领导", "先打电话报告分管领导", "先打电话报告{+分管+}领导"},
		{"完全不一样", "换了一句", "[-完全不一样-]{+换了一句+}"},
		{"", "新", "{+新+}"},
	} {
		if got := inline(c[0], c[1]); got != c[2] {
			t.Errorf("inline(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

// Whatever was compared, both sides can be read back.
func TestCompareLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 20)
		a, b := list.Draw(rt, "a"), list.Draw(rt, "b")
		var left, right []int
		for _, e := range compare(a, b) {
			if e.sign != '+' {
				left = append(left, e.items...)
			}
			if e.sign != '-' {
				right = append(right, e.items...)
			}
		}
		if !slices.Equal(left, a) || !slices.Equal(right, b) {
			rt.Fatalf("%v and %v come back as %v and %v", a, b, left, right)
		}
	})
}

func TestUnified(t *testing.T) {
	old := []byte("1\n2\n3\n4\n5\n6\n7\n8\n9\n")
	got := Unified("a", "b", old, []byte("1\n2\n3\n4\nfive\n6\n7\n8\n9\nten\n"))
	const want = "--- a\n+++ b\n@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+ten\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Unified("a", "b", old, old); got != "" {
		t.Errorf("equal files differ:\n%s", got)
	}
	if got := Unified("a", "b", nil, []byte("x\n")); got != "--- a\n+++ b\n@@ -0,0 +1,1 @@\n+x\n" {
		t.Errorf("a new file: %q", got)
	}
}

func TestSaveVersion(t *testing.T) {
	dir := t.TempDir()
	text := func(version string) []byte {
		return ownPlan(t, "version: 1.0.0", "version: "+version)["own.yaml"].Data
	}
	if err := SaveVersion(dir, "own", text("1.0.0")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "own.yaml"), filepath.Join(dir, "本单位.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"1.2.0", "1.10.0"} {
		if err := SaveVersion(dir, "own", text(v)); err != nil {
			t.Fatal(err)
		}
	}
	folder := os.DirFS(dir)
	versions, err := Versions(folder, "own")
	if err != nil || !slices.Equal(versions, []string{"1.0.0", "1.2.0"}) {
		t.Errorf("versions %v, %v", versions, err)
	}
	for version, want := range map[string]string{"": "1.10.0", "1.10.0": "1.10.0", "1.0.0": "1.0.0", "1.2.0": "1.2.0"} {
		data, err := ReadVersion(folder, "own", version)
		if err != nil || headOf(data).Version != want {
			t.Errorf("version %q is %s, %v", version, headOf(data).Version, err)
		}
	}
	if _, err := ReadVersion(folder, "own", "3.0.0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a version that never was: %v", err)
	}
	if _, err := ReadVersion(folder, "../own", ""); err == nil {
		t.Error("an id leads out of the folder")
	}
	for what, data := range map[string][]byte{"above": text("1.9.0"), "is of plan": []byte(strings.Replace(string(text("2.0.0")), "id: own\n", "id: other\n", 1)), "is not a role": []byte(strings.Replace(string(text("2.0.0")), "role: leader", "role: boss", 1))} {
		if err := SaveVersion(dir, "own", data); err == nil || !strings.Contains(err.Error(), what) && !strings.Contains(err.Error(), "of plan other") {
			t.Errorf("%s: %v", what, err)
		}
	}
	l, err := Load(Builtin(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := l.Playbook("own"); !ok || p.Version != "1.10.0" || filepath.Base(p.file) != "本单位.yaml" {
		t.Errorf("in force: %+v", p)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v; want the plan and its history", entries, err)
	}
}

// A shipped plan that an office changes keeps the text it began with, and an edit
// without a new version is not lost either.
func TestSaveVersionKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	shippedText, err := fs.ReadFile(Builtin(), "rumor.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := func(version, purpose string) []byte {
		return []byte(strings.NewReplacer("version: 1.0.0", "version: "+version, "purpose: ", "purpose: "+purpose).Replace(string(shippedText)))
	}
	for _, data := range [][]byte{at("1.1.0", "")} {
		if err := SaveVersion(dir, "rumor", data); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := ReadVersion(os.DirFS(dir), "rumor", "1.0.0"); err != nil || string(got) != string(shippedText) {
		t.Errorf("the shipped text is not kept: %v", err)
	}
	for _, v := range []string{"1.1.0", "1.2.0"} { // somebody edits the file in place, then a version is saved
		if err := os.WriteFile(filepath.Join(dir, "rumor.yaml"), at("1.1.0", "改过"+v), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := SaveVersion(dir, "rumor", at("1.2.0", "")); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := Versions(os.DirFS(dir), "rumor")
	if err != nil || !slices.Equal(versions, []string{"1.0.0", "1.1.0", "1.1.0-2"}) {
		t.Errorf("versions %v, %v", versions, err)
	}
}

func TestNextVersion(t *testing.T) {
	for v, want := range map[string]string{"1.0.0": "1.1.0", "1.9.3": "1.10.0", "x": "1.0.0", "1.99999999999999999999.0": "1.0.0"} {
		if got := NextVersion(v); got != want {
			t.Errorf("NextVersion(%s) = %s, want %s", v, got, want)
		}
	}
}
