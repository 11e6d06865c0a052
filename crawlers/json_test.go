package crawlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"watchfire/crisis"
)

func TestJSON(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/p/1": text(`{"code":"0","data":{"list":[
		{"id":9007199254740993,"content":"自来水<b>异味</b>","uid":77,"time":1795048200,"n":{"like":"1.2万"},"url":"/p/9"},{"content":""}]}}`), "/p/2": text(`{"code":"0","data":{"list":[]}}`)})
	j := &JSON{
		URL: base + "/p/{page}", Items: "data.list", ID: "id", Text: "content", Author: "uid", Published: "time", Link: "url", Success: "code=0",
		Metrics: map[string]string{"likes": "n.like"}, Zone: "Asia/Shanghai", Pages: 3,
	}
	if err := j.Check(); err != nil {
		t.Fatal(err)
	}
	h, err := j.Crawl(t.Context(), testWeb(t, Options{}), "")
	if err != nil || len(h.Posts) != 1 {
		t.Fatalf("Crawl = %+v, %v", h, err)
	}
	p := h.Posts[0]
	if p.ID != "9007199254740993" || p.Text != "自来水异味" || p.Author != "77" || p.Metrics.Likes != 12000 || p.URL != base+"/p/9" {
		t.Errorf("post %+v", p)
	}
}

func TestJSONParse(t *testing.T) {
	const at = "https://example.cn/api"
	base := JSON{ID: "id", Text: "t", Items: "d.l", Zone: "UTC"}
	for name, c := range map[string]struct {
		change func(j *JSON)
		body   string
		want   crisis.Class
		posts  int
	}{
		"plain":                 {nil, `{"d":{"l":[{"id":"1","t":"水"}]}}`, crisis.ClassOK, 1},
		"the answer is a list":  {func(j *JSON) { j.Items = "" }, `[{"id":1,"t":"水"},{"t":""},{"t":null},7,null]`, crisis.ClassOK, 1},
		"a place in an array":   {func(j *JSON) { j.Items = "d.1.l" }, `{"d":[0,{"l":[{"t":"水"}]}]}`, crisis.ClassOK, 1},
		"an empty list":         {nil, `{"d":{"l":[]}}`, crisis.ClassEmptyOK, 0},
		"no list but null":      {nil, `{"d":{"l":null}}`, crisis.ClassEmptyOK, 0},
		"no list":               {nil, `{"d":{}}`, crisis.ClassSoftError, 0},
		"no list, as agreed":    {func(j *JSON) { j.Absent = true }, `{}`, crisis.ClassEmptyOK, 0},
		"an object for a list":  {nil, `{"d":{"l":{"t":"水"}}}`, crisis.ClassMalformed, 0},
		"items of another form": {nil, `{"d":{"l":[{"body":"水"}]}}`, crisis.ClassSoftError, 0},
		"text of another type":  {nil, `{"d":{"l":[{"t":["水"]}]}}`, crisis.ClassSoftError, 0},
		"cut":                   {nil, `{"d":{"l":[{"t":"水"`, crisis.ClassMalformed, 0},
		"two answers":           {nil, `{"d":{"l":[{"t":"水"}]}}{"d":1}`, crisis.ClassMalformed, 0},
		"a bad escape":          {nil, `{"d":{"l":[{"t":"\e"}]}}`, crisis.ClassMalformed, 0},
		"a page":                {nil, `<!doctype html><html></html>`, crisis.ClassSoftError, 0},
		"words":                 {nil, `Please wait`, crisis.ClassSoftError, 0},
		"a bare string":         {nil, `"wait"`, crisis.ClassSoftError, 0},
		"refused":               {func(j *JSON) { j.Success = "code=0" }, `{"code":1,"d":{"l":[{"t":"水"}]}}`, crisis.ClassSoftError, 0},
		"deep":                  {nil, strings.Repeat("[", 20_000), crisis.ClassMalformed, 0},
	} {
		j := base
		if c.change != nil {
			c.change(&j)
		}
		posts, err := j.parse(at, []byte(c.body), testNow)
		got := crisis.ClassOK
		if err != nil {
			got = ClassOf(err)
		} else if len(posts) == 0 {
			got = crisis.ClassEmptyOK
		}
		if got != c.want || len(posts) != c.posts {
			t.Errorf("%s: %s, %d posts (%v), want %s, %d", name, got, len(posts), err, c.want, c.posts)
		}
	}
}

// TestJSONBoard holds that a board that was full and is empty is not calm.
func TestJSONBoard(t *testing.T) {
	list := `[{"w":"停水"}]`
	base := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, list) }})
	web := testWeb(t, Options{})
	j := &JSON{URL: base + "/", Title: "w", Kind: crisis.KindBoard, Zone: "UTC", Pages: 1}
	h, err := j.Crawl(t.Context(), web, "")
	if err != nil {
		t.Fatal(err)
	}
	list = "[]"
	_, err = j.Crawl(t.Context(), web, h.Cursor)
	wantClass(t, err, crisis.ClassSoftError)
	if h, err = j.Crawl(t.Context(), web, ""); err != nil || h.Class != crisis.ClassEmptyOK {
		t.Errorf("a board never seen full: %+v, %v", h, err)
	}
}

// TestJSONBoardPlaces holds that the entries of a board come at every visit, with the
// places in which they stand or which the source states.
func TestJSONBoardPlaces(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, `[{"w":"停水","n":4},{"w":"起火","n":9}]`)
	}})
	web := testWeb(t, Options{})
	for _, x := range []struct {
		kind    crisis.Kind
		metrics map[string]string
		want    [2]int
	}{
		{crisis.KindBoard, nil, [2]int{1, 2}},
		{crisis.KindBoard, map[string]string{"rank": "n"}, [2]int{4, 9}},
		{crisis.KindPost, nil, [2]int{}},
	} {
		j := &JSON{URL: base + "/", Title: "w", Kind: x.kind, Metrics: x.metrics, Zone: "UTC", Pages: 1}
		h, err := j.Crawl(t.Context(), web, "")
		if err == nil && x.kind == crisis.KindBoard {
			h, err = j.Crawl(t.Context(), web, h.Cursor)
		}
		if err != nil || len(h.Posts) != 2 || [2]int{h.Posts[0].Metrics.Rank, h.Posts[1].Metrics.Rank} != x.want {
			t.Errorf("%s, %v: %+v, %v, want places %v", x.kind, x.metrics, h.Posts, err, x.want)
		}
	}
}

// TestJSONPages holds that a page that fails takes the whole visit with it: what
// the pages before brought comes again, and nothing is skipped.
func TestJSONPages(t *testing.T) {
	broken := true
	base := serve(t, map[string]http.HandlerFunc{
		"/1": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") == `"1"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("ETag", `"1"`)
			fmt.Fprint(w, `[{"t":"一"}]`)
		},
		"/2": func(w http.ResponseWriter, r *http.Request) {
			if broken || r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			fmt.Fprint(w, `[{"t":"二"}]`)
		},
		"/3": text("[]"),
	})
	web := testWeb(t, Options{})
	j := &JSON{URL: base + "/{page}", Text: "t", Zone: "UTC", Pages: 5}
	h, err := j.Crawl(t.Context(), web, "")
	wantClass(t, err, crisis.ClassUnavailable)
	if h.Cursor != "" {
		t.Errorf("cursor %s", h.Cursor)
	}
	broken = false
	if h, err = j.Crawl(t.Context(), web, h.Cursor); err != nil || len(h.Posts) != 2 {
		t.Fatalf("%+v, %v", h, err)
	}
	if h, err = j.Crawl(t.Context(), web, h.Cursor); err != nil || h.Class != crisis.ClassNotModified {
		t.Errorf("%+v, %v, want not modified", h, err)
	}
}
