package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reference is a secret that lies elsewhere; whatever else begins like one is a slip.
var reference = regexp.MustCompile(`\$\{(?:(env|file|cred):([^}]+)\}|[^}]*\}?)`)

// secrets replaces ${env:NAME}, ${file:PATH} and ${cred:NAME} (a systemd
// credential) in every string below n. What is replaced never shows in an error.
func (d *decoder) secrets(n ast.Node) error {
	v := &expander{d: d}
	ast.Walk(v, n)
	return v.err
}

type expander struct {
	d   *decoder
	err error
}

// Visit implements ast.Visitor.
func (v *expander) Visit(n ast.Node) ast.Visitor {
	s, ok := n.(*ast.StringNode)
	if !ok || v.err != nil || !reference.MatchString(s.Value) {
		return v
	}
	s.Value = reference.ReplaceAllStringFunc(s.Value, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		value, err := v.d.lookUp(m[1], m[2])
		if err != nil && v.err == nil {
			v.err = v.d.errorf(n, "%s: %v", ref, err)
		}
		v.d.hidden = append(v.d.hidden, value)
		return value
	})
	if s.Token != nil { // types that read their own text are given the token's
		s.Token.Value, s.Token.Origin = s.Value, s.Value
	}
	return v
}

// lookUp fetches a secret. A file is looked for beside the configuration.
func (d *decoder) lookUp(kind, name string) (string, error) {
	switch kind {
	case "env":
		value, ok := os.LookupEnv(name)
		if !ok || value == "" {
			return "", errors.New("the environment variable is not set or empty; set it before the start")
		}
		return value, nil
	case "cred":
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", fmt.Errorf("there are no systemd credentials; add LoadCredential=%s:PATH to the unit", name)
		}
		name = filepath.Join(dir, name)
	case "file":
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(d.file), name)
		}
	default:
		return "", errors.New("not a reference; write ${env:NAME}, ${file:PATH} or ${cred:NAME}")
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read the secret: %w; create the file or let this user read it", err)
	}
	value := strings.TrimSpace(string(b))
	if value == "" {
		return "", fmt.Errorf("%s is empty; write the secret into it", name)
	}
	return value, nil
}

// discreet takes secrets out of an error that quotes what was written: somebody
// may have put a secret where a number belongs.
func (d *decoder) discreet(err error) error {
	text := err.Error()
	for _, secret := range d.hidden {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "<secret>")
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
