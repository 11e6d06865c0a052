package alerts

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
)

// pushPlain is how many bytes of text one push holds: a record of 4096 bytes less
// its header, the tag and the delimiter (RFC 8291, 4).
const pushPlain = 4096 - 86 - 16 - 1

// WebPush sends alerts to browsers that asked for them on the console, also when the
// page is closed. The text is encrypted for each browser (RFC 8291): the push service
// of its maker learns when and how urgently, not what.
//
// It is written on the standard library, which has all that RFC 8188, 8291 and 8292
// ask for. The library of record, SherClockHolmes/webpush-go, had its last release
// at the beginning of 2025, brings a JWT library along for one signature, and leaves
// the answers of the services to its caller.
type WebPush struct {
	Key     crisis.Secret `yaml:"key" doc:"private key of this installation (VAPID), 32 bytes in base64url; another key makes every browser ask anew"`
	Contact string        `yaml:"contact" doc:"where a push service can reach you: mailto:it@example.com or an https:// address"`
	TTL     time.Duration `yaml:"ttl" doc:"for how long an alert waits for a browser that is away"`
	Timeout time.Duration `yaml:"timeout" doc:"longest wait for the answer of a push service"`

	// Subscribers knows the browsers; nil: there are none.
	Subscribers Subscribers `yaml:"-"`
	// Now replaces the clock of signatures; nil is the time of day.
	Now func() time.Time `yaml:"-"`

	given given
}

// Subscribers keeps the browsers that asked for alerts.
type Subscribers interface {
	// Subscriptions returns them all.
	Subscriptions(ctx context.Context) ([]Subscription, error)
	// Forget drops one that is no longer there.
	Forget(ctx context.Context, endpoint string) error
}

// Subscription is what a browser hands over when it asks for alerts. Its endpoint is
// a secret: whoever knows it can send there.
type Subscription struct {
	Endpoint crisis.Secret `json:"endpoint"`
	Keys     struct {
		P256DH string        `json:"p256dh"`
		Auth   crisis.Secret `json:"auth"`
	} `json:"keys"`
}

// Check says whether a subscription may be kept: its keys must be usable, and its
// endpoint on the web, not inside the own network.
func (s *Subscription) Check() error {
	u, err := url.Parse(s.Endpoint.Reveal())
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return errors.New("endpoint: not an address that begins with https://")
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") || strings.HasSuffix(u.Hostname(), ".localhost") {
		return fmt.Errorf("endpoint: %s is no push service", Clean(u.Host, 80))
	}
	_, _, err = s.keys()
	return err
}

// host is all of an endpoint that may be shown.
func (s *Subscription) host() string {
	if u, err := url.Parse(s.Endpoint.Reveal()); err == nil && u.Host != "" {
		return Clean(u.Host, 80)
	}
	return "a push service"
}

// Check implements Channel.
func (w *WebPush) Check() error {
	var errs []error
	if _, err := w.key(); err != nil {
		errs = append(errs, err)
	}
	if u, err := url.Parse(w.Contact); err != nil || (u.Scheme != "mailto" || !strings.Contains(u.Opaque, "@")) && (u.Scheme != "https" || u.Host == "") {
		errs = append(errs, errors.New("contact: write mailto: and an address, or an address that begins with https://"))
	}
	if w.TTL <= 0 || w.TTL > 28*24*time.Hour {
		errs = append(errs, errors.New("ttl: write a duration such as 24h, at most 672h"))
	}
	if w.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

func (w *WebPush) key() (*ecdsa.PrivateKey, error) {
	const advice = "key: write 32 bytes in base64url, as from `openssl rand 32 | basenc --base64url`"
	raw, err := fromBase64URL(w.Key.Reveal())
	if err != nil {
		return nil, errors.New(advice)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, errors.New(advice)
	}
	return key, nil
}

// PublicKey is what a page gives to the browser when it asks for alerts
// (applicationServerKey).
func (w *WebPush) PublicKey() (string, error) {
	key, err := w.key()
	if err != nil {
		return "", err
	}
	pub, err := key.PublicKey.Bytes()
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(pub), nil
}

var pushReached = fix{"已推送到 %d 个浏览器", "browsers reached: %d"}

// What a person can do when an alert reaches no browser, or not all.
var (
	pushSome   = fix{"%d 个浏览器没有收到：检查本机能否访问 %s，或在这些浏览器重新开启推送。其他 %d 个已收到", "%d browsers did not get it: check whether this machine reaches %s, or turn notifications on again in those browsers. %d others have it"}
	pushNobody = fix{"没有浏览器订阅推送：在值班电脑和手机上打开控制台，开启推送", "no browser asked for alerts: open the console on the phones and computers on duty and turn notifications on"}
	pushKey    = fix{"推送服务不认可本机密钥：核对 key；换过密钥的，请在各浏览器重新开启推送", "the push service does not accept our key: check key; if it was changed, turn notifications on again in every browser"}
	pushOther  = fix{"推送服务拒收：请在该浏览器重新开启推送", "a push service refuses the alert: turn notifications on again in that browser"}
)

// Send pushes the alert to every browser that does not have it.
func (w *WebPush) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	key, err := w.key()
	if err != nil {
		return Receipt{}, &Refused{Fix: pushKey.in(a.Lang), Err: err}
	}
	var all []Subscription
	if w.Subscribers != nil {
		if all, err = w.Subscribers.Subscriptions(ctx); err != nil {
			return Receipt{}, fmt.Errorf("list the browsers: %w", err)
		}
	}
	text, err := pushText(a)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	results := make([]error, len(all))
	var running sync.WaitGroup
	slots := make(chan struct{}, 8) // a service that hangs holds up its own browsers only
	for i := range all {
		if w.given.has(a.ID, all[i].Endpoint.Reveal()) {
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = w.push(ctx, key, &all[i], a, text)
		})
	}
	running.Wait()
	return w.sum(ctx, a, all, results)
}

