package crawlers

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"watchfire/crisis"
)

func packed(t testing.TB, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPacked reads packed answers: announced, not announced, huge, broken.
func TestPacked(t *testing.T) {
	feed := packed(t, []byte(rss))
	bomb := packed(t, make([]byte, 8<<20))
	broken := append([]byte(nil), feed...)
	broken[len(broken)-6] ^= 0xff
	send := func(encoding, kind string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			if encoding != "" {
				w.Header().Set("Content-Encoding", encoding)
			}
			_, _ = w.Write(body) // the client may have had enough
		}
	}
	base := serve(t, map[string]http.HandlerFunc{
		"/announced": send("gzip", "text/xml", feed), "/feed.xml.gz": send("", "application/gzip", feed),
		"/bomb": send("gzip", "text/html", bomb), "/bomb.xml.gz": send("", "application/x-gzip", bomb), "/broken": send("gzip", "text/xml", broken), "/strange": send("br", "text/html", feed),
		"/cut": send("gzip", "text/xml", feed[:len(feed)/2]),
	})
	web := testWeb(t, Options{MaxBody: 1 << 20})
	for path, want := range map[string]crisis.Class{
		"/announced": crisis.ClassOK, "/feed.xml.gz": crisis.ClassOK, "/bomb": crisis.ClassMalformed, "/bomb.xml.gz": crisis.ClassMalformed,
		"/broken": crisis.ClassMalformed, "/strange": crisis.ClassMalformed, "/cut": crisis.ClassUnavailable,
	} {
		for _, c := range []Crawler{&Feed{URL: base + path, Zone: "UTC"}, &List{URL: base + path, Item: "item", Title: "title", Zone: "UTC", Limit: 1}} {
			h, err := c.Crawl(t.Context(), web, "")
			got := h.Class
			if err != nil {
				got = ClassOf(err)
			}
			if got != want {
				t.Errorf("%T of %s: %s (%v), want %s", c, path, got, err, want)
			}
		}
	}
}

func TestBodyCap(t *testing.T) {
	bomb := packed(t, make([]byte, 64<<20))
	base := serve(t, map[string]http.HandlerFunc{
		"/bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			if _, err := w.Write(bomb); err != nil {
				return // the client has had enough
			}
		},
		"/long": text(strings.Repeat("x", 100_001)), "/fits": text(strings.Repeat("x", 100_000)),
	})
	w := testWeb(t, Options{MaxBody: 100_000})
	for _, path := range []string{"/bomb", "/long"} {
		_, err := w.Get(t.Context(), base+path, Conditions{})
		wantClass(t, err, crisis.ClassMalformed)
	}
	if _, err := w.Get(t.Context(), base+"/fits", Conditions{}); err != nil {
		t.Error(err)
	}
}
