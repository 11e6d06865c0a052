package crisis

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSecret holds that a secret does not print, however it is written, and that it
// can be read from a configuration.
func TestSecret(t *testing.T) {
	const word = "xoxb-开门-7"
	s := Secret(word)
	holder := struct {
		Token Secret            `json:"token"`
		Map   map[string]Secret `json:"map"`
		List  []Secret          `json:"list"`
		At    *Secret           `json:"at"`
	}{s, map[string]Secret{"k": s}, []Secret{s}, &s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%10s", "%d"} {
		for _, x := range []any{s, &s, holder, &holder, []Secret{s}, map[string]Secret{"k": s}} {
			got := fmt.Sprintf(verb, x)
			for _, bad := range []string{word, "xoxb", fmt.Sprintf("%x", word), fmt.Sprintf("%X", word)} {
				if strings.Contains(got, bad) {
					t.Errorf("%s of %T prints %s", verb, x, got)
				}
			}
		}
	}
	b, err := json.Marshal(holder)
	if err != nil || strings.Contains(string(b), "xoxb") || strings.Count(string(b), "secret") != 4 {
		t.Errorf("encoded as %s, %v", b, err)
	}
	if text, err := s.MarshalText(); err != nil || string(text) != "<secret>" {
		t.Errorf("written as %s, %v", text, err)
	}
	var back Secret
	if err := back.UnmarshalText([]byte(word)); err != nil || back.Reveal() != word {
		t.Errorf("read as %q, %v", back.Reveal(), err)
	}
	if got := fmt.Sprint(Secret(""), Secret("").GoString()); strings.TrimSpace(got) != "" {
		t.Errorf("an unset secret shows as %q", got)
	}
}

func drawPost(t *rapid.T) Post {
	return Post{
		Source:    rapid.String().Draw(t, "source"),
		ID:        rapid.String().Draw(t, "id"),
		Published: time.Unix(rapid.Int64Range(0, 1<<31).Draw(t, "published"), 0).UTC(),
		Precision: rapid.SampledFrom([]Precision{"", PrecisionSecond, PrecisionMinute, PrecisionDay}).Draw(t, "precision"),
	}
}

// TestPostKey holds that keys are never negative, that a later day has a greater
// key, and that a key depends on the day, the source and the id alone.
func TestPostKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPost(t), drawPost(t)
		day := func(p *Post) int64 { return p.Published.Unix() / 86400 }
		if a.Key() < 0 || int64(a.Key())>>48 != day(&a) {
			t.Fatalf("key %x of day %d", int64(a.Key()), day(&a))
		}
		if day(&a) < day(&b) && a.Key() >= b.Key() {
			t.Fatalf("key %x of day %d, %x of day %d", int64(a.Key()), day(&a), int64(b.Key()), day(&b))
		}
		again := a
		again.Text, again.Title, again.Author, again.Seen = "其他", "x", "y", time.Unix(1, 0)
		again.Published = time.Unix(day(&a)*86400+rapid.Int64Range(0, 86399).Draw(t, "second"), 0)
		if again.Key() != a.Key() {
			t.Fatal("the key depends on more than day, source and id")
		}
		a.Precision, b.Precision = PrecisionNone, PrecisionNone
		b.Source, b.ID = a.Source, a.ID
		if a.Key() != b.Key() || int64(a.Key())>>48 != 0 {
			t.Fatal("a post without a stated time changes its key with the day")
		}
	})
}

// TestPostKeyGolden holds keys as they stand in stores.
func TestPostKeyGolden(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		post Post
		want PostKey
	}{
		{Post{Source: "forum", ID: "1", Published: at}, 0x50227788191d2cc6},
		{Post{Source: "forum1", ID: "", Published: at}, 0x502276e82e1d2c3e},
		{Post{Source: "云川论坛", ID: "帖-42", Published: at}, 0x5022766b95ddfe22},
		{Post{Source: "forum", ID: "1", Published: at, Precision: PrecisionNone}, 0x7788191d2cc6},
		{Post{Source: "forum", ID: "1"}, 0x7788191d2cc6},
		{Post{Source: "forum", ID: "1", Published: time.Unix(-86400, 0)}, 0x7fff7788191d2cc6},
		{Post{Source: "forum", ID: "1", Published: time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}, 0x48267788191d2cc6},
	} {
		if got := x.post.Key(); got != x.want || got < 0 {
			t.Errorf("key of %s %s is %#x, want %#x", x.post.Source, x.post.ID, int64(got), int64(x.want))
		}
	}
}

// TestAuthorHash holds hashes as they stand in stores, and that an unknown author
// has none.
func TestAuthorHash(t *testing.T) {
	key := []byte("key")
	for _, x := range []struct{ source, author, want string }{
		{"forum", "zhang", "b35b3f09a7093a71"}, {"forum", "", ""}, {"news", "zhang", "da1e9d5d4f6a6062"}, {"", "张三", "a926556440a7c587"},
	} {
		if got := AuthorHash(key, x.source, x.author); got != x.want {
			t.Errorf("hash of %s at %s is %q, want %q", x.author, x.source, got, x.want)
		}
	}
	seen := map[string]bool{}
	for _, h := range []string{
		AuthorHash(key, "a", "bc"), AuthorHash(key, "ab", "c"), AuthorHash([]byte("other"), "a", "bc"), AuthorHash(nil, "a", "bc"),
	} {
		if len(h) != 16 || seen[h] {
			t.Errorf("hash %q is short, or that of somebody else", h)
		}
		seen[h] = true
	}
}

// TestFullText holds that title and text are read as one.
func TestFullText(t *testing.T) {
	for _, x := range []struct{ title, text, want string }{
		{"", "文", "文"},
		{"题", "", "题"},
		{"题", "文", "题\n文"},
		{"", "", ""},
	} {
		if got := (&Post{Title: x.title, Text: x.text}).FullText(); got != x.want {
			t.Errorf("%q and %q read %q, want %q", x.title, x.text, got, x.want)
		}
	}
}

// TestNames holds that a topic without a title is called by its id, and which
// attempts see a source.
func TestNames(t *testing.T) {
	if got := (&Topic{ID: "water", Title: "水质"}).Name() + (&Topic{ID: "water"}).Name(); got != "水质water" {
		t.Errorf("names %q", got)
	}
	for class, want := range map[Class]bool{
		ClassOK: true, ClassNotModified: true, ClassEmptyOK: true,
		ClassRateLimited: false, ClassAuth: false, ClassGated: false, ClassForbidden: false, ClassSoftError: false,
		ClassMalformed: false, ClassGone: false, ClassUnavailable: false, ClassStale: false, "": false,
	} {
		if class.Sees() != want {
			t.Errorf("an attempt of class %q sees: %v", class, !want)
		}
	}
	a := Count{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0}
	b := Count{10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 5, 1}
	if got := a.Plus(b); got != (Count{11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 5, 1}) {
		t.Errorf("sum %+v", got)
	}
	if got := (Count{Rank: 9}).Plus(Count{}).Plus(Count{Rank: 12}).Rank; got != 9 {
		t.Errorf("of places 9 and 12 and none the best is %d", got)
	}
}
