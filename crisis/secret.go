package crisis

import "fmt"

// Secret is a token, key or password. It prints as "<secret>" however it is
// formatted or encoded, so that it cannot travel into a log, an error or a page.
type Secret string

// Reveal returns the secret itself, for the one call that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret; an unset one shows as "".
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "<secret>"
}

// Format hides the secret from every verb, also from wrong ones such as %d, which
// print a string as it is.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the secret as written.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}
