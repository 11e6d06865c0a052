package alerts

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"watchfire/crisis"
)

// TestPushSeal checks against the example of RFC 8291, section 5.
func TestPushSeal(t *testing.T) {
	raw := func(s string) []byte {
		b, err := fromBase64URL(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	once, err := ecdh.P256().NewPrivateKey(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ecdh.P256().NewPublicKey(raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := seal([]byte("When I grow up, I want to be a watermelon"), pub, raw("BTBZMqHH6r4Tts7J_aSIgg"), once, raw("DGv6ra1nlYgDCS1FRnbzlw"))
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if err != nil || base64.RawURLEncoding.EncodeToString(got) != want {
		t.Errorf("seal = %s, %v, want %s", base64.RawURLEncoding.EncodeToString(got), err, want)
	}
	if _, err := seal(make([]byte, pushPlain+1), pub, raw("BTBZMqHH6r4Tts7J_aSIgg"), once, raw("DGv6ra1nlYgDCS1FRnbzlw")); err == nil {
		t.Error("a text of more than one record is sealed")
	}
}

const pushKeyText = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw" // of the example, not used anywhere

// browser is one that asked for alerts.
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
	got  []pushMessage
}

// fakePush is a push service that keeps to RFC 8030, 8188, 8291 and 8292, and the
// keeper of its browsers.
type fakePush struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex // guards what follows
	browsers map[string]*browser
	answers  map[string]int // status for a browser, by path
	retry    string
	headers  []http.Header
	arrived  *sync.Cond // of one more request
	patient  int        // a browser that is busy says so when so many requests have arrived
	forgot   []string
	has      map[string]string // last alert of each browser, by path
	hides    []string
	knows    crisis.Secret // the key that the browsers know us by
}

func newFakePush(t *testing.T, browsers ...string) *fakePush {
	f := &fakePush{t: t, browsers: map[string]*browser{}, answers: map[string]int{}, has: map[string]string{}}
	f.arrived = sync.NewCond(&f.mu)
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	for _, name := range browsers {
		key, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f.browsers["/"+name+"-"+token] = &browser{key: key, auth: []byte("0123456789abcdef")}
	}
	return f
}

func (f *fakePush) channel() *WebPush {
	return &WebPush{Key: pushKeyText, Contact: "mailto:it@yunchuan.example", Services: []string{strings.TrimPrefix(f.URL, "http://")}, TTL: time.Hour, Timeout: 5 * time.Second, Subscribers: f, Now: func() time.Time { return at(1, 36) }}
}

func (f *fakePush) Pending(_ context.Context, a crisis.Alert) (todo []Subscription, have int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for path, b := range f.browsers {
		if f.has[path] == a.ID {
			have++
			continue
		}
		s := subscription(f.URL+path, b)
		s.Hides, s.Key = f.hides, f.knows
		todo = append(todo, s)
	}
	return todo, have, nil
}

func (f *fakePush) Reached(_ context.Context, s Subscription, a crisis.Alert) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.has[strings.TrimPrefix(s.Endpoint.Reveal(), f.URL)] = a.ID
	return nil
}

func subscription(endpoint string, b *browser) Subscription {
	s := Subscription{Endpoint: crisis.Secret(endpoint)}
	s.Keys.P256DH = base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes())
	s.Keys.Auth = crisis.Secret(base64.URLEncoding.EncodeToString(b.auth))
	return s
}

func (f *fakePush) Forget(_ context.Context, s Subscription) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(s.Endpoint.Reveal(), f.URL)
	delete(f.browsers, path)
	f.forgot = append(f.forgot, path)
	return nil
}

var (
	pushTopicForm = regexp.MustCompile(`^[-_A-Za-z0-9]{1,32}$`)
	pushVapidForm = regexp.MustCompile(`^vapid t=([^.]+)\.([^.]+)\.([^,]+), k=(.+)$`)
)

