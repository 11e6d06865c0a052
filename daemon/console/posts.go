package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

const (
	postsPerPage = 40
	mostWords    = 6
	// quickly is how long a page looks through posts unless the reader asks for more.
	quickly = 60 * time.Millisecond
	// deeply is how long it looks when the reader asked to go on.
	deeply = time.Second
	// minutes is how the fields of forms write a time.
	minutes = "2006-01-02T15:04"
)

// kinds are the kinds of posts that can be asked for.
var kinds = []crisis.Kind{crisis.KindPost, crisis.KindComment, crisis.KindArticle, crisis.KindBoard, crisis.KindWarning, crisis.KindOrder}

// postsPage is the search of stored posts. It knows no authors: a post is looked at,
// never a person.
type postsPage struct {
	frame
	Q, From, To string
	Topics      []choice
	Sources     []choice
	Kinds       []choice
	Moods       []choice
	Each        bool
	Asked       bool
	Rows        []postRow
	Back        moment // posts back to here were looked at
	Deeper      string // address of the rest, "" when there is none
	Here        string // this page, to come back to
}

// choice is one entry of a list to choose from.
type choice struct {
	ID, Word string
	On       bool
}

// postRow is a post, or a group of near-duplicates, as shown.
type postRow struct {
	Key    string
	Source string
	Kind   string
	Title  []piece
	Text   []piece
	At     moment
	Link   string
	Class  string // of the mood
	Mood   string
	Copies int
	Voices int
	Topics []topicLink
	Reread *rereadView
}

// topicLink leads to why a post matched a topic.
type topicLink struct{ Name, Why string }

// piece is a part of a text that is or is not what was looked for.
type piece struct {
	Text string
	Hit  bool
}

func (c *Console) posts(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := postsPage{frame: c.frame(r, v, "tab.posts", "posts"), Asked: r.URL.RawQuery != ""}
	q, err := c.searchOf(r, &p)
	if err != nil {
		return err
	}
	names, err := c.sourceNames(r.Context())
	if err != nil {
		return err
	}
	for name, title := range names {
		p.Sources = append(p.Sources, choice{name, clean(title, 60), name == q.Source})
	}
	slices.SortFunc(p.Sources, func(a, b choice) int { return strings.Compare(a.Word, b.Word) })
	found, err := c.Store.Search(r.Context(), q)
	if err != nil {
		return err
	}
	if err := c.fillPosts(r, &p, found, q, names); err != nil {
		return err
	}
	if found.More {
		p.Back = p.since(found.Back)
	}
	query := r.URL.Query()
	query.Del("lang")
	query.Del("said")
	p.Here = "/posts?" + query.Encode()
	if len(p.Here) > 480 { // what localPath takes, or the way back would lead elsewhere
		p.Here = "/posts"
	}
	if found.More {
		query.Set("after", placeText(found.Next))
		p.Deeper = "/posts?" + query.Encode()
	}
	return c.render(w, r, http.StatusOK, "posts", p)
}

// searchOf reads the form of a search; what the reader chose stays chosen.
func (c *Console) searchOf(r *http.Request, p *postsPage) (store.Search, error) {
	form := r.URL.Query()
	q := store.Search{
		Topic: form.Get("topic"), Source: clean(form.Get("source"), 100), Each: form.Get("each") == "1", Most: postsPerPage, Budget: quickly,
	}
	p.Q, p.Each = clean(form.Get("q"), 100), q.Each
	for _, word := range strings.Fields(p.Q) {
		if len(q.Words) < mostWords {
			q.Words = append(q.Words, word)
		}
	}
	for _, t := range c.Topics() {
		p.Topics = append(p.Topics, choice{t.ID, clean(t.Name(), 60), t.ID == q.Topic})
	}
	for _, k := range kinds {
		if form.Get("kind") == string(k) {
			q.Kind = string(k)
		}
		p.Kinds = append(p.Kinds, choice{string(k), p.must("postkind." + string(k)), q.Kind == string(k)})
	}
	for _, m := range moods {
		if form.Get("mood") == string(m) {
			q.Mood = m
		}
		p.Moods = append(p.Moods, choice{string(m), p.must("mood." + string(m)), q.Mood == m})
	}
	for key, into := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		text := form.Get(key)
		if text == "" {
			continue
		}
		at, err := time.ParseInLocation(minutes, text, c.Zone)
		if err != nil {
			return q, wrong{http.StatusUnprocessableEntity, "err.time"}
		}
		*into = at
	}
	p.From, p.To = c.field(q.From), c.field(q.To)
	if text := form.Get("after"); text != "" {
		var ok bool
		if q.After, ok = placeOf(text); !ok {
			return q, wrong{http.StatusUnprocessableEntity, "err.form"}
		}
		q.Budget = deeply
	}
	return q, nil
}

