package daemon

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/console"
)

// OIDC is the organisation's own log-in to the console (OpenID Connect).
type OIDC struct {
	Issuer       string            `yaml:"issuer" doc:"address of the issuer of log-ins, such as https://id.example.cn/realms/office; empty: everybody has a password of Watchfire"`
	ClientID     string            `yaml:"client_id" doc:"what the issuer calls Watchfire"`
	ClientSecret crisis.Secret     `yaml:"client_secret" doc:"what Watchfire shows to the issuer"`
	Claim        string            `yaml:"claim" doc:"claim of the token that holds a person's groups"`
	Roles        map[string]string `yaml:"roles" doc:"role by group: viewer, operator, approver or admin; the highest holds, and without one nobody is let in"`
}

// check says what is wrong, given the address of the console.
func (o *OIDC) check(consoleURL string) []error {
	if o.Issuer == "" {
		return nil
	}
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if u, err := url.Parse(o.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())) {
		wrong("issuer: %q is not an address that begins with https://", o.Issuer)
	}
	if o.ClientID == "" {
		wrong("client_id: empty; write what the issuer calls Watchfire")
	}
	if o.ClientSecret == "" {
		wrong("client_secret: empty; write a file or a variable, such as ${file:/etc/watchfire/oidc}")
	}
	if o.Claim == "" {
		wrong("claim: empty; write the claim that holds groups, such as groups")
	}
	if consoleURL == "" {
		wrong("the issuer leads people back to the console; write its address under url")
	}
	if len(o.Roles) == 0 {
		wrong("roles: empty; nobody would be let in; write one such as press-office: operator")
	}
	for _, group := range slices.Sorted(maps.Keys(o.Roles)) {
		if !slices.Contains(console.Roles(), o.Roles[group]) {
			wrong("roles: %s: %q is not a role; write one of %s", group, o.Roles[group], strings.Join(console.Roles(), ", "))
		}
	}
	return errs
}

// local says whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// oidc is the log-in as the console wants it, nil for none.
func (c *Config) oidc() *console.OIDC {
	if c.OIDC.Issuer == "" {
		return nil
	}
	return &console.OIDC{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret, Claim: c.OIDC.Claim, Roles: c.OIDC.Roles, URL: c.URL,
	}
}
