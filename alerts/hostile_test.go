package alerts

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"watchfire/crisis"
)

// hostiles reads what strangers may write, by name.
func hostiles(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../crisis/testdata/hostile.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || name == "#" {
			continue
		}
		rest = strings.TrimSpace(rest)
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		times := 1
		if n := strings.TrimSpace(rest[len(quoted):]); n != "" {
			if times, err = strconv.Atoi(n); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = strings.Repeat(text, times)
	}
	if len(out) < 30 {
		t.Fatalf("only %d hostile texts", len(out))
	}
	return out
}

// ours are the fields of an alert that no stranger and no author of a plan fills.
var ours = []string{"ID", "Incident", "Lang", "Zone", "Detector", "Rule", "RedLine", "Plan.Step", "Step", "Name", "Part", "Role", "From", "Why"}

// poison puts a text into every string of a value that others fill.
func poison(v reflect.Value, name, text string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() && !slices.Contains(ours, name) {
			v.SetString(text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Taps" {
				poison(v.Field(i), f.Name, text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), name, text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), name, text)
		}
	}
}

// poisoned are the alerts of all kinds with a text everywhere; they share nothing with
// those that other tests look at.
func poisoned(t *testing.T, text string) []crisis.Alert {
	t.Helper()
	var out []crisis.Alert
	for _, kind := range kinds {
		if len(text) > 1000 && !slices.Contains([]crisis.AlertKind{crisis.AlertOpened, crisis.AlertBlind, crisis.AlertRescue}, kind) {
			continue // the same fields, and a megabyte for each
		}
		a := sample(kind, "zh")
		poison(reflect.ValueOf(&a).Elem(), "", text)
		for i := range a.Next {
			a.Next[i].Role = text
		}
		out = append(out, a)
	}
	return out
}

// recorder records what a channel sends, and answers as each provider does who is pleased.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex // guards what follows
	sent []string
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			body = formJSON(t, string(body))
		}
		r.mu.Lock()
		r.sent = append(r.sent, string(body))
		r.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(req.URL.Path, "/v1.0/") {
			fmt.Fprint(w, `{"accessToken":"t","expireIn":7200,"success":true,"result":{"deliverResults":[{"success":true}]}}`)
			return
		}
		fmt.Fprint(w, `{"ok":true,"ts":"1.2","channel":"C1","code":0,"errcode":0,"tenant_access_token":"t","expire":7200,"data":{"message_id":"om_1"},"id":"x"}`)
	}))
	t.Cleanup(r.Close)
	return r
}

// formJSON is a form as JSON; values that are JSON stand as such.
func formJSON(t *testing.T, body string) []byte {
	form, err := url.ParseQuery(body)
	if err != nil {
		t.Error(err)
	}
	out := map[string]json.RawMessage{}
	for key, values := range form {
		if out[key] = json.RawMessage(values[0]); key == "text" || !json.Valid(out[key]) {
			if out[key], err = json.Marshal(values[0]); err != nil {
				t.Error(err)
			}
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Error(err)
	}
	return b
}

// take returns what was sent since it was called last.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.sent
	r.sent = nil
	return out
}

// unseen is a character that shows nothing or turns the direction of what follows; a
// line feed is neither, and joiners make one picture of several.
func unseen(r rune) bool {
	if r == '\n' || r == '\u200d' || r == '\u200c' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// spoofs are what chats take for a mention, a link with other words on it, or a tag.
var spoofs = regexp.MustCompile(`<[!@#]|<https?://evil[^>]*\||<at `)

// signs are what the chats mean by everybody and by a link that read Markdown; to Slack
// they are words.
var signs = regexp.MustCompile(`@all|@所有人|\]\(https?://evil`)

// checkText looks at one text that a person will read.
func checkText(t *testing.T, where, s string, chat bool) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%s: not UTF-8: %.200q", where, s)
	}
	if i := strings.IndexFunc(s, unseen); i >= 0 {
		t.Errorf("%s: %q shows nothing by itself, in %.200q", where, s[i:min(len(s), i+4)], s)
	}
	if m := spoofs.FindString(s); chat && m != "" {
		t.Errorf("%s: %q means something, in %.300q", where, m, s)
	}
}

// checkJSON looks at every text of a message in JSON, and at every address.
func checkJSON(t *testing.T, where, body string, chat bool) {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Errorf("%s: %v in %.200q", where, err, body)
		return
	}
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch x := v.(type) {
		case string:
			if inner := strings.TrimSpace(x); strings.HasPrefix(inner, "{") && json.Valid([]byte(inner)) && key == "content" {
				checkJSON(t, where+" content", inner, chat)
				return
			}
			checkText(t, where+" "+key, x, chat)
			if k := strings.ToLower(key); x != "" && (strings.HasSuffix(k, "url") || k == "href" || k == "click" || k == "link") && !strings.HasPrefix(x, "https://") && !strings.HasPrefix(x, "http://") {
				t.Errorf("%s: %s leads to %.100q", where, key, x)
			}
		case []any:
			for _, e := range x {
				walk(key, e)
			}
		case map[string]any:
			if form := fmt.Sprint(x["tag"], x["type"]); strings.HasPrefix(form, "plain_text") || strings.HasSuffix(form, "plain_text") || x["tag"] == "text" {
				defer func(was bool) { chat = was }(chat)
				chat = false // the chat takes nothing in it for its own
			}
			if x["tag"] == "at" {
				t.Errorf("%s: somebody is mentioned: %v", where, x)
			}
			for k, e := range x {
				checkText(t, where+" key", k, false)
				walk(k, e)
			}
		}
	}
	walk("", v)
}

