package alerts

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"watchfire/crisis"
)

// WebPush sends alerts to browsers that asked for them on the console, also when the
// page is closed. The text is encrypted for each browser (RFC 8291): the push service
// of its maker learns when and how urgently, not what.
//
// It is written on the standard library, which has all that RFC 8188, 8291 and 8292
// ask for. The library of record, SherClockHolmes/webpush-go, had its last release
// at the beginning of 2025, brings a JWT library along for one signature, and leaves
// the answers of the services to its caller.
type WebPush struct {
	Key      crisis.Secret `yaml:"key" doc:"private key of this installation (VAPID), 32 bytes in base64url; empty: one is made at the first start and kept in the database. After a change, browsers that know the key before are served with it until they open the console again"`
	Contact  string        `yaml:"contact" doc:"where a push service can reach you: mailto:it@example.com or an https:// address; empty: contact or url of the whole configuration"`
	Services []string      `yaml:"services" doc:"push services to send to beside those of Google, Mozilla, Apple and Microsoft, each as host or host:port; only one that stands here may lie in your own network"`
	TTL      time.Duration `yaml:"ttl" doc:"for how long an alert waits for a browser that is away"`
	Timeout  time.Duration `yaml:"timeout" doc:"longest wait for the answer of a push service"`

	// Subscribers knows the browsers; nil: there are none.
	Subscribers Subscribers `yaml:"-"`
	// Now replaces the clock of signatures; nil is the time of day.
	Now func() time.Time `yaml:"-"`

	mu    sync.Mutex           // guards rests
	rests map[string]time.Time // services that asked for patience, and until when
}

// Subscribers keeps the browsers that asked for alerts.
type Subscribers interface {
	// Pending returns the browsers that an alert is for and that have neither it nor a
	// later one of its incident, and how many others it is for.
	Pending(ctx context.Context, a crisis.Alert) (todo []Subscription, have int, err error)
	// Reached notes that a browser has an alert.
	Reached(ctx context.Context, s Subscription, a crisis.Alert) error
	// Forget drops one that is no longer there.
	Forget(ctx context.Context, s Subscription) error
}

// Check implements Channel.
func (w *WebPush) Check() error {
	var errs []error
	if w.Key != "" {
		if _, err := pushKeyOf(w.Key); err != nil {
			errs = append(errs, fmt.Errorf("key: %w", err))
		}
	}
	if w.Contact != "" && !isPushContact(w.Contact) {
		errs = append(errs, errors.New("contact: write mailto: and an address, or an address that begins with https://"))
	}
	for _, s := range w.Services {
		if u, err := url.Parse("https://" + s); err != nil || u.Host != s || u.Hostname() == "" {
			errs = append(errs, fmt.Errorf("services: %q is not a host; write one such as push.example.com or push.example.com:8443", s))
		}
	}
	if w.TTL <= 0 || w.TTL > 28*24*time.Hour {
		errs = append(errs, errors.New("ttl: write a duration such as 24h, at most 672h"))
	}
	if w.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 15s"))
	}
	return errors.Join(errs...)
}

// isPushContact says whether push services take an address as that of our operator.
func isPushContact(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") || u.Scheme == "https" && u.Host != "")
}

// Reach gives a channel without a contact the first of some addresses that push
// services take, and says whether it has one.
func (w *WebPush) Reach(addresses ...string) bool {
	for _, s := range addresses {
		if w.Contact == "" && isPushContact(s) {
			w.Contact = s
		}
	}
	return w.Contact != ""
}

// pushKeyOf reads a private key as it is written in configurations.
func pushKeyOf(text crisis.Secret) (*ecdsa.PrivateKey, error) {
	const advice = "write 32 bytes in base64url, as from `openssl rand 32 | basenc --base64url`"
	raw, err := fromBase64URL(text.Reveal())
	if err != nil {
		return nil, errors.New(advice)
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, errors.New(advice)
	}
	return key, nil
}

