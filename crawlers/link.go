package crawlers

import (
	"net/url"
	"slices"
	"strings"
)

// longestAddress is the longest address that is kept, in bytes.
const longestAddress = 2048

// tracking are query parameters that say who passed a link on, not what it leads
// to; with trackingPrefixes they are taken out, so that one page has one address.
var (
	tracking = []string{
		"spm", "scm", "vd_source", "fbclid", "gclid", "dclid", "yclid", "msclkid", "igsh", "igshid", "mc_cid", "mc_eid", "bd_vid", "qhclickid", "nsukey", "isappinstalled", "wxfid",
		"hmsr", "hmpl", "hmcu", "hmkw", "hmci", "share_token", "share_from", "share_source", "share_medium", "share_plat", "share_session_id", "share_tag", "share_times", "share_uid",
	}
	trackingPrefixes = []string{"utm_", "_hs"}
)

// address resolves a link against the page it stands on and takes tracking and
// user names out of it; only web addresses pass.
func address(base, link string) string {
	link = strings.TrimSpace(link)
	if link == "" || link[0] == '#' { // the page itself, whose address may hold a token
		return ""
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if b, err := url.Parse(base); err == nil {
		u = b.ResolveReference(u)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	u.User = nil
	if !strings.HasPrefix(u.Fragment, "/") && !strings.HasPrefix(u.Fragment, "!") { // those are pages of an app
		u.Fragment, u.RawFragment = "", ""
	}
	if q := u.Query(); u.RawQuery != "" {
		before := len(q)
		for key := range q {
			if slices.Contains(tracking, strings.ToLower(key)) || slices.ContainsFunc(trackingPrefixes, func(p string) bool { return strings.HasPrefix(strings.ToLower(key), p) }) {
				q.Del(key)
			}
		}
		if len(q) < before {
			u.RawQuery = q.Encode()
		}
	}
	if s := u.String(); len(s) <= longestAddress {
		return s
	}
	return ""
}