// widest is the most bytes of one message: what a hostile post can cost a receiver.
const widest = 128 << 10

// TestHostile sends alerts of every kind with every hostile text in every field over every
// kind of channel, and looks at what arrives.
func TestHostile(t *testing.T) {
	texts := hostiles(t)
	for kind := range Kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRecorder(t)
			render := rendering(t, kind, r)
			for name, text := range texts {
				for _, a := range poisoned(t, text) {
					where := name + " " + string(a.Kind)
					all := render(where, a)
					if len(all) == 0 {
						t.Errorf("%s: nothing was sent", where)
					}
					for _, body := range all {
						if len(body) > widest {
							t.Errorf("%s: %d bytes", where, len(body))
						}
					}
				}
			}
		})
	}
}

// rendering returns how a channel of a kind sends an alert, which checks what it sends by
// the rules of the form in which it does.
func rendering(t *testing.T, kind string, r *recorder) func(where string, a crisis.Alert) []string {
	machine := []string{"alertmanager", "webhook", "ntfy"} // nobody takes signs in it for more than signs
	switch kind {
	case "email":
		return letterRendering(t)
	case "cap":
		return capRendering(t)
	case "log":
		return logRendering(t)
	case "exec":
		return func(where string, a crisis.Alert) []string {
			b, err := (&Exec{}).input(a)
			if err != nil {
				t.Errorf("%s: %v", where, err)
			}
			checkJSON(t, where, string(b), false)
			return []string{string(b)}
		}
	case "webpush":
		return func(where string, a crisis.Alert) []string {
			b, err := pushText(a)
			if err != nil {
				t.Errorf("%s: %v", where, err)
			}
			checkJSON(t, where, string(b), false)
			return []string{string(b)}
		}
	}
	c := provided(t, kind, r.URL)
	return func(where string, a crisis.Alert) []string {
		if _, err := c.Send(t.Context(), a); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		sent := r.take()
		for _, body := range sent {
			checkJSON(t, where, body, !slices.Contains(machine, kind))
			if m := signs.FindString(body); m != "" && strings.HasPrefix(kind, "dingtalk") || m != "" && kind == "wecom" {
				t.Errorf("%s: %q means something", where, m)
			}
		}
		return sent
	}
}

func letterRendering(t *testing.T) func(where string, a crisis.Alert) []string {
	return func(where string, a crisis.Alert) []string {
		m, _, err := (&Email{From: "watchfire@yunchuan.example", To: []string{"duty@yunchuan.example"}}).letter(a, "")
		var b bytes.Buffer
		if err == nil {
			_, err = m.WriteTo(&b)
		}
		if err != nil {
			t.Errorf("%s: %v", where, err)
			return nil
		}
		l := readLetter(t, b.String())
		if l.Get("Bcc")+l.Get("X-Evil") != "" {
			t.Errorf("%s: the headers are %v", where, l.Header)
		}
		checkText(t, where+" subject", l.subject, false)
		if strings.Contains(l.subject, "\n") {
			t.Errorf("%s: subject %q", where, l.subject)
		}
		checkText(t, where+" text", l.plain, false)
		checkText(t, where+" page", l.html, false)
		if m := regexp.MustCompile(`<(script|img|svg|iframe|base|style|p style="pos)|(href|src)="[^"h]`).FindString(l.html); m != "" {
			t.Errorf("%s: %s stands in the page of the letter", where, m)
		}
		return []string{b.String()}
	}
}

func capRendering(t *testing.T) func(where string, a crisis.Alert) []string {
	c := newCAP(t)
	return func(where string, a crisis.Alert) []string {
		if _, err := c.Send(t.Context(), a); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		files, err := filepath.Glob(filepath.Join(c.Folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Ext(f) != ".xml" || !strings.Contains(filepath.Base(f), string(a.Kind)) && filepath.Base(f) != "feed.xml" {
				continue
			}
			for d := xml.NewDecoder(bytes.NewReader(b)); ; {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Errorf("%s: %s: %v", where, f, err)
					break
				}
				if text, ok := token.(xml.CharData); ok {
					checkText(t, where, string(text), false)
				}
			}
			if filepath.Base(f) != "feed.xml" {
				out = append(out, string(b))
			}
		}
		return out
	}
}

func logRendering(t *testing.T) func(where string, a crisis.Alert) []string {
	file := filepath.Join(t.TempDir(), "alerts.log")
	l := &Log{File: file}
	return func(where string, a crisis.Alert) []string {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Send(t.Context(), a); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkText(t, where, string(b), false)
		return []string{string(b)}
	}
}
