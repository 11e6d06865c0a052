package alerts

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// scrub takes secrets out of what a provider or a program answered, also in the
// forms in which they travel, and bounds it: some answer with what they were sent.
func scrub(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, enc.EncodeToString([]byte(secret)), strings.TrimRight(enc.EncodeToString([]byte(secret)), "="))
		}
		for _, form := range forms {
			s = strings.ReplaceAll(s, form, "<secret>")
		}
	}
	return Clean(s, 300)
}
