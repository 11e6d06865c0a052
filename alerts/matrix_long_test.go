package alerts

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
)

// bodies are channels whose provider keeps to its limits, each with what it took.
var bodies = map[string]func(t *testing.T) (Channel, func() []string){
	"slack": func(t *testing.T) (Channel, func() []string) {
		f := newFakeSlack(t)
		return newSlack(f), func() (out []string) {
			for _, m := range f.messages {
				out = append(out, m.text+"\n"+m.blocks)
			}
			return out
		}
	},
	"feishu":   robotBodies("feishu"),
	"dingtalk": robotBodies("dingtalk"),
	"wecom":    robotBodies("wecom"),
	"feishu-app": func(t *testing.T) (Channel, func() []string) {
		f, c := newFakeFeishuApp(t)
		return c, func() (out []string) {
			for _, m := range f.messages {
				out = append(out, m.content)
			}
			return out
		}
	},
	"dingtalk-app": func(t *testing.T) (Channel, func() []string) {
		f, c := newFakeDingTalkApp(t)
		return c, func() (out []string) {
			for _, m := range f.cards {
				b, err := json.Marshal(m.values)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(b))
			}
			return out
		}
	},
	"ntfy": func(t *testing.T) (Channel, func() []string) {
		f := newFakeNtfy(t)
		return f.channel(), func() (out []string) {
			for i := range f.posts {
				out = append(out, f.posts[i].Title+"\n"+f.posts[i].Message)
			}
			return out
		}
	},
	"webpush": func(t *testing.T) (Channel, func() []string) {
		f := newFakePush(t, "phone")
		return f.channel(), func() (out []string) {
			for _, b := range f.browsers {
				for _, m := range b.got {
					out = append(out, m.Title+"\n"+m.Body)
				}
			}
			return out
		}
	},
	"alertmanager": func(t *testing.T) (Channel, func() []string) {
		f, c := newFakeAM(t)
		return c, func() (out []string) {
			for _, list := range f.got {
				out = append(out, list[0].Annotations["summary"]+"\n"+list[0].Annotations["description"])
			}
			return out
		}
	},
	"webhook": func(t *testing.T) (Channel, func() []string) {
		var got []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || len(b) > 20<<10 { // as Standard Webhooks advises
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			got = append(got, string(b))
		}))
		t.Cleanup(s.Close)
		return &Webhook{URL: crisis.Secret(s.URL), Format: FormatWatchfire, Timeout: 5 * time.Second}, func() []string { return got }
	},
	"email": func(t *testing.T) (Channel, func() []string) {
		f := newFakeSMTP(t, func(f *fakeSMTP) { f.size = 1 << 20 })
		return f.newEmail(), func() (out []string) {
			for _, raw := range f.box("duty@yunchuan.example") {
				l := readLetter(t, raw)
				out = append(out, l.subject+"\n"+l.plain)
			}
			return out
		}
	},
	"cap": func(t *testing.T) (Channel, func() []string) {
		c := newCAP(t)
		return c, func() (out []string) {
			files, err := filepath.Glob(filepath.Join(c.Folder, "watchfire-*.xml"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(b))
			}
			return out
		}
	},
}

func robotBodies(name string) func(t *testing.T) (Channel, func() []string) {
	return func(t *testing.T) (Channel, func() []string) {
		for _, r := range robots {
			if r.name == name {
				f, c := r.make(t)
				return c, func() []string { return f.bodies }
			}
		}
		t.Fatalf("there is no robot %s", name)
		return nil, nil
	}
}

// flood is an alert with a text in every field that others fill, and far more of
// everything than fits; what is to be done first is told apart from it.
func flood(lang, text string) crisis.Alert {
	a := sample(crisis.AlertOpened, lang)
	poison(reflect.ValueOf(&a).Elem(), "", text)
	for range 2 {
		a.Evidence, a.Signals = append(a.Evidence, a.Evidence...), append(a.Signals, a.Signals...)
		a.RedLines, a.BlindSources = append(a.RedLines, a.RedLines...), append(a.BlindSources, a.BlindSources...)
	}
	a.Link = "https://watch.yunchuan.example/incidents/20261119-01"
	a.Next = append([]crisis.Clock{{Title: "先签收再报办公室主任", TitleEN: "Acknowledge, then ring the head", Role: "值班员", RoleEN: "duty officer", Due: at(1, 50)}}, a.Next...)
	return a
}

// checkLong sends texts of many kinds and far too long: they are cut to what the provider
// takes, at once, between two characters as people see them, and what is to be done first
// is in the message.
func checkLong(t *testing.T, kind string) {
	t.Helper()
	make, ok := bodies[kind]
	if !ok {
		t.Fatal("add it to bodies, so that it is tried with long messages too")
	}
	const family, flag, thumb = "👨‍👩‍👧", "🇨🇳", "👍🏽"
	for name, text := range map[string]string{
		"20 001 bytes": strings.Repeat("水", 6667), "100 kB of Chinese": strings.Repeat("自来水有怪味。", 4800), "100 kB without an end": strings.Repeat("水", 34000),
		"emoji": strings.Repeat("🔥", 25000), "families": strings.Repeat(family, 5556), "flags": strings.Repeat(flag, 12500), "thumbs": strings.Repeat(thumb, 12500),
		"accents": strings.Repeat("e\u0301", 33000), "escapes": strings.Repeat("\"\\<&>\n", 16000), "half a character": strings.Repeat("水\xe6", 5000),
	} {
		for _, lang := range []string{"zh", "en"} {
			c, took := make(t)
			if _, err := c.Send(t.Context(), flood(lang, text)); err != nil {
				t.Errorf("%s, %s: %v", name, lang, err)
				continue
			}
			for _, body := range took() {
				first := map[string]string{"zh": "先签收再报办公室主任", "en": "Acknowledge, then ring the head"}[lang]
				if !strings.Contains(body, first) {
					t.Errorf("%s, %s: what is to be done is lost in %.300q", name, lang, body)
				}
				whole := strings.NewReplacer(family, "", flag, "", thumb, "", "e\u0301", "").Replace(body)
				if i := strings.IndexAny(whole, "👨👩👧\u200d🇨🇳👍🏽\u0301\ufffd"); i >= 0 || !utf8.ValidString(body) {
					t.Errorf("%s, %s: a character is cut in two at %.60q", name, lang, whole[max(i, 0):])
				}
			}
			if n := len(took()); n != 1 {
				t.Errorf("%s, %s: %d messages", name, lang, n)
			}
		}
	}
}
