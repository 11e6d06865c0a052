package console

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// wrong is an error that is told to the reader in the words under key.
type wrong struct {
	status int
	key    string
}

// Error implements error.
func (e wrong) Error() string { return e.key }

// errorPage is what the reader sees instead of the page that was asked for.
type errorPage struct {
	frame
	Heading string
	Text    string
	Number  string // under which the log knows more
	Back    string
}

// fail turns an error into a page: what the reader can mend in the reader's
// words, a thing that does not exist as such, and anything else as a number
// under which the log tells what happened.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody reads it
	}
	if isAPI(r) {
		c.problem(w, r, err)
		return
	}
	v := c.visitor(r)
	p := errorPage{frame: c.frame(r, v, "", ""), Back: localPath(r.URL.Path)}
	status := http.StatusInternalServerError
	var own wrong
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		status = own.status
		p.Heading, p.Text = p.must("err.refused"), p.must(own.key)
	case errors.Is(err, crisis.ErrRefused):
		status = http.StatusConflict
		p.Heading, p.Text = p.must("err.refused"), p.must("err.state", clean(err.Error(), 300))
	case errors.Is(err, store.ErrNotFound):
		status, p.Back = http.StatusNotFound, "/"
		p.Heading, p.Text = p.must("err.missing"), p.must("err.missing.text")
	case errors.As(err, &large):
		status = http.StatusRequestEntityTooLarge
		p.Heading, p.Text = p.must("err.refused"), p.must("err.large")
	default:
		p.Number = rand.Text()[:8]
		p.Heading, p.Text = p.must("err.broken"), p.must("err.broken.text")
		if c.OnError != nil {
			c.OnError(r, numbered{p.Number, err})
		}
	}
	p.Title = p.Heading
	if err := c.render(w, r, status, "error", p); err != nil {
		if c.OnError != nil {
			c.OnError(r, err)
		}
		http.Error(w, p.Heading, status)
	}
}

// numbered is an error with the number that the reader was told.
type numbered struct {
	number string
	err    error
}

// Error implements error.
func (e numbered) Error() string { return "error " + e.number + ": " + e.err.Error() }

// Unwrap returns the error itself.
func (e numbered) Unwrap() error { return e.err }
