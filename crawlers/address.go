package crawlers

import (
	"fmt"
	"net/netip"
)

// special are the ranges that the IANA special-purpose address registries (RFC
// 6890 and what followed) set aside, and the ranges that embed IPv4 addresses. A
// crawler has no business there: what an operator's feed or a redirect points to
// must be public.
var special = prefixes(
	// IPv4
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
	// IPv6
	"::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
	"2001::/23", "2001:2::/48", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "5f00::/16",
	"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// admit says whether an address may be dialled: it is public, or lies in one of
// the allowed ranges. It is asked about the address really dialled, after name
// resolution and redirects, so no name can lead elsewhere.
func admit(addr netip.Addr, allowed []netip.Prefix) error {
	addr = addr.WithZone("")
	plain := addr.Unmap()
	for _, p := range allowed {
		if p.Contains(plain) || p.Contains(addr) {
			return nil
		}
	}
	if plain != addr {
		addr = plain
	}
	for _, p := range special {
		if p.Contains(addr) {
			return fmt.Errorf("%s is not a public address (%s); if the source lies in your intranet, add its range to intranet", addr, p)
		}
	}
	return nil
}
