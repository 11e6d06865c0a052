package alerts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// slackLargest is the most bytes of an answer of Slack's API that are read: a page of
// messages.
const slackLargest = 8 << 20

// slackDoor carries the requests of the library to Slack's API. It follows no redirect,
// which would carry the token elsewhere, and judges what the library takes for an answer:
// the page of a proxy, JSON of another service, a wait that is written as a date.
type slackDoor struct {
	client http.Client
	lang   string
}

func newSlackDoor(timeout time.Duration, lang string) *slackDoor {
	return &slackDoor{http.Client{
		Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, lang}
}

// Do makes one request.
func (d *slackDoor) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.client.Do(r)
	if err != nil {
		return nil, unreached(bare(err), d.lang)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, slackLargest))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", bare(err))
	}
	if err := d.judge(resp, body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// judge finds what does not come from Slack's API. Every answer of it says whether all
// is well, and if not why.
func (d *slackDoor) judge(resp *http.Response, body []byte) error {
	now := time.Now()
	answer := response{resp.StatusCode, resp.Header, body}
	wait := retryAfter(resp.Header, now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		resp.Header.Del("Retry-After") // the library reads seconds only
		if wait > 0 {
			resp.Header.Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		}
		return nil
	case resp.StatusCode >= 500 && wait > 0:
		return ofStatus(resp.StatusCode, resp.Header, now, d.lang)
	case resp.StatusCode >= 300 && resp.StatusCode < 500 && resp.StatusCode != http.StatusNotFound, resp.StatusCode == http.StatusOK && isPage(answer):
		return request{chat: "slack", lang: d.lang, now: now}.mute(answer)
	case resp.StatusCode != http.StatusOK:
		return nil
	}
	var said struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil || said.OK == nil || !*said.OK && said.Error == "" {
		return &Later{Err: errors.New("answered 200 without saying whether it took the message")}
	}
	return nil
}
