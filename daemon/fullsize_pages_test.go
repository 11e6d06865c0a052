package daemon

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"watchfire/daemon/console"
	"watchfire/daemon/store"
	"watchfire/daemon/town"
)

// The limits of a page at full size, and of what is downloaded as a file.
const (
	pageTime = 100 * time.Millisecond
	pageSize = 200 << 10 // with everything that it loads
	fileTime = 2 * time.Second
)

// call is one visit to an address. Files are downloads, which may take longer and be larger.
type call struct {
	path string
	as   string // whose session; "": admin
	file bool
}

// fullThings are what addresses name.
type fullThings struct {
	open, long, closed string // incidents
	topic, quiet       string
	post               string // key
	proof              string // key of a post that the long incident quotes
	statement          string // incident that has one
	audit              int64
}

// fullCalls are the addresses to visit, by route: every route of the console that reads
// has some, lists their first and their last page.
func fullCalls(x *fullThings) map[string][]call {
	q := url.QueryEscape
	each := func(paths ...string) (out []call) {
		for _, p := range paths {
			out = append(out, call{path: p})
		}
		return out
	}
	file := func(paths ...string) (out []call) {
		for _, p := range paths {
			out = append(out, call{path: p, file: true})
		}
		return out
	}
	as := func(who string, paths ...string) (out []call) {
		for _, p := range paths {
			out = append(out, call{path: p, as: who})
		}
		return out
	}
	month, week := fullNow.AddDate(0, 0, -50).Format("2006-01-02T15:04"), fullNow.AddDate(0, 0, -7).Format(time.RFC3339)
	return map[string][]call{
		"GET /{$}":                             slices.Concat(each("/", "/?lang=en"), as("viewer", "/")),
		"GET /assets/{name}":                   each("/assets/style.css", "/assets/app.js", "/assets/icon.svg", "/assets/chart.js", "/assets/push.js", "/assets/uplot.js", "/assets/uplot.css"),
		"GET /login":                           as("-", "/login"),
		"GET /login/oidc":                      as("-", "/login/oidc"),
		"GET /login/oidc/back":                 as("-", "/login/oidc/back"),
		"GET /password":                        each("/password"),
		"GET /tap/{token}":                     each("/tap/wrong"),
		"GET /account":                         each("/account"),
		"GET /incidents":                       each("/incidents", "/incidents?page=100", "/incidents?page=199"),
		"GET /incidents/{id}":                  slices.Concat(each("/incidents/"+x.open, "/incidents/"+x.long, "/incidents/"+x.long+"?before=1500", "/incidents/"+x.long+"?before=90", "/incidents/"+x.closed), as("viewer", "/incidents/"+x.long), as("operator", "/incidents/"+x.open+"?lang=en")),
		"GET /incidents/{id}/statements/{sid}": each("/incidents/"+x.statement+"/statements/s1", "/incidents/"+x.open+"/statements/new"),
		"GET /incidents/{id}/review":           each("/incidents/"+x.closed+"/review", "/incidents/"+x.long+"/review"),
		"GET /incidents/{id}/chart.png":        each("/incidents/"+x.closed+"/chart.png", "/incidents/"+x.long+"/chart.png"),
		"GET /hot":                             each("/hot"),
		"GET /incidents/{id}/evidence/{key}":   each("/incidents/" + x.long + "/evidence/" + x.proof),
		"GET /settings/channels":               each("/settings/channels"),
		"GET /incidents/{id}/chart.json":       each("/incidents/"+x.closed+"/chart.json", "/incidents/"+x.long+"/chart.json"),
		"GET /incidents/{id}/chart.csv":        each("/incidents/"+x.closed+"/chart.csv", "/incidents/"+x.long+"/chart.csv"),
		"GET /topics/{id}/chart.json":          each("/topics/"+x.topic+"/chart.json", "/topics/"+x.topic+"/chart.json?span=30d"),
		"GET /manifest.webmanifest":            as("-", "/manifest.webmanifest"),
		"GET /sw.js":                           as("-", "/sw.js"),
		"GET /offline":                         each("/offline"),
		"GET /incidents/{id}/{file}":           file("/incidents/"+x.closed+"/report.html", "/incidents/"+x.long+"/report.html"),
		"GET /handover":                        each("/handover"),
		"GET /requests":                        each("/requests", "/requests?class=complaint", "/requests?done=1"),
		"GET /posts": each("/posts", "/posts?q="+q("小区"), "/posts?q="+q("自来水 异味"), "/posts?q="+q("鸿雁里"), "/posts?q="+q("饕餮盛宴"), "/posts?topic="+x.topic,
			"/posts?topic="+x.topic+"&q="+q("饕餮盛宴"), "/posts?topic="+x.quiet+"&each=1", "/posts?source=s22&mood=negative", "/posts?from="+q(month)+"&to="+q(month), "/posts?kind=article"),
		"GET /topics":                       each("/topics", "/topics?page=25", "/topics?page=49"),
		"GET /topics/{id}":                  each("/topics/"+x.topic, "/topics/"+x.topic+"?span=30d", "/topics/"+x.quiet+"?span=7d", "/topics/"+x.topic+"?bar=80", "/topics/"+x.quiet+"?bar=150", "/topics/"+x.topic+"?post="+x.post, "/topics/"+x.topic+"?text="+q("自来水有异味")),
		"GET /topics/{id}/counts.csv":       each("/topics/"+x.topic+"/counts.csv", "/topics/"+x.topic+"/counts.csv?span=30d"),
		"GET /insight":                      each("/insight", "/insight?lang=en", "/insight?topic="+x.topic, "/insight?topic="+x.quiet),
		"GET /insight/{file}":               each("/insight/hours.csv", "/insight/concerns.csv", "/insight/answers.csv?topic="+x.topic),
		"GET /calendar":                     each("/calendar", "/calendar?month=2026-03", "/calendar?month=2026-09"),
		"GET /calendar.csv":                 each("/calendar.csv"),
		"GET /deliveries":                   each("/deliveries", "/deliveries?state=refused", "/deliveries?state=dead", "/deliveries?state=sent&channel=leader", "/deliveries?channel=none", "/deliveries?incident="+x.closed),
		"GET /sources":                      each("/sources"),
		"GET /sources/{name}":               each("/sources/s03", "/sources/s00"),
		"GET /sources/{name}/days.csv":      each("/sources/s03/days.csv"),
		"GET /playbooks":                    each("/playbooks", "/playbooks?check=1"),
		"GET /playbooks/{id}":               each("/playbooks/service-outage"),
		"GET /live":                         nil, // a stream; see BenchmarkViewers
		"GET /settings/people":              each("/settings/people"),
		"GET /settings/tokens":              each("/settings/tokens"),
		"GET /settings/audit":               each("/settings/audit", fmt.Sprintf("/settings/audit?before=%d", x.audit), "/settings/audit?who=user44", "/settings/audit?who=nobody", "/settings/audit?what=login&outcome=refused", "/settings/audit?from=2026-04-01&to=2026-04-02"),
		"GET /settings/audit.csv":           file("/settings/audit.csv"),
		"GET /api/v1/openapi.json":          each("/api/v1/openapi.json"),
		"GET /api/v1/health":                each("/api/v1/health"),
		"GET /api/v1/incidents":             each("/api/v1/incidents?limit=200", "/api/v1/incidents?open=true&limit=200", "/api/v1/incidents?topic="+x.topic, fmt.Sprintf("/api/v1/incidents?limit=200&cursor=%d.x", fullNow.AddDate(0, 0, -360).UnixMilli())),
		"GET /api/v1/incidents/{id}":        each("/api/v1/incidents/"+x.open, "/api/v1/incidents/"+x.long),
		"GET /api/v1/incidents/{id}/events": each("/api/v1/incidents/"+x.long+"/events?limit=200", "/api/v1/incidents/"+x.long+"/events?limit=200&cursor=2800"),
		"GET /api/v1/topics":                each("/api/v1/topics?limit=200", "/api/v1/topics?limit=200&cursor=800"),
		"GET /api/v1/topics/{topic}/counts": each("/api/v1/topics/"+x.topic+"/counts", "/api/v1/topics/"+x.topic+"/counts?bucket=30m&from="+q(week)),
		"GET /api/v1/sources":               each("/api/v1/sources"),
		"GET /api/v1/requests":              each("/api/v1/requests?limit=200", "/api/v1/requests?done=true&limit=200", "/api/v1/requests?done=true&limit=200&cursor=4800"),
		"GET /api/v1/posts":                 each("/api/v1/posts?limit=200", "/api/v1/posts?q="+q("鸿雁里"), "/api/v1/posts?topic="+x.quiet, "/api/v1/posts?q="+q("小区")+"&limit=200", "/api/v1/posts?limit=200&cursor="+x.post),
		"GET /api/v1/ledger":                each("/api/v1/ledger?limit=200", "/api/v1/ledger?limit=200&cursor=5000", "/api/v1/ledger?state=dead"),
		"GET /api/v1/playbooks":             each("/api/v1/playbooks"),

		"GET /healthz": as("-", "/healthz"),
		"GET /readyz":  as("-", "/readyz"),
		"GET /metrics": as("-", "/metrics"),
	}
}

