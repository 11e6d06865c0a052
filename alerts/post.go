package alerts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// answer is what a provider said to a request.
type answer struct {
	status int
	header http.Header
	body   []byte // its first 64 KiB
}

// post sends a body to an address, as far as one request goes. Redirects are not
// followed: an alert goes where the operator said and nowhere else. Its errors are
// without the address, which may be a secret.
func post(ctx context.Context, timeout time.Duration, address string, header http.Header, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, errors.New("post: the address cannot be used")
	}
	maps.Copy(req.Header, header)
	req.Header.Set("User-Agent", "Watchfire")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("post: %w", bare(err))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", bare(err))
	}
	return answer{resp.StatusCode, resp.Header, b}, nil
}

// isWeb says whether an address is one of the web, with a host.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