// errGone means that a browser withdrew what it asked for.
var errGone = errors.New("the browser is gone")

// push encrypts and sends the text for one browser.
func (w *WebPush) push(ctx context.Context, key *ecdsa.PrivateKey, s *Subscription, a crisis.Alert, text []byte) error {
	fail := func(err error) error { return fmt.Errorf("push to %s: %w", s.host(), err) }
	body, err := s.encrypt(text)
	if err != nil {
		return &Refused{Fix: pushOther.in(a.Lang), Err: fail(err)}
	}
	now := clockOf(w.Now)
	token, err := vapid(key, s.Endpoint.Reveal(), w.Contact, now)
	if err != nil {
		return &Refused{Fix: pushOther.in(a.Lang), Err: fail(err)}
	}
	h := http.Header{
		"Authorization": {token}, "Content-Type": {"application/octet-stream"}, "Content-Encoding": {"aes128gcm"},
		"Ttl": {strconv.Itoa(int(w.TTL.Seconds()))}, "Urgency": {pushUrgency[priority(a)]}, "Topic": {pushTopic(a)},
	}
	r, err := call(ctx, w.Timeout, http.MethodPost, s.Endpoint.Reveal(), h, body)
	if err != nil {
		return fail(err)
	}
	switch r.status {
	case http.StatusNotFound, http.StatusGone:
		return errGone
	case http.StatusUnauthorized, http.StatusForbidden:
		return &Refused{Fix: pushKey.in(a.Lang), Err: fail(fmt.Errorf("answered %d", r.status))}
	}
	err = ofStatus(r.status, r.header, now, a.Lang)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return &Refused{Fix: pushOther.in(a.Lang), Err: fail(refused.Err)}
	}
	if later := (*Later)(nil); errors.As(err, &later) {
		return &Later{After: later.After, Err: fail(later.Err)}
	}
	return err
}

// sum makes one outcome of those of all browsers. When none has the alert it waits,
// as long as one may get it later. When others have it, it does not: all that follows
// would wait with it, for one service that cannot be reached from here.
func (w *WebPush) sum(ctx context.Context, a crisis.Alert, all []Subscription, results []error) (Receipt, error) {
	reached, later, refusal := 0, error(nil), error(nil)
	var missed []string
	for i, err := range results {
		switch {
		case err == nil:
			reached++
			w.given.note(a.ID, all[i].Endpoint.Reveal())
			continue
		case errors.Is(err, errGone):
			if err := w.Subscribers.Forget(ctx, all[i].Endpoint.Reveal()); err != nil {
				later = cmp.Or(later, fmt.Errorf("forget a browser at %s: %w", all[i].host(), err))
			}
			continue
		case errors.Is(err, ErrRefused):
			refusal = cmp.Or(refusal, err)
		default:
			later = cmp.Or(later, err)
		}
		missed = append(missed, all[i].host())
	}
	err := cmp.Or(later, refusal)
	switch {
	case err != nil && reached > 0 && len(missed) > 0:
		slices.Sort(missed)
		hosts := strings.Join(slices.Compact(missed), wordsOf(a.Lang).list)
		return Receipt{}, &Refused{Fix: fmt.Sprintf(pushSome.in(a.Lang), len(missed), Clean(hosts, 200), reached), Err: err}
	case err != nil && len(missed) > 0:
		return Receipt{}, err
	case reached == 0:
		return Receipt{}, &Refused{Fix: pushNobody.in(a.Lang), Err: errors.New("no browser asked for alerts")}
	}
	return Receipt{Detail: fmt.Sprintf(pushReached.in(a.Lang), reached)}, nil
}

// pushUrgency says by the priority of an alert whether a phone is woken for it
// (RFC 8030, 5.3).
var pushUrgency = map[int]string{1: "very-low", 2: "low", 3: "normal", 4: "high", 5: "high"}

// pushTopic lets a later alert of an incident take the place of one that still waits
// for a browser that is away (RFC 8030, 5.4: 32 characters).
func pushTopic(a crisis.Alert) string {
	sum := sha256.Sum256([]byte(cmp.Or(a.Incident, a.ID)))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// pushMessage is what the console's service worker shows. Tag is the id of the alert:
// a second copy takes the place of the first.
type pushMessage struct {
	Tag    string `json:"tag"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	Link   string `json:"link,omitempty"`
	Lang   string `json:"lang"`
	Urgent bool   `json:"urgent,omitempty"` // stays on the screen until somebody looks
}

// pushText puts an alert into the form of a push, in as many bytes as one holds.
func pushText(a crisis.Alert) ([]byte, error) {
	a.Taps = nil // the page behind the notification knows its reader
	m := pushMessage{Tag: a.ID, Title: Headline(a), Link: webAddress(a.Link), Lang: a.Lang, Urgent: priority(a) >= 4}
	for room := pushPlain; ; room -= 64 { // JSON escapes may lengthen the text
		m.Body = FitBytes(afterHeadline(a), "", max(room, 0))
		b, err := encoded(m)
		if err != nil || len(b) <= pushPlain || m.Body == "" {
			return b, err
		}
	}
}
