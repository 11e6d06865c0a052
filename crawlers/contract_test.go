package crawlers

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

// secret is in every address the contract test uses and may be in no error.
const secret = "s3cr3t-t0ken"

// configured is each kind as an operator would write it, reading from base.
func configured(t *testing.T, base string) map[string]Kind {
	t.Helper()
	out := map[string]Kind{}
	for name, maker := range Kinds {
		out[name] = maker()
	}
	dir := t.TempDir()
	at := base + "/x?token=" + secret
	set := func(name string, f func(k Kind)) {
		if out[name] == nil {
			t.Fatalf("there is no kind %q", name)
		}
		f(out[name])
	}
	set("feed", func(k Kind) { k.(*Feed).URL = at })
	set("json", func(k Kind) { k.(*JSON).URL, k.(*JSON).Text = at, "t" })
	set("list", func(k Kind) { k.(*List).URL, k.(*List).Item = at, "li" })
	set("file", func(k Kind) { k.(*File).Dir = filepath.Join(dir, "none") })
	set("alertmanager", func(k Kind) { k.(*Alertmanager).Topic, k.(*Alertmanager).Token = "water", testToken })
	set("cap", func(k Kind) { k.(*CAP).URL, k.(*CAP).Topic = at, "water" })
	set("monitor", func(k Kind) {
		m := k.(*Monitor)
		m.Topic, m.Token, m.Fields = "water", testToken, map[string]string{"id": "id", "title": "t"}
	})
	set("push", func(k Kind) { k.(*Push).Secret = testSecret })
	return out
}

// TestContractFields holds that every field of every kind says what it is for, and
// that an empty configuration is refused with the name of a key.
func TestContractFields(t *testing.T) {
	for name, maker := range Kinds {
		k := maker()
		v := reflect.TypeOf(k).Elem()
		for i := range v.NumField() {
			f := v.Field(i)
			if f.IsExported() && f.Tag.Get("yaml") != "-" && (f.Tag.Get("yaml") == "" || f.Tag.Get("doc") == "") {
				t.Errorf("%s: field %s has no yaml or doc tag", name, f.Name)
			}
		}
		err := k.Check()
		if err == nil {
			t.Errorf("%s: the defaults alone pass", name)
			continue
		}
		for said := range strings.SplitSeq(err.Error(), "\n") {
			key, _, _ := strings.Cut(said, ": ")
			if _, ok := v.FieldByNameFunc(func(n string) bool { f, _ := v.FieldByName(n); return f.Tag.Get("yaml") == key }); !ok {
				t.Errorf("%s: Check says %q, which begins with no key", name, said)
			}
		}
		_, polled := k.(Crawler)
		_, pushed := k.(Receiver)
		if polled == pushed {
			t.Errorf("%s: a source is either visited or delivers", name)
		}
	}
}

// TestContractCheck holds that Check finds each wrong value and names its key.
func TestContractCheck(t *testing.T) {
	for name, k := range configured(t, "https://example.cn") {
		if err := k.Check(); err != nil {
			t.Errorf("%s: a good configuration is refused: %v", name, err)
		}
	}
	for _, c := range []struct {
		kind, key string
		spoil     func(k Kind)
	}{
		{"feed", "url", func(k Kind) { k.(*Feed).URL = "ftp://" + secret }},
		{"feed", "zone", func(k Kind) { k.(*Feed).Zone = "Mars/Olympus" }},
		{"json", "pages", func(k Kind) { k.(*JSON).Pages = 2 }},
		{"json", "pages", func(k Kind) { k.(*JSON).Pages = 0 }},
		{"json", "text", func(k Kind) { k.(*JSON).Text = "" }},
		{"json", "metrics", func(k Kind) { k.(*JSON).Metrics = map[string]string{"love": "x"} }},
		{"json", "success", func(k Kind) { k.(*JSON).Success = "code" }},
		{"json", "kind", func(k Kind) { k.(*JSON).Kind = "rumour" }},
		{"list", "item", func(k Kind) { k.(*List).Item = "" }},
		{"list", "article", func(k Kind) { k.(*List).Article = "<<" }},
		{"list", "limit", func(k Kind) { k.(*List).Limit = 0 }},
		{"list", "kind", func(k Kind) { k.(*List).Kind = "rumour" }},
		{"file", "dir", func(k Kind) { k.(*File).Dir = "" }},
		{"file", "pattern", func(k Kind) { k.(*File).Pattern = "[" }},
		{"file", "columns", func(k Kind) { k.(*File).Columns = map[string]string{"phone": "来电号码"} }},
		{"file", "limit", func(k Kind) { k.(*File).Limit = -1 }},
		{"alertmanager", "topic", func(k Kind) { k.(*Alertmanager).Topic = "" }},
		{"alertmanager", "token", func(k Kind) { k.(*Alertmanager).Token = secret }},
		{"alertmanager", "levels", func(k Kind) { k.(*Alertmanager).Levels = map[string]crisis.Level{" ": crisis.LevelI} }},
		{"cap", "topic", func(k Kind) { k.(*CAP).Topic = "" }},
		{"cap", "areas", func(k Kind) { k.(*CAP).Areas = []string{"云川", ""} }},
		{"cap", "limit", func(k Kind) { k.(*CAP).Limit = 0 }},
		{"monitor", "topic", func(k Kind) { k.(*Monitor).Topic = "" }},
		{"monitor", "token", func(k Kind) { k.(*Monitor).Token = "" }},
		{"monitor", "fields", func(k Kind) { k.(*Monitor).Fields = nil }},
		{"monitor", "fields", func(k Kind) { k.(*Monitor).Fields["author"] = "x" }},
		{"monitor", "zone", func(k Kind) { k.(*Monitor).Zone = "Mars/Olympus" }},
		{"push", "secret", func(k Kind) { k.(*Push).Secret = "whsec_" + secret }},
		{"push", "secret", func(k Kind) { k.(*Push).Secret = "" }},
		{"push", "tolerance", func(k Kind) { k.(*Push).Tolerance = 48 * time.Hour }},
	} {
		k := configured(t, "https://example.cn")[c.kind]
		c.spoil(k)
		err := k.Check()
		if err == nil || !strings.HasPrefix(err.Error(), c.key+": ") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: Check = %v, want it to begin with %q and to keep the secret", c.kind, err, c.key+": ")
		}
	}
}

