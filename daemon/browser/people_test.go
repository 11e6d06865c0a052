package browser

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
)

// person is somebody with an account who is logged in.
type person struct {
	s      *stage
	client *http.Client
}

// oneTime is a one-time password on the page that shows it.
var oneTime = regexp.MustCompile(`<p class="onetime">([^<]+)</p>`)

// admin is who takes the one-time password of the first start.
func (s *stage) admin(shown string) *person {
	s.t.Helper()
	return s.enter("admin", s.password, shown)
}

// hire has an admin make an account, whose owner then comes in.
func (p *person) hire(name, shown, role string) *person {
	p.s.t.Helper()
	m := oneTime.FindStringSubmatch(p.post("/settings/people", url.Values{"do": {"add"}, "name": {name}, "role": {role}}))
	if m == nil {
		p.s.t.Fatalf("no one-time password for %s", name)
	}
	return p.s.enter(name, html.UnescapeString(m[1]), shown)
}

// enter is the first log-in of somebody.
func (s *stage) enter(name, password, shown string) *person {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	s.must(err)
	p := &person{s, &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	p.post("/login", url.Values{"user": {name}, "password": {password}})
	p.post("/password", url.Values{"old": {password}, "new": {chosen}, "again": {chosen}, "name": {shown}})
	return p
}

// post sends a form and returns the page that follows.
func (p *person) post(path string, form url.Values) string {
	p.s.t.Helper()
	r, err := p.client.PostForm(p.s.url+path, form)
	p.s.must(err)
	return p.read(r)
}

// get fetches a page.
func (p *person) get(path string) string {
	p.s.t.Helper()
	r, err := p.client.Get(p.s.url + path)
	p.s.must(err)
	return p.read(r)
}

func (p *person) read(r *http.Response) string {
	p.s.t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	p.s.must(err)
	if r.StatusCode != http.StatusOK {
		p.s.t.Fatalf("%s %s: %s\n%s", r.Request.Method, r.Request.URL, r.Status, b)
	}
	return string(b)
}

// cookies are what the person's browser keeps.
func (p *person) cookies() []*http.Cookie {
	u, err := url.Parse(p.s.url)
	p.s.must(err)
	return p.client.Jar.Cookies(u)
}
