package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"watchfire/crisis"
	"watchfire/daemon/store"
)

// answered tells of the status of an answer before the answer goes out.
type answered struct {
	http.ResponseWriter
	before func(status int)
	status int
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.before(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answered) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// quiet is the target of an entry that is not written: one of a flood.
const quiet = "\x00"

// audited serves a request, and keeps the line about it in the audit log if it may change
// something: in the transaction of the change, or afterwards if there was none.
func (c *Console) audited(w http.ResponseWriter, r *http.Request, v *visit, serve func(http.ResponseWriter, *http.Request) error) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return serve(w, r)
	}
	return c.kept(w, r, v, serve)
}

// kept is audited for a request that changes something whatever its method.
func (c *Console) kept(w http.ResponseWriter, r *http.Request, v *visit, serve func(http.ResponseWriter, *http.Request) error) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	n := &store.Noted{Entry: store.Entry{At: c.Now(), Address: address(r), What: whatOf(r), Target: targetOf(r), Outcome: store.OutcomeOK}}
	if v != nil {
		n.Who, n.Role = v.user.Name, v.user.Role
	}
	settle := func(status int, err error) {
		n.Outcome = outcome(status, err)
		if n.Target == quiet || n.Written && n.Outcome == store.OutcomeOK {
			return
		}
		ctx := context.WithoutCancel(r.Context()) // also when the browser has gone away
		lost := c.Store.Update(ctx, func(tx *store.Tx) error { return tx.Note(&n.Entry) })
		if n.Written = lost == nil; !n.Written && c.OnError != nil {
			c.OnError(r, lost)
		}
	}
	a := &answered{ResponseWriter: w, before: func(status int) { settle(status, nil) }}
	err := serve(a, r.WithContext(store.Noting(r.Context(), n)))
	if a.status == 0 || err != nil {
		settle(a.status, err)
	}
	return err
}

// outcome says what came of a request.
func outcome(status int, err error) string {
	var own wrong
	var large *http.MaxBytesError
	var bad malformed
	switch {
	case err == nil && status < 400:
		return store.OutcomeOK
	case err == nil && status < 500, errors.As(err, &own), errors.As(err, &bad), errors.As(err, &large), errors.Is(err, crisis.ErrRefused), errors.Is(err, store.ErrNotFound):
		return store.OutcomeRefused
	}
	return store.OutcomeFailed
}

// whatOf says what a request asks for: its route, and the word that its form says it with.
func whatOf(r *http.Request) string {
	_, path, _ := strings.Cut(r.Pattern, " ")
	do := r.PostForm.Get("do")
	if len(do) > 20 || strings.Trim(do, "abcdefghijklmnopqrstuvwxyz") != "" {
		do = ""
	}
	return strings.TrimSpace(r.Method + " " + path + " " + do)
}

// targetOf says on what, as far as the address says so. The token of a link is a secret.
func targetOf(r *http.Request) string {
	var parts []string
	for _, key := range []string{"id", "sid", "key", "name"} {
		if s := clean(r.PathValue(key), 80); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// noteTarget says on what a request acts, where its address does not.
func noteTarget(r *http.Request, parts ...string) {
	if n := store.NotedIn(r.Context()); n != nil {
		if n.Target = quiet; parts[0] != quiet {
			n.Target = clean(strings.TrimSpace(strings.Join(parts, " ")), 200)
		}
	}
}

// noteWho names whoever a request turns out to come from.
func noteWho(r *http.Request, name, role string) {
	if n := store.NotedIn(r.Context()); n != nil {
		n.Who, n.Role = name, role
	}
}

// noteAct says what a person does to an incident.
func noteAct(r *http.Request, a *crisis.Act) {
	n := store.NotedIn(r.Context())
	if n == nil {
		return
	}
	n.What, n.Written = string(a.Kind), false // one request may do several
	step := ""
	if a.Step != "" {
		step = a.Plan + "/" + a.Step
	}
	noteTarget(r, a.Incident, step)
}