// TestContractFailures holds for every visited kind that an error has a class,
// hands out nothing, and shows no token.
func TestContractFailures(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"error":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"wall":    text("<html><title>请登录</title></html>"),
		"garbage": text("{<\x00\xff"),
		"hang up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.org/?token="+secret, http.StatusFound)
		},
	} {
		base := serveAll(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				http.NotFound(w, r)
				return
			}
			answer(w, r)
		})
		for kind, k := range configured(t, base) {
			c, ok := k.(Crawler)
			if !ok {
				continue
			}
			h, err := c.Crawl(t.Context(), testWeb(t, Options{}), "")
			if err == nil || h.Cursor != "" || h.Class != "" || len(h.Posts)+len(h.Intakes) > 0 {
				t.Errorf("%s, %s: %+v, %v, want an error and nothing else", kind, name, h, err)
				continue
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s, %s: the error shows a token: %v", kind, name, err)
			}
		}
	}
}

// TestContractCancel holds that a visit ends when the daemon does.
func TestContractCancel(t *testing.T) {
	asked := make(chan struct{}, 100)
	base := serveAll(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		asked <- struct{}{}
		<-r.Context().Done()
	})
	for kind, k := range configured(t, base) {
		c, ok := k.(Crawler)
		if _, local := k.(*File); !ok || local {
			continue
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := c.Crawl(ctx, testWeb(t, Options{Timeout: time.Hour}), "")
			done <- err
		}()
		<-asked
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: a cancelled visit succeeds", kind)
		}
	}
	f := newFolder(t)
	f.write("a.jsonl", line("1"), old)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if h, err := f.file.Crawl(ctx, f.web, ""); err == nil || h.Cursor != "" {
		t.Errorf("file: a cancelled visit gives %+v, %v", h, err)
	}
}

// TestContractCursor holds that each kind takes back the cursor it gave, also after
// a restart, and that a cursor it cannot read is a first visit and no failure.
func TestContractCursor(t *testing.T) {
	base := serveAll(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, map[string]string{"/feed": rss, "/json": `[{"t":"水"}]`, "/list": `<li><a href="/a">水</a></li>`, "/cap": capOf()}[r.URL.Path])
	})
	kinds := configured(t, base)
	kinds["feed"].(*Feed).URL, kinds["json"].(*JSON).URL, kinds["list"].(*List).URL = base+"/feed", base+"/json", base+"/list"
	kinds["cap"].(*CAP).URL = base + "/cap"
	bodies := map[string]string{"push": `{"id":"1","text":"水"}`, "alertmanager": amOf("firing", amAt), "monitor": `{"id":"1","t":"水"}`}
	f := newFolder(t)
	f.write("a.jsonl", line("1"), old)
	kinds["file"] = f.file
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		visit := func(cursor string) (Harvest, error) {
			if r, ok := kinds[name].(Receiver); ok {
				body := []byte(bodies[name])
				header := signedHeader(t, testSecret, "m", testNow, body)
				header.Set("Authorization", "Bearer "+testToken)
				return r.Receive(cursor, header, body, testNow)
			}
			return kinds[name].(Crawler).Crawl(t.Context(), testWeb(t, Options{}), cursor)
		}
		h, err := visit("")
		if err != nil || len(h.Posts)+len(h.Intakes) == 0 || !json.Valid([]byte(h.Cursor)) {
			t.Errorf("%s: the first visit gives %+v, %v", name, h, err)
			continue
		}
		if again, err := visit(h.Cursor); err != nil || len(again.Posts)+len(again.Intakes) > 0 || again.Class == crisis.ClassOK {
			t.Errorf("%s: the second visit gives %+v, %v, want nothing new", name, again, err)
		}
		for _, odd := range []string{"\x00", "[]", `{"files":7}`, "null"} {
			if first, err := visit(odd); err != nil || len(first.Posts) != len(h.Posts) || len(first.Intakes) != len(h.Intakes) {
				t.Errorf("%s: with the cursor %q: %d posts, %d intakes, %v, want %d, %d", name, odd, len(first.Posts), len(first.Intakes), err, len(h.Posts), len(h.Intakes))
			}
		}
	}
}