func (f *fakePush) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.headers = append(f.headers, r.Header)
	f.arrived.Broadcast()
	b := f.browsers[r.URL.Path]
	ttl, errTTL := strconv.Atoi(r.Header.Get("TTL"))
	status := f.answers[r.URL.Path]
	for status == http.StatusTooManyRequests && len(f.headers) < f.patient {
		f.arrived.Wait()
	}
	switch {
	case status != 0:
		if f.retry != "" {
			w.Header().Set("Retry-After", f.retry)
		}
		http.Error(w, "sorry "+r.URL.Path, status)
	case err != nil, b == nil:
		w.WriteHeader(http.StatusGone)
	case len(body) > 4096:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case r.Method != http.MethodPost, errTTL != nil, ttl < 0, !slices.Contains([]string{"very-low", "low", "normal", "high"}, r.Header.Get("Urgency")), !pushTopicForm.MatchString(r.Header.Get("Topic")), r.Header.Get("Content-Encoding") != "aes128gcm":
		w.WriteHeader(http.StatusBadRequest)
	case !f.signed(r.Header.Get("Authorization")):
		w.WriteHeader(http.StatusForbidden)
	default:
		text, err := b.open(body)
		var m pushMessage
		if err == nil {
			err = json.Unmarshal(text, &m)
		}
		if err != nil {
			f.t.Errorf("the browser cannot read the push: %v", err)
		}
		b.got = append(b.got, m)
		w.WriteHeader(http.StatusCreated)
	}
}

// signed checks the token of RFC 8292: who, for whom, until when.
func (f *fakePush) signed(header string) bool {
	m := pushVapidForm.FindStringSubmatch(header)
	if m == nil {
		return false
	}
	part := func(i int) []byte { b, _ := fromBase64URL(m[i]); return b }
	var head struct{ Typ, Alg string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if json.Unmarshal(part(1), &head) != nil || json.Unmarshal(part(2), &claims) != nil || len(part(3)) != 64 {
		return false
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), part(4))
	digest := sha256.Sum256([]byte(m[1] + "." + m[2]))
	now := at(1, 36)
	return err == nil && head.Alg == "ES256" && claims.Aud == f.URL && claims.Sub == "mailto:it@yunchuan.example" &&
		time.Unix(claims.Exp, 0).After(now) && !time.Unix(claims.Exp, 0).After(now.Add(24*time.Hour)) &&
		ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(part(3)[:32]), new(big.Int).SetBytes(part(3)[32:]))
}

