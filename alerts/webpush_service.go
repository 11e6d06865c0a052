package alerts

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"watchfire/crisis"
)

// Subscription is what a browser hands over when it asks for alerts. Its endpoint is
// a secret: whoever knows it can send there.
type Subscription struct {
	Endpoint crisis.Secret
	Keys     struct {
		P256DH string
		Auth   crisis.Secret
	}

	Key   crisis.Secret // our private key, as it knows us; empty: that of the channel
	Hides []string      // incidents that its owner may not see
}

// pushServices are the push services of the makers of browsers, by host; a dot at the
// beginning stands for all below a name.
var pushServices = []string{"fcm.googleapis.com", ".push.services.mozilla.com", "web.push.apple.com", ".push.apple.com", ".notify.windows.com"}

// longestEndpoint is far beyond what any of them writes.
const longestEndpoint = 2000

// Accept says whether a browser's subscription may be kept: it is to be sent to a push
// service that is allowed, and its keys can be used.
func (w *WebPush) Accept(s *Subscription) error {
	if err := w.admit(s); err != nil {
		return err
	}
	_, _, err := s.keys()
	return err
}

// admit keeps a page from having us send requests to where it likes: only push services
// that are known are sent to, over TLS. One that is configured may lie on this machine,
// and then needs none.
func (w *WebPush) admit(s *Subscription) error {
	u, err := url.Parse(s.Endpoint.Reveal())
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(s.Endpoint.Reveal()) > longestEndpoint {
		return errors.New("endpoint: not the address of a push service")
	}
	host := strings.ToLower(u.Host)
	if slices.Contains(w.Services, host) {
		ip, err := netip.ParseAddr(u.Hostname())
		if u.Scheme == "https" || u.Scheme == "http" && err == nil && ip.IsLoopback() {
			return nil
		}
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	known := slices.ContainsFunc(pushServices, func(p string) bool {
		if strings.HasPrefix(p, ".") {
			return strings.HasSuffix(name, p) && name != p
		}
		return name == p
	})
	if u.Scheme != "https" || !known || port != "" && port != "443" {
		return fmt.Errorf("endpoint: %s is not a push service that is allowed", Clean(u.Host, 80))
	}
	return nil
}

// host is all of an endpoint that may be shown.
func (s *Subscription) host() string {
	if u, err := url.Parse(s.Endpoint.Reveal()); err == nil && u.Host != "" {
		return Clean(u.Host, 80)
	}
	return "a push service"
}
