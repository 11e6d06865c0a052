package console

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

func TestReportPages(t *testing.T) {
	w := newWorld(t, true)
	at := "/incidents/" + w.fill()
	for file, want := range map[string]string{"html": "十二、附件", "md": "# 复盘报告", "json": `"schema": "report/1"`, "docx": "PK"} {
		if got := w.get(at+"/report."+file, 200); !strings.Contains(got, want) {
			t.Errorf("report.%s does not hold %q", file, want)
		}
	}
	if got := w.get(at+"/report.html?kind=flash&lang=en", 200); !strings.Contains(got, "Decisions needed") {
		t.Error("the flash report asks for no decision")
	}
	for file, want := range map[string]string{"html": "存证清单：", "md": "# 存证清单", "json": `"schema": "evidence/1"`, "docx": "PK", "zip": "SHA256SUMS"} {
		if got := w.get(at+"/evidence."+file+"?lang=zh", 200); !strings.Contains(got, want) {
			t.Errorf("evidence.%s does not hold %q", file, want)
		}
	}
	says(t, w.get(at+"?lang=zh", 200), at+"/evidence.html", at+"/evidence.zip")
	w.get(at+"/report.zip", 404)
	w.get(at+"/evidence.tar", 404)
	w.get(at+"/report.pdf", 404)
	w.get(at+"/other.html", 404)
	w.get("/incidents/none/report.html", 404)
}

func TestReview(t *testing.T) {
	w := newWorld(t, true)
	id := w.fill()
	at := "/incidents/" + id + "/review"
	if page := w.get(at, 200); strings.Contains(page, `name="lesson"`) {
		t.Error("an open incident proposes changes")
	}
	w.must(w.act(id, crisis.EventClosed, "", "主任", "处置完毕", night))
	balanced(t, "review", w.get(at, 200))
	question := w.incident(id).Plans[0].Questions[0]
	w.post(at, form("do", "finding", "kind", "answer", "question", question, "text", "<b>接报晚</b>"), 200)
	w.post(at, form("do", "finding", "kind", "gap", "text", "首发慢"), 200)
	w.post(at, form("do", "finding", "kind", "gap", "text", ""), 422)
	w.post(at, form("do", "blame", "text", "张三"), 422)
	w.post(at, form("do", "action", "text", "预授权", "owner", "办公室", "due", "2026-10-20", "check", "演练一次"), 200)
	w.post(at, form("do", "action", "text", "预授权", "owner", "办公室", "due", "soon", "check", "演练一次"), 422)
	if page := w.get("/", 200); strings.Contains(page, at+"#actions") {
		t.Error("an improvement is late before it is due")
	}
	w.wait(8 * 24 * time.Hour)
	if page := w.get("/", 200); !strings.Contains(page, at+"#actions") || !strings.Contains(page, "有 1 项改进逾期") {
		t.Error("the Now page does not tell of the overdue improvement")
	}
	w.post(at, form("do", "done", "action", "a1"), 200)
	w.post(at, form("do", "checked", "action", "a1"), 409) // by the same person
	page := w.post(at, form("do", "reviewed"), 200)
	in := w.incident(id)
	if in.Reviewed.IsZero() || len(in.Findings) != 2 || !in.Actions[0].Checked.IsZero() {
		t.Errorf("after the review: %+v", in.Findings)
	}
	if !strings.Contains(page, "&lt;b&gt;接报晚") {
		t.Error("the answer is not on the page, or not escaped")
	}
}

// TestAmend accepts a proposal: a new version lies in the folder, loads, and is
// recorded in the incident.
func TestAmend(t *testing.T) {
	for _, folder := range []bool{true, false} {
		w := newWorld(t, true)
		if folder {
			w.console.PlanFolder = t.TempDir()
		}
		id := w.fill()
		w.must(w.addStep(id))
		w.must(w.act(id, crisis.EventClosed, "", "主任", "处置完毕", night))
		at := "/incidents/" + id + "/review"
		page := w.get(at, 200)
		m := regexp.MustCompile(`name="lesson" value="(added/[^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatal("the step that was added by hand is not proposed")
		}
		w.post(at, form("do", "amend"), 422)
		answer := w.post(at, url.Values{"do": {"amend"}, "lesson": {m[1]}}, 200)
		if !folder {
			if _, err := playbooks.Parse("download", []byte(answer)); err != nil {
				t.Error(err)
			}
			continue
		}
		lib, err := playbooks.Load(playbooks.Builtin(), os.DirFS(w.console.PlanFolder))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := lib.Playbook("service-outage")
		was, _ := w.library.Playbook("service-outage")
		if p.Version != playbooks.NextVersion(was.Version) || len(p.Steps) != len(was.Steps)+1 {
			t.Errorf("version %s with %d steps is in force", p.Version, len(p.Steps))
		}
		if _, err := os.Stat(filepath.Join(w.console.PlanFolder, "history", "service-outage", was.Version+".yaml")); err != nil {
			t.Error(err)
		}
		events := w.kinds(id)
		if !slices.Contains(events, crisis.EventAmended) {
			t.Errorf("the change is not recorded in %v", events)
		}
	}
}

// addStep adds a step by hand and does it.
func (w *world) addStep(id string) error {
	if _, err := w.Act(w.t.Context(), crisis.Act{Kind: crisis.EventStepAdded, Incident: id, By: "值班员", Data: crisis.Addition{Step: crisis.Step{Title: "通知物业广播", Phase: "respond"}}}); err != nil {
		return err
	}
	_, err := w.Act(w.t.Context(), crisis.Act{Kind: crisis.EventStepDone, Incident: id, By: "值班员", Plan: crisis.Own, Step: "own-01", Note: "已广播"})
	return err
}

// kinds are the kinds of an incident's events.
func (w *world) kinds(id string) []crisis.EventKind {
	w.t.Helper()
	var out []crisis.EventKind
	w.must(w.store.View(w.t.Context(), func(tx *store.Tx) error {
		_, events, err := tx.Incident(id)
		for _, e := range events {
			out = append(out, e.Kind)
		}
		return err
	}))
	return out
}
