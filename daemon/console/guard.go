package console

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy is what a page may load: our own style, script and pictures, nothing
// inline and nothing from elsewhere.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// largest form anybody may send.
const largestForm = 64 << 10

// guard is what every request passes: headers that keep a page to itself, no
// writes from other sites, no large bodies, and in open mode no foreign host.
func (c *Console) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.fail(w, r, wrong{http.StatusForbidden, "err.cross"})
	}))
	inner := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if c.Open && !loopback(r.Host) {
			c.fail(w, r, wrong{http.StatusForbidden, "err.loopback"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, largestForm)
		// A program's token comes with no request of its own accord, as a cookie does.
		if _, shown := bearer(r); shown && isAPI(r) {
			next.ServeHTTP(w, r)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// loopback says whether a Host header names this machine.
func loopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// secure says whether the reader came by TLS, to us or to the proxy before us.
func secure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// address is who asks. A proxy on this machine is believed about it; whoever
// comes by himself can name no other address than his own.
func address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := peer.Addr().Unmap()
	if via := r.Header.Values("X-Forwarded-For"); ip.IsLoopback() && len(via) > 0 {
		all := strings.Split(strings.Join(via, ","), ",")
		if said, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			ip = said.Unmap()
		}
	}
	if ip.Is6() { // one house, one limit
		if net, err := ip.WithZone("").Prefix(64); err == nil {
			return net.String()
		}
	}
	return ip.String()
}

// localPath returns a path of this site to go on to, "/" for anything else.
func localPath(s string) string {
	if len(s) < 1 || len(s) > 500 || s[0] != '/' || strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}