// TestFullCalls holds that no page is left out of the benchmark.
func TestFullCalls(t *testing.T) {
	calls := fullCalls(&fullThings{})
	for _, route := range console.Reads() {
		if _, ok := calls[route]; !ok {
			t.Errorf("BenchmarkPages does not visit %q: name its addresses in fullCalls", route)
		}
	}
}

// lookUp finds what the addresses name.
func (x *fullThings) lookUp(b *testing.B, d *Daemon) {
	b.Helper()
	err := d.store.View(b.Context(), func(tx *store.Tx) error {
		open, err := tx.OpenIncidents()
		if err != nil {
			return err
		}
		x.open, x.long = open[20].ID, open[len(open)-1].ID
		long, _, err := tx.Incident(x.long)
		if err != nil {
			return err
		}
		x.proof = fmt.Sprint(int64(long.Peak.Evidence[0].Key))
		all, err := tx.Incidents(300, 100)
		if err != nil {
			return err
		}
		for _, row := range all {
			in, _, err := tx.Incident(row.ID)
			if err != nil {
				return err
			}
			if x.closed == "" && !row.Closed.IsZero() {
				x.closed = row.ID
			}
			if len(in.Statements) > 0 {
				x.statement = row.ID
				break
			}
		}
		log, err := tx.Audit(store.AuditFilter{Limit: 1})
		if err != nil {
			return err
		}
		x.audit = log[0].ID - fullAudit + 150
		x.topic, x.quiet = town.TopicWater, d.cfg.Topics[900].ID
		posts, _, err := tx.PostsBefore(store.PostFilter{Topic: x.topic, Limit: 1})
		if err == nil {
			x.post = fmt.Sprint(int64(posts[0].Key()))
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// counted is a connection that counts what comes in.
type counted struct {
	net.Conn
	n *atomic.Int64
}

// Read counts.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// reader fetches pages over TCP as a browser does, and says how much was transferred.
type pageReader struct {
	base   string
	client *http.Client
	bytes  atomic.Int64
}

func newPageReader(base string) *pageReader {
	r := &pageReader{base: base}
	r.client = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableCompression: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			return counted{c, &r.bytes}, err
		}},
	}
	return r
}

// get fetches an address and returns the body as it was before compression.
func (r *pageReader) get(b testing.TB, c call) (status int, took time.Duration, transferred int64, body string) {
	b.Helper()
	q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, r.base+c.path, nil)
	if err != nil {
		b.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "gzip")
	if c.as != "-" {
		who := c.as
		if who == "" {
			who = "admin"
		}
		q.AddCookie(&http.Cookie{Name: "watchfire_session", Value: fullToken(who)})
	}
	before, began := r.bytes.Load(), time.Now()
	res, err := r.client.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	took, transferred = time.Since(began), r.bytes.Load()-before
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(strings.NewReader(string(raw)))
		if err != nil {
			b.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			b.Fatal(err)
		}
	}
	return res.StatusCode, took, transferred, string(raw)
}

