package alerts

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"watchfire/crisis"
)

// leavings returns all that leaves us when a channel of a kind sends alerts.
func leavings(t *testing.T, kind string, all []crisis.Alert) string {
	t.Helper()
	var mu sync.Mutex // guards out
	var out strings.Builder
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		out.WriteString(r.URL.String() + " ")
		_ = r.Header.Write(&out) // a builder takes all
		out.Write(body)
		answer := `{"ok":true,"code":0,"errcode":0,"channel":"C1","ts":"1.1","tenant_access_token":"t","expire":7200,"id":"x","data":{"message_id":"om_1"}}`
		if strings.HasPrefix(r.URL.Path, "/v1.0/") {
			answer = `{"success":true,"accessToken":"t","expireIn":7200}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer s.Close()
	dir := t.TempDir()
	var c Channel
	switch kind {
	case "cap":
		c = &CAP{Folder: dir, Sender: "watchfire@yunchuan.example", Expires: 1e12, Keep: 200}
	case "email":
		f := newFakeSMTP(t, nil)
		c = f.newEmail()
		for _, a := range all {
			if _, err := c.Send(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		for _, raw := range f.box("duty@yunchuan.example") {
			l := readLetter(t, raw)
			out.WriteString(l.subject + l.plain + l.html)
		}
		return out.String()
	case "exec":
		c = &Exec{Command: "/bin/sh", Args: []string{"-c", "env >>" + dir + "/out; cat >>" + dir + "/out"}, Timeout: 1e10}
	case "webpush":
		for _, a := range all {
			b, err := pushText(a)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(b)
		}
		return out.String()
	default:
		c = provided(t, kind, s.URL)
		if l, ok := c.(*Log); ok {
			l.File = filepath.Join(dir, "log")
		}
	}
	for _, a := range all {
		if _, err := c.Send(t.Context(), a); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out.Write(bytes.TrimSpace(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	plain := out.String()
	if decoded, err := url.QueryUnescape(plain); err == nil {
		plain += decoded
	}
	return plain
}

// TestRestrictedEverywhere sends alerts of a restricted incident on every kind of
// channel: nothing of what it is about leaves us, but that there is one and where to go
// on does.
func TestRestrictedEverywhere(t *testing.T) {
	var veiled, full []crisis.Alert
	for _, kind := range append(kinds, crisis.AlertReminder, crisis.AlertEscalated, crisis.AlertLapsed) {
		a := sample(kind, "zh")
		if a.Incident == "" {
			continue
		}
		a.Remark, a.Holder, a.ProposedWhy, a.Proposed = "知情人举报", "王值班", "知情人举报", crisis.LevelI
		full = append(full, a)
		veiled = append(veiled, a.Withheld("一起限制知悉的事件"))
	}
	facts := []string{"自来水", "怪味", "云川论坛", "云川微播", "bbs.yunchuan", "取样", "公共服务", "签收，问清", "发布权威信息", "tap-water", "知情人", "王值班", "云川新闻网"}
	for kind := range Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			if text := leavings(t, kind, full); !strings.Contains(text, "自来水") {
				t.Fatalf("the test does not see what leaves: %s", text)
			}
			text := leavings(t, kind, veiled)
			for _, fact := range facts {
				if strings.Contains(text, fact) {
					t.Errorf("%q leaves us: %s", fact, text)
				}
			}
			for _, want := range []string{"限制知悉", "watch.yunchuan.example/incidents/20261119-01"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing: %s", want, text)
				}
			}
		})
	}
	for _, a := range veiled {
		if steps, whole := pressesOf(a); len(steps)+len(whole) > 0 {
			t.Errorf("%s has buttons for who may not know", a.Kind)
		}
	}
}