// PushPublic returns the public half of a private key: what a page gives to the browser
// when it asks for alerts (applicationServerKey), in base64url.
func PushPublic(private crisis.Secret) (string, error) {
	key, err := pushKeyOf(private)
	if err != nil {
		return "", err
	}
	pub, err := key.PublicKey.Bytes()
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(pub), nil
}

var pushReached = fix{"已推送到 %d 台设备", "devices reached: %d"}

// What a person can do when an alert reaches no browser, or not all.
var (
	pushSome    = fix{"%d 台设备没有收到：检查本机能否访问 %s，或在这些设备上重新开启推送。其他 %d 台已收到", "%d devices did not get it: check whether this machine reaches %s, or turn notifications on again on those devices. %d others have it"}
	pushNobody  = fix{"能看到这件事的人都没有开启推送：在值班电脑和手机上打开“账号”页，开启推送", "nobody who may see this has turned notifications on: open the page Account on the phones and computers on duty and do so"}
	pushKey     = fix{"推送服务不认可本机密钥：核对 key；换过密钥的，请在各设备上重新开启推送", "the push service does not accept our key: check key; if it was changed, turn notifications on again on every device"}
	pushOther   = fix{"推送服务拒收：请在该设备上重新开启推送", "a push service refuses the alert: turn notifications on again on that device"}
	pushForeign = fix{"%s 不在允许的推送服务之列：确属本单位使用的，写进 services", "%s is not among the push services that are allowed: if you use it, add it to services"}
)

// Send pushes the alert to every browser that it is for and that does not have it.
func (w *WebPush) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	var todo []Subscription
	var have int
	if w.Subscribers != nil {
		var err error
		if todo, have, err = w.Subscribers.Pending(ctx, a); err != nil {
			return Receipt{}, fmt.Errorf("list the browsers: %w", err)
		}
	}
	results := make([]error, len(todo))
	var running sync.WaitGroup
	slots := make(chan struct{}, 8) // a service that hangs holds up its own browsers only
	for i := range todo {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = w.Push(ctx, &todo[i], a)
		})
	}
	running.Wait()
	return w.sum(a, todo, results, have)
}

// ErrGone means that a browser withdrew what it asked for.
var ErrGone = errors.New("the browser is gone")

// Push sends an alert to one browser and tells the subscribers what became of it. Its
// errors are those of Send, and ErrGone, after which the browser is forgotten.
func (w *WebPush) Push(ctx context.Context, s *Subscription, a crisis.Alert) error {
	err := w.push(ctx, s, a)
	switch {
	case err == nil && w.Subscribers != nil:
		if err := w.Subscribers.Reached(ctx, *s, a); err != nil {
			return fmt.Errorf("note that a browser at %s was reached: %w", s.host(), err)
		}
	case errors.Is(err, ErrGone) && w.Subscribers != nil:
		if err := w.Subscribers.Forget(ctx, *s); err != nil {
			return fmt.Errorf("forget a browser at %s: %w", s.host(), err)
		}
	}
	return err
}

func (w *WebPush) push(ctx context.Context, s *Subscription, a crisis.Alert) error {
	fail := func(err error) error { return fmt.Errorf("push to %s: %w", s.host(), err) }
	refuse := func(f string, err error) error { return &Refused{Fix: f, Err: fail(err)} }
	if err := w.admit(s); err != nil { // also what was kept when other services were allowed
		return refuse(fmt.Sprintf(pushForeign.in(a.Lang), s.host()), err)
	}
	now := clockOf(w.Now)
	if wait := w.resting(s.host(), now); wait > 0 {
		return &Later{After: wait, Err: fail(errors.New("it asked for patience"))}
	}
	h, body, err := w.sealed(s, a, now)
	if err != nil {
		return refuse(pushOther.in(a.Lang), err)
	}
	r, err := call(ctx, w.Timeout, http.MethodPost, s.Endpoint.Reveal(), h, body)
	if err != nil {
		return unreached(fail(err), a.Lang)
	}
	switch r.status {
	case http.StatusNotFound, http.StatusGone:
		return ErrGone
	case http.StatusUnauthorized, http.StatusForbidden:
		return refuse(pushKey.in(a.Lang)+skewOf(r.header, now, a.Lang), fmt.Errorf("answered %d", r.status))
	}
	if r.status >= 300 && r.status < 400 {
		return refuse(fixPage.in(a.Lang), fmt.Errorf("answered %d", r.status))
	}
	err = ofStatus(r.status, r.header, now, a.Lang)
	if refused := (*Refused)(nil); errors.As(err, &refused) {
		return refuse(pushOther.in(a.Lang), refused.Err)
	}
	if later := (*Later)(nil); errors.As(err, &later) {
		if later.After > 0 { // who does not say until when has asked for nothing: another browser may be tried at once
			w.rest(s.host(), now.Add(later.After))
		}
		return &Later{After: later.After, Err: fail(later.Err)}
	}
	return err
}

