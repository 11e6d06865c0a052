package crawlers

import (
	"fmt"
	"net/netip"
)

// special are the ranges that the IANA special-purpose address registries (RFC
// 6890 and what followed) set aside, and what no site may be reached at: multicast
// and the ranges that carry IPv4 addresses past the check. A crawler has no
// business there: what an operator's feed or a redirect points to must be public.
var special = prefixes(
	// IPv4: this network, private use, shared (carrier NAT), loopback, link-local
	// with the cloud's metadata service, protocol assignments, documentation, AS112,
	// AMT, 6to4 relays, benchmarking, multicast, reserved, broadcast.
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
	// IPv6 in 2000::/3: protocol assignments with Teredo, ORCHID and benchmarking,
	// documentation, 6to4, AS112.
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is where public IPv6 addresses lie; what is outside is loopback, local,
// multicast, discard-only, IPv4-compatible, local NAT64 or not assigned.
var global = netip.MustParsePrefix("2000::/3")

// nat64 carries an IPv4 address in its last four bytes, which is the one that is
// reached: in a network that has only IPv6, every IPv4 site is dialled through it.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

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
	target := reached(addr.WithZone(""))
	for _, p := range allowed {
		if p.Contains(target) {
			return nil
		}
	}
	refuse := func(why string) error {
		return fmt.Errorf("%s is not a public address (%s); if the source lies in your intranet, add its range to intranet", target, why)
	}
	if target.Is6() && !global.Contains(target) {
		return refuse("outside " + global.String())
	}
	for _, p := range special {
		if p.Contains(target) {
			return refuse(p.String())
		}
	}
	return nil
}

// reached is the address that answers at addr: the IPv4 address inside a mapped or
// NAT64 one, else addr itself.
func reached(addr netip.Addr) netip.Addr {
	if nat64.Contains(addr) {
		b := addr.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return addr.Unmap()
}