// open is what a browser does with a push.
func (b *browser) open(body []byte) ([]byte, error) {
	if len(body) < 86 || binary.BigEndian.Uint32(body[16:]) != 4096 || body[20] != 65 {
		return nil, errors.New("the header is wrong")
	}
	salt, theirs, sealed := body[:16], body[21:86], body[86:]
	pub, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(pub)
	if err != nil {
		return nil, err
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		k, _ := hkdf.Key(sha256.New, secret, salt, info, n)
		return k
	}
	secret := derive(shared, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(theirs), 32)
	block, err := aes.NewCipher(derive(secret, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	text, err := gcm.Open(nil, derive(secret, salt, "Content-Encoding: nonce\x00", 12), sealed, nil)
	if err != nil || len(text) == 0 || text[len(text)-1] != 2 {
		return nil, fmt.Errorf("the record is wrong: %w", err)
	}
	return text[:len(text)-1], nil
}

// TestWebPush reaches every browser, forgets those that are gone, names the service
// of those that could not be reached, and sends to nobody twice.
func TestWebPush(t *testing.T) {
	f := newFakePush(t, "phone", "desk", "gone", "busy")
	w, a, now := f.channel(), sample(crisis.AlertOpened, "zh"), at(1, 36)
	w.Now = func() time.Time { return now }
	gone, busy, phone := "/gone-"+token, "/busy-"+token, f.browsers["/phone-"+token]
	f.answers[gone], f.answers[busy], f.retry, f.patient = 410, 429, "30", 4
	host := strings.TrimPrefix(f.URL, "http://")
	_, err := w.Send(t.Context(), a)
	var some *Later
	if !errors.As(err, &some) || some.After != 30*time.Second || some.Rest != fmt.Sprintf(pushSome.zh, 1, host, 2) || strings.Contains(err.Error(), token) {
		t.Fatalf("%v, %+v, want to come back in 30 s for the rest", err, some)
	}
	if n := len(f.headers); n != 4 {
		t.Errorf("%d requests, want one for each browser", n)
	}
	f.answers[busy] = 0
	_, err = w.Send(t.Context(), a) // the service asked for patience
	if n := len(f.headers); n != 4 || !errors.As(err, &some) {
		t.Errorf("%v, %d requests, want the service left alone", err, n)
	}
	now = now.Add(time.Minute)
	if r, err := w.Send(t.Context(), a); err != nil || r.Detail != fmt.Sprintf(pushReached.zh, 3) {
		t.Fatalf("%+v, %v", r, err)
	}
	if !slices.Equal(f.forgot, []string{gone}) || len(phone.got) != 1 || len(f.browsers[busy].got) != 1 {
		t.Errorf("forgot %q, the phone has %d alerts", f.forgot, len(phone.got))
	}
	if m := phone.got[0]; m.Title != Headline(a) || m.Tag != a.Incident || m.ID != a.ID || m.Path != "/incidents/"+a.Incident || !m.Urgent || !strings.Contains(m.Body, "现在做") {
		t.Errorf("the phone shows %+v", m)
	}
	h := f.headers[0]
	if h.Get("TTL") != "3600" || h.Get("Urgency") != "high" {
		t.Errorf("headers %v", h)
	}
	raised := sample(crisis.AlertRaised, "zh")
	raised.ID += ".raised"
	if _, err := w.Send(t.Context(), raised); err != nil || f.headers[len(f.headers)-1].Get("Topic") != h.Get("Topic") {
		t.Errorf("a later alert of the incident does not take the place of the first: %v", err)
	}
	for path := range f.browsers {
		f.answers[path] = 429
	}
	var later *Later
	quiet := sample(crisis.AlertQuiet, "zh")
	quiet.ID += ".quiet"
	if _, err := w.Send(t.Context(), quiet); !errors.As(err, &later) || later.After != 30*time.Second || later.Rest != "" {
		t.Errorf("%v, want to come back in 30 s", err)
	}
}

// TestWebPushClasses maps what a push service answers to what can be done.
func TestWebPushClasses(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for status, want := range map[int]fix{
			404: pushNobody, 410: pushNobody, 400: pushOther, 413: pushOther, 401: pushKey, 403: pushKey, 302: fixPage,
			429: {}, 500: {}, 502: {}, 503: {}, 507: {},
		} {
			f := newFakePush(t, "phone")
			f.answers["/phone-"+token] = status
			_, err := f.channel().Send(t.Context(), sample(crisis.AlertOpened, lang))
			var refused *Refused
			var later *Later
			switch {
			case want == fix{} && !errors.As(err, &later):
				t.Errorf("%d: %v, want to try again", status, err)
			case want != fix{} && (!errors.As(err, &refused) || !strings.HasPrefix(refused.Fix, want.in(lang))):
				t.Errorf("%d: %v, want the fix %q", status, err, want.in(lang))
			}
			if gone := status == 404 || status == 410; (len(f.forgot) == 1) != gone {
				t.Errorf("%d: forgot %q", status, f.forgot)
			}
		}
		var refused *Refused
		if _, err := (&WebPush{Key: pushKeyText}).Send(t.Context(), sample(crisis.AlertOpened, lang)); !errors.As(err, &refused) || refused.Fix != pushNobody.in(lang) {
			t.Errorf("nobody subscribes: %v", err)
		}
	}
}

func TestWebPushCheck(t *testing.T) {
	f := newFakePush(t, "phone")
	w := f.channel()
	if err := w.Check(); err != nil {
		t.Error(err)
	}
	if k, err := PushPublic(w.Key); err != nil || k != "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8" {
		t.Errorf("public key %s, %v", k, err)
	}
	for want, change := range map[string]func(w *WebPush){
		"key":      func(w *WebPush) { w.Key = "abc" },
		"contact":  func(w *WebPush) { w.Contact = "it@yunchuan.example" },
		"services": func(w *WebPush) { w.Services = []string{"https://push.example.com/"} },
		"ttl":      func(w *WebPush) { w.TTL = 1000 * time.Hour },
		"timeout":  func(w *WebPush) { w.Timeout = 0 },
	} {
		w := f.channel()
		if change(w); w.Check() == nil || !strings.HasPrefix(w.Check().Error(), want) {
			t.Errorf("%v, want %q", w.Check(), want)
		}
	}
	w = &WebPush{TTL: time.Hour, Timeout: time.Second}
	if err := w.Check(); err != nil {
		t.Errorf("without key and contact: %v", err)
	}
	if w.Reach("", "http://watch.example", "newsroom") || !w.Reach("", "https://watch.example") || w.Contact != "https://watch.example" || !w.Reach() {
		t.Errorf("the contact is %q", w.Contact)
	}
}

// TestWebPushServices sends to push services only, whatever a page hands over.
func TestWebPushServices(t *testing.T) {
	f := newFakePush(t, "phone")
	phone := f.browsers["/phone-"+token]
	w := &WebPush{Services: []string{"127.0.0.1:9000", "push.yunchuan.example:8443", "10.1.2.3"}}
	for endpoint, ok := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/x": true, "https://FCM.googleapis.com:443/x": true, "https://updates.push.services.mozilla.com/wpush/v2/x": true,
		"https://web.push.apple.com/x": true, "https://wns2-pn1p.notify.windows.com/w/?token=x": true,
		"http://127.0.0.1:9000/x": true, "https://push.yunchuan.example:8443/x": true, "https://10.1.2.3/x": true,
		"http://10.1.2.3/x": false, "http://push.yunchuan.example:8443/x": false, "https://push.yunchuan.example/x": false,
		"http://fcm.googleapis.com/x": false, "https://fcm.googleapis.com:8080/x": false, "https://fcm.googleapis.com.evil.example/x": false, "https://evilfcm.googleapis.com/x": false,
		"https://.notify.windows.com/x": false, "https://notify.windows.com/x": false, "https://push.example.com/x": false, "https://127.0.0.1/x": false, "http://127.0.0.1:9001/x": false,
		"https://[::1]/x": false, "https://intranet/x": false, "https://u@fcm.googleapis.com/": false, "https://fcm.googleapis.com@10.0.0.1/": false, "https://169.254.169.254/latest": false,
		"https://fcm.googleapis.com/" + strings.Repeat("x", longestEndpoint): false, "": false, "::": false,
	} {
		s := subscription(endpoint, phone)
		if err := w.Accept(&s); (err == nil) != ok {
			t.Errorf("%.60s: %v", endpoint, err)
		}
	}
	s := subscription("https://fcm.googleapis.com/x", phone)
	s.Keys.P256DH = base64.RawURLEncoding.EncodeToString(make([]byte, 65))
	if w.Accept(&s) == nil {
		t.Error("a point that is not on the curve is taken")
	}
	for _, lang := range []string{"zh", "en"} { // what was kept before the configuration changed is not sent to either
		w = f.channel()
		w.Services = nil
		var refused *Refused
		if _, err := w.Send(t.Context(), sample(crisis.AlertOpened, lang)); !errors.As(err, &refused) || refused.Fix != fmt.Sprintf(pushForeign.in(lang), strings.TrimPrefix(f.URL, "http://")) {
			t.Errorf("%v", err)
		}
	}
	if len(f.headers) > 0 {
		t.Errorf("%d requests to a service that is not allowed", len(f.headers))
	}
}

