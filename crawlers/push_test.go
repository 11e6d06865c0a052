package crawlers

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"watchfire/crisis"
)

func TestPushSignature(t *testing.T) {
	const other = "whsec_b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXk="
	body := []byte(`{"id":"1","text":"水"}`)
	good := signedHeader(t, testSecret, "m", testNow, body)
	with := func(key, value string) http.Header {
		h := good.Clone()
		h.Set(key, value)
		return h
	}
	signature := strings.Fields(good.Get("Webhook-Signature"))[1]
	for name, c := range map[string]struct {
		secret string
		header http.Header
		body   []byte
		want   crisis.Class
	}{
		"good":                   {testSecret, good, body, ""},
		"among others":           {testSecret, with("Webhook-Signature", "v1a,xx v2,yy "+signature), body, ""},
		"while a key is changed": {other + " " + testSecret, good, body, ""},
		"another key":            {other, good, body, crisis.ClassAuth},
		"another body":           {testSecret, good, []byte(`{"id":"1","text":"火"}`), crisis.ClassAuth},
		"another id":             {testSecret, with("Webhook-Id", "n"), body, crisis.ClassAuth},
		"another version":        {testSecret, with("Webhook-Signature", "v2"+strings.TrimPrefix(signature, "v1")), body, crisis.ClassAuth},
		"no version":             {testSecret, with("Webhook-Signature", strings.TrimPrefix(signature, "v1,")), body, crisis.ClassAuth},
		"half a signature":       {testSecret, with("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString([]byte("half"))), body, crisis.ClassAuth},
		"an empty signature":     {testSecret, with("Webhook-Signature", "v1,"), body, crisis.ClassAuth},
		"no id":                  {testSecret, with("Webhook-Id", ""), body, crisis.ClassAuth},
		"a time that is none":    {testSecret, with("Webhook-Timestamp", "now"), body, crisis.ClassAuth},
		"the end of time":        {testSecret, signedHeader(t, testSecret, "m", time.Unix(1<<62, 0), body), body, crisis.ClassAuth},
		"too old":                {testSecret, signedHeader(t, testSecret, "m", testNow.Add(-5*time.Minute-time.Second), body), body, crisis.ClassAuth},
		"too early":              {testSecret, signedHeader(t, testSecret, "m", testNow.Add(5*time.Minute+time.Second), body), body, crisis.ClassAuth},
		"just in time":           {testSecret, signedHeader(t, testSecret, "m", testNow.Add(-5*time.Minute), body), body, ""},
	} {
		p := &Push{Secret: crisis.Secret(c.secret), Tolerance: 5 * time.Minute, Zone: "UTC"}
		h, err := p.Receive("", c.header, c.body, testNow)
		if c.want == "" && (err != nil || len(h.Posts) != 1) {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
		if c.want != "" {
			wantClass(t, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "dGVzdC1r") {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

// TestPushAgain holds that a delivery sent again is known, and that the memory of
// deliveries has an end.
func TestPushAgain(t *testing.T) {
	p := &Push{Secret: testSecret, Tolerance: 5 * time.Minute, Zone: "UTC"}
	cursor := ""
	send := func(id string) Harvest {
		t.Helper()
		body := fmt.Appendf(nil, `{"id":%q,"text":"水"}`, id)
		h, err := p.Receive(cursor, signedHeader(t, testSecret, id, testNow, body), body, testNow)
		if err != nil {
			t.Fatal(err)
		}
		cursor = h.Cursor
		return h
	}
	for i := range deliveries + 50 {
		if h := send(fmt.Sprint(i)); h.Class != crisis.ClassOK {
			t.Fatalf("delivery %d is %s", i, h.Class)
		}
	}
	last := fmt.Sprint(deliveries + 49)
	if h := send(last); h.Class != crisis.ClassNotModified || len(h.Posts) > 0 {
		t.Errorf("the last one again gives %+v", h)
	}
	if len(cursor) > deliveries*40 {
		t.Errorf("the cursor has %d bytes", len(cursor))
	}
}

func TestPushForms(t *testing.T) {
	p := &Push{Secret: testSecret, Tolerance: 5 * time.Minute, Zone: "Asia/Shanghai"}
	for name, c := range map[string]struct{ body, ids string }{
		"one":            {`{"id":7,"text":"水"}`, "7"},
		"large ids":      {`{"id":9007199254740993,"text":"水","published":"2026\/11\/19 08:30"}`, "9007199254740993"},
		"escaped ids":    {`{"id":"\u4e91\"1","text":"水"}`, `云"1`},
		"an array":       {`[{"id":"1","text":"水"},{"id":"2","title":"火"}]`, "1 2"},
		"an envelope":    {`{"type":"post.created","data":{"source_item_id":"5","text":"水"}}`, "5"},
		"several in one": {`{"id":"e","data":[{"id":"1","text":"水"},{"id":"2","text":"水"}]}`, "1 2"},
		"the event's id": {`{"id":"e1","time":"2026-11-19T00:30:00Z","data":{"text":"水"}}`, "e1"},
		"lines":          {"{\"id\":\"1\",\"text\":\"水\"}\r\n\r\n{\"id\":\"2\",\"text\":\"水\"}", "1 2"},
		"odd metrics":    {`{"id":"1","text":"水","metrics":{"likes":"1.2万","love":[]},"seen":"x","reply_to":5}`, "1"},
	} {
		h, err := p.Receive("", signedHeader(t, testSecret, "m", testNow, []byte(c.body)), []byte(c.body), testNow)
		var ids []string
		for _, post := range h.Posts {
			ids = append(ids, post.ID)
		}
		if err != nil || strings.Join(ids, " ") != c.ids || h.Detail != "" {
			t.Errorf("%s: ids %q, detail %q, %v, want %q", name, ids, h.Detail, err, c.ids)
		}
	}
	for name, body := range map[string]string{"nothing": "", "blank": " \n ", "a word": "null", "no text": `{"id":"1"}`, "text of another type": `{"id":"1","text":["水"]}`, "a number": "7"} {
		_, err := p.Receive("", signedHeader(t, testSecret, "m", testNow, []byte(body)), []byte(body), testNow)
		wantClass(t, err, crisis.ClassMalformed)
		if err != nil && strings.Contains(err.Error(), "Go struct") {
			t.Errorf("%s: %v speaks of our code", name, err)
		}
	}
}