// field writes a time as a field of a form does.
func (c *Console) field(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(c.Zone).Format(minutes)
}

func placeText(p store.Place) string {
	return fmt.Sprintf("%d.%d.%d", p.Seq, p.At, p.Key)
}

func placeOf(s string) (p store.Place, ok bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return p, false
	}
	for i, into := range []*int64{&p.Seq, &p.At, &p.Key} {
		n, err := strconv.ParseInt(parts[i], 10, 64)
		if err != nil || n < 0 {
			return p, false
		}
		*into = n
	}
	return p, true
}

// fillPosts shows what was found.
func (c *Console) fillPosts(r *http.Request, p *postsPage, found store.Found, q store.Search, names map[string]string) error {
	_, can := c.Desk.(Corrector)
	_, explains := c.Desk.(Explainer)
	keys := make([]crisis.PostKey, len(found.Posts))
	for i := range found.Posts {
		keys[i] = found.Posts[i].Key
	}
	said, err := c.Store.Rereads(r.Context(), keys)
	if err != nil {
		return err
	}
	for i := range found.Posts {
		f := &found.Posts[i]
		v := p.evidence(crisis.Evidence{Source: f.Source, URL: f.URL, Published: f.Published, Mood: f.Mood}, names)
		row := postRow{
			Key: strconv.FormatInt(int64(f.Key), 10), Source: v.Source, At: v.At, Link: v.Link, Class: v.Class, Mood: v.Mood, Copies: f.Copies, Voices: f.Voices,
			Title: marked(clean(f.Title, 120), q.Words), Text: marked(clean(f.Text, 400), q.Words),
		}
		if f.Kind != "" && f.Kind != crisis.KindPost {
			row.Kind = p.sayOr("postkind.", string(f.Kind))
		}
		for _, id := range f.Topics {
			if len(row.Topics) == 6 {
				break
			}
			link := topicLink{Name: clean(c.topicName(id), 40)}
			if explains && c.watched(id) != nil {
				link.Why = "/topics/" + url.PathEscape(id) + "?post=" + row.Key + "#try"
			}
			row.Topics = append(row.Topics, link)
		}
		if x, stored := said[f.Key]; stored && can {
			row.Reread = p.reread(&crisis.Evidence{Key: f.Key, Mood: f.Mood}, x)
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

// watched returns a configured topic, nil for none.
func (c *Console) watched(id string) *crisis.Topic {
	all := c.Topics()
	i := slices.IndexFunc(all, func(t crisis.Topic) bool { return t.ID == id })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// marked cuts a text where the words occur, ASCII letters in either case.
func marked(text string, words []string) []piece {
	low := lowered(text)
	var out []piece
	for at := 0; at < len(text); {
		first, length := len(text), 0
		for _, w := range words {
			if i := strings.Index(low[at:], lowered(w)); i >= 0 && (at+i < first || at+i == first && len(w) > length) {
				first, length = at+i, len(w)
			}
		}
		if first > at {
			out = append(out, piece{Text: text[at:first]})
		}
		if length > 0 {
			out = append(out, piece{text[first : first+length], true})
		}
		at = first + max(length, 0)
	}
	return out
}

// lowered makes ASCII letters small and leaves every byte in its place.
func lowered(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// rereadPost stores what a person says a post should have been read as, and leads
// back to the search.
func (c *Console) rereadPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	d, ok := c.Desk.(Corrector)
	if !ok {
		return store.ErrNotFound
	}
	key, err := strconv.ParseInt(r.PathValue("key"), 10, 64)
	mood := crisis.Mood(r.PostFormValue("mood"))
	if err != nil || !slices.Contains(moods, mood) {
		return wrong{http.StatusUnprocessableEntity, "err.form"}
	}
	err = d.CorrectPost(behalf(r), crisis.PostKey(key), mood, v.name)
	if errors.Is(err, store.ErrNotFound) {
		return wrong{http.StatusConflict, "err.reread"}
	}
	if err != nil {
		return err
	}
	back, err := url.Parse(localPath(r.PostFormValue("back")))
	if err != nil || !strings.HasPrefix(back.Path, "/posts") {
		back = &url.URL{Path: "/posts"}
	}
	q := back.Query()
	q.Set("said", "reread")
	back.RawQuery, back.Fragment = q.Encode(), fmt.Sprintf("p-%d", key)
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
	return nil
}
