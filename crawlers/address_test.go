package crawlers

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"watchfire/crisis"
)

func TestAdmit(t *testing.T) {
	private := []string{
		"0.0.0.0", "0.0.0.1", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
		"64:ff9b:1::1", "64:ff9b:1::808:808", "64:ff9b::a00:1", "64:ff9b::c0a8:101", "100::1", "100:0:0:1::1", "2001:0:7f00:1::", "2001:20::1", "2001:10::1", "2620:4f:8000::1", "4000::1", "::8.8.8.8", "::ffff:0:127.0.0.1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	}
	for _, s := range private {
		if admit(netip.MustParseAddr(s), nil) == nil {
			t.Errorf("admit(%s) lets a non-public address through", s)
		}
	}
	for _, s := range []string{"1.1.1.1", "8.8.8.8", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2400:3200::1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"} {
		if err := admit(netip.MustParseAddr(s), nil); err != nil {
			t.Errorf("admit(%s) = %v, want it public", s, err)
		}
	}
	if err := admit(netip.MustParseAddr("::ffff:10.1.2.3"), []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}); err != nil {
		t.Errorf("an allowed intranet address is refused: %v", err)
	}
}

func TestDialRefusesPrivate(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/": text("secret")})
	_, err := testWeb(t, Options{Allow: []netip.Prefix{}}).Get(t.Context(), base+"/", Conditions{})
	wantClass(t, err, crisis.ClassForbidden)
}

// TestDialRefusesNames holds that it is the dialled address that is judged,
// whatever name led there, and that the environment's proxy changes nothing.
func TestDialRefusesNames(t *testing.T) {
	base := serve(t, map[string]http.HandlerFunc{"/": text("secret")})
	byName := strings.Replace(base, "127.0.0.1", "localhost", 1)
	t.Setenv("HTTP_PROXY", base)
	t.Setenv("http_proxy", base)
	w := testWeb(t, Options{Allow: []netip.Prefix{}})
	for _, address := range []string{byName + "/", "http://10.255.255.1/", "http://[::ffff:7f00:1]/"} {
		_, err := w.Get(t.Context(), address, Conditions{})
		wantClass(t, err, crisis.ClassForbidden)
	}
	if w.base.Proxy != nil {
		t.Error("the transport asks for a proxy")
	}
	if _, err := testWeb(t, Options{}).Get(t.Context(), base+"/", Conditions{}); err != nil {
		t.Errorf("an allowed range: %v", err)
	}
}