// sealed encrypts an alert for a browser, and signs in the name by which it knows us.
func (w *WebPush) sealed(s *Subscription, a crisis.Alert, now time.Time) (http.Header, []byte, error) {
	key, err := pushKeyOf(cmp.Or(s.Key, w.Key))
	if err != nil {
		return nil, nil, fmt.Errorf("key: %w", err)
	}
	text, err := pushText(s.without(a))
	if err != nil {
		return nil, nil, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	body, err := s.encrypt(text)
	if err != nil {
		return nil, nil, err
	}
	token, err := vapid(key, s.Endpoint.Reveal(), w.Contact, now)
	if err != nil {
		return nil, nil, err
	}
	return http.Header{
		"Authorization": {token}, "Content-Type": {"application/octet-stream"}, "Content-Encoding": {"aes128gcm"},
		"Ttl": {strconv.Itoa(int(w.TTL.Seconds()))}, "Urgency": {pushUrgency[priority(a)]}, "Topic": {pushTopic(a)},
	}, body, nil
}

// rest leaves a service alone until a time.
func (w *WebPush) rest(host string, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rests == nil {
		w.rests = map[string]time.Time{}
	}
	w.rests[host] = until
}

// resting is for how long a service is still to be left alone.
func (w *WebPush) resting(host string, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rests[host].Sub(now)
}

// sum makes one outcome of those of all browsers. While some do not have the alert it
// waits, as long as one of them may get it later; by Later.Rest it says that others have it.
func (w *WebPush) sum(a crisis.Alert, todo []Subscription, results []error, have int) (Receipt, error) {
	var later, refusal error
	var missed []string
	wait := time.Duration(-1)
	for i, err := range results {
		switch {
		case err == nil:
			have++
			continue
		case errors.Is(err, ErrGone):
			continue
		case errors.Is(err, ErrRefused):
			refusal = cmp.Or(refusal, err)
		default:
			later = cmp.Or(later, err)
			after := time.Duration(0)
			if x := (*Later)(nil); errors.As(err, &x) {
				after = x.After
			}
			if wait < 0 || after < wait { // one service that asks for hours does not hold up the others
				wait = after
			}
		}
		missed = append(missed, todo[i].host())
	}
	rest, mend := "", ""
	if x := (*Later)(nil); errors.As(later, &x) {
		mend = x.Fix
	}
	if len(missed) > 0 && have > 0 {
		slices.Sort(missed)
		hosts := strings.Join(slices.Compact(slices.Clone(missed)), wordsOf(a.Lang).list)
		rest = fmt.Sprintf(pushSome.in(a.Lang), len(missed), Clean(hosts, 200), have)
	}
	switch {
	case later != nil:
		return Receipt{}, &Later{After: wait, Rest: rest, Fix: mend, Err: later}
	case refusal != nil && rest != "":
		return Receipt{}, &Refused{Fix: rest, Err: refusal}
	case refusal != nil:
		return Receipt{}, refusal
	case have == 0:
		return Receipt{}, &Refused{Fix: pushNobody.in(a.Lang), Err: errors.New("no browser asked for alerts")}
	}
	return Receipt{Detail: fmt.Sprintf(pushReached.in(a.Lang), have)}, nil
}