// BenchmarkPages visits every page of the console, of the interface for programs and of the
// daemon with a million posts, a thousand topics and ten thousand incidents in the store.
// Before each visit something is committed, so that nothing is shown from memory that an
// event would have changed. A page has its style, script and icon counted with it.
func BenchmarkPages(b *testing.B) {
	d := fullDaemon(b)
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	x := &fullThings{}
	x.lookUp(b, d)
	calls := fullCalls(x)
	r := newPageReader(server.URL)
	var assets int64
	for _, c := range calls["GET /assets/{name}"] {
		_, _, n, _ := r.get(b, c)
		assets += n
	}
	var beyond []string
	for _, route := range keysOf(calls) {
		for _, c := range calls[route] {
			b.Run(strings.ReplaceAll(strings.TrimPrefix(c.path, "/"), "/", "∕")+" as "+c.as, func(b *testing.B) { visitOften(b, d, r, c, assets, &beyond) })
		}
	}
	for _, what := range beyond {
		b.Logf("beyond %s or %d bytes: %s", pageTime, pageSize, what)
	}
}

// visitOften visits a page and reports the median and the 99th percentile, and the size.
func visitOften(b *testing.B, d *Daemon, r *pageReader, c call, assets int64, beyond *[]string) {
	var all []time.Duration
	var size int64
	var spent time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		err := d.store.Update(b.Context(), func(tx *store.Tx) error { return tx.SetSetting("bench", fmt.Sprint(n)) })
		if err != nil {
			b.Fatal(err)
		}
		spent -= processorTime(b)
		b.StartTimer()
		status, took, bytes, body := r.get(b, c)
		spent += processorTime(b)
		if status >= http.StatusInternalServerError {
			b.Fatalf("%s: status %d", c.path, status)
		}
		if strings.HasPrefix(body, "<!doctype") {
			bytes += assets
		}
		all, size = append(all, took), max(size, bytes)
	}
	slices.Sort(all)
	p99 := all[(len(all)*99+99)/100-1]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(p99.Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(n), "cpu-ms")
	b.ReportMetric(float64(size)/1000, "kB")
	limit := pageTime
	if c.file {
		limit = fileTime
	}
	if p99 > limit || size > pageSize && !c.file {
		*beyond = append(*beyond, fmt.Sprintf("%s as %s: %s and %d bytes", c.path, cmp.Or(c.as, "admin"), p99, size))
	}
}