// TestWebPushKeys signs for each browser with the key that it knows.
func TestWebPushKeys(t *testing.T) {
	f := newFakePush(t, "phone")
	w := f.channel()
	if w.Key, f.knows = crisis.Secret(base64.RawURLEncoding.EncodeToString([]byte("another key of thirty-two bytes!"))), pushKeyText; w.Check() != nil {
		t.Fatal(w.Check())
	}
	public, err := PushPublic(pushKeyText)
	if _, sent := w.Send(t.Context(), sample(crisis.AlertOpened, "zh")); err != nil || sent != nil || !strings.HasSuffix(f.headers[0].Get("Authorization"), "k="+public) {
		t.Errorf("%v, %v, signed %s", err, sent, f.headers[0].Get("Authorization"))
	}
}

// TestWebPushHides keeps the lines of incidents from those who may not see them.
func TestWebPushHides(t *testing.T) {
	f := newFakePush(t, "phone")
	f.hides = []string{"20261119-02"}
	a := sample(crisis.AlertDigest, "zh")
	a.Digest = []crisis.Told{{Incident: "20261119-01", Title: "停水"}, {Incident: "20261119-02", Title: "干部举报"}}
	if _, err := f.channel().Send(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	m := f.browsers["/phone-"+token].got[0]
	if text := m.Title + m.Body; !strings.Contains(text, "停水") || strings.Contains(text, "干部举报") || len(a.Digest) != 2 {
		t.Errorf("the phone shows %q", text)
	}
}

// TestPushTags lets what is told later of one thing take its place on the screen, and
// nothing take the place of a call for help.
func TestPushTags(t *testing.T) {
	ask := &crisis.Ask{}
	blind, sight := &crisis.Trouble{Part: crisis.PartSource, Name: "forum"}, &crisis.Trouble{Part: crisis.PartSource, Name: "forum"}
	for want, pair := range map[bool][][2]crisis.Alert{
		true: {
			{{ID: "1", Incident: "a"}, {ID: "2", Incident: "a"}},
			{{ID: "1", Trouble: blind}, {ID: "2", Trouble: sight}},
			{{ID: "1", Alive: &crisis.Alive{}}, {ID: "2", Alive: &crisis.Alive{}}},
		},
		false: {
			{{ID: "1", Incident: "a"}, {ID: "2", Incident: "b"}},
			{{ID: "1", Ask: ask, Incident: "a"}, {ID: "2", Ask: ask, Incident: "a"}},
			{{ID: "1", Ask: ask, Incident: "a"}, {ID: "2", Incident: "a"}},
			{{ID: "1"}, {ID: "2"}},
		},
	} {
		for _, p := range pair {
			if (pushTag(p[0]) == pushTag(p[1])) != want || (pushTopic(p[0]) == pushTopic(p[1])) != want {
				t.Errorf("%+v and %+v have the tags %q and %q", p[0], p[1], pushTag(p[0]), pushTag(p[1]))
			}
		}
	}
	for link, want := range map[string]string{"https://w.example/incidents/1": "/incidents/1", "https://w.example": "/incidents/7", "": "/incidents/7", "javascript:alert(1)": "/incidents/7"} {
		if got := pushPath(crisis.Alert{Incident: "7", Link: link}); got != want {
			t.Errorf("%q opens %s, want %s", link, got, want)
		}
	}
	if got := pushPath(crisis.Alert{Link: "https://w.example"}); got != "/" {
		t.Errorf("opens %s", got)
	}
}

// TestWebPushGolden holds what a browser shows.
func TestWebPushGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		var b strings.Builder
		for _, kind := range kinds {
			text, err := pushText(sample(kind, lang))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "=== %s\n%s\n", kind, readable(t, string(text)))
		}
		golden(t, "webpush."+lang, b.String())
	}
}

// FuzzWebPush keeps a push within one record, whatever strangers write.
func FuzzWebPush(f *testing.F) {
	f.Add("标题", "引文\"\\", "https://x.example/", 3)
	f.Add("\xff\x01", strings.Repeat("\"", 900), "x", 50)
	f.Fuzz(func(t *testing.T, title, quote, link string, n int) {
		a := sample(crisis.AlertOpened, "zh")
		a.Title, a.Remark, a.Link = title, quote, link
		for range min(max(n, 0), 100) {
			a.Evidence = append(a.Evidence, crisis.Evidence{Source: title, Quote: quote, URL: link})
		}
		b, err := pushText(a)
		if err != nil || len(b) > pushPlain || !json.Valid(b) {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
}
