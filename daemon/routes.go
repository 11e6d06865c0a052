package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
)

// inbound is the largest body a pushing source may send.
const inbound = 4 << 20

// routes puts together what the daemon serves: the console, the health and
// metrics of the daemon, and the door for pushing sources.
func (d *Daemon) routes() (http.Handler, error) {
	pages, err := d.newConsole()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerHealth(w, d.alive()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { answerHealth(w, d.ready(r.Context())) })
	mux.Handle("GET /metrics", d.metrics.handler())
	mux.HandleFunc("POST /in/{source}", d.receive)
	mux.Handle("/", pages)
	return mux, nil
}

// receive takes posts that a source pushes. The answer says what was taken; a
// status of 2xx is given only when the posts are stored.
func (d *Daemon) receive(w http.ResponseWriter, r *http.Request) {
	src, receiver := d.receiver(r.PathValue("source"))
	if receiver == nil {
		http.Error(w, "there is no source of that name that takes posts", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, inbound))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			http.Error(w, "the body is larger than 4 MiB; send fewer posts at a time", http.StatusRequestEntityTooLarge)
		} else {
			http.Error(w, "the body is cut", http.StatusBadRequest)
		}
		return
	}
	// A sender that hangs up, or a daemon that stops, does not cut off what is being stored.
	h, err := d.accept(context.WithoutCancel(r.Context()), src, receiver, r.Header, body)
	if err != nil {
		d.log.Warn("receive", zap.String("source", src.Name), zap.Error(err))
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusAccepted
	if h.Class == crisis.ClassNotModified { // delivered before
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // the sender has gone away: the posts are stored all the same
		Posts   int    `json:"posts"`
		Signals int    `json:"signals,omitempty"`
		Detail  string `json:"detail,omitempty"`
	}{len(h.Posts), len(h.Intakes), h.Detail})
}

// accept reads a delivery and stores what it brings. Those of one source are taken one
// after the other: each knows those before by the cursor, and two Alertmanagers of a
// cluster send the same at the same time.
func (d *Daemon) accept(ctx context.Context, src *Source, receiver crawlers.Receiver, header http.Header, body []byte) (crawlers.Harvest, error) {
	door, _ := d.doors.LoadOrStore(src.Name, new(sync.Mutex))
	door.(*sync.Mutex).Lock()
	defer door.(*sync.Mutex).Unlock()
	state, err := d.source(ctx, src.Name)
	if err != nil {
		return crawlers.Harvest{}, err
	}
	h, err := receiver.Receive(state.Cursor, header, body, d.clock.Now())
	if crawlers.ClassOf(err) == crisis.ClassMalformed { // from a sender who is who he says: an attempt of the source
		return h, errors.Join(err, d.missed(ctx, src, crisis.Coverage{Source: src.Name, At: d.clock.Now().UTC()}, err))
	}
	if err != nil {
		return h, err
	}
	return h, d.Receive(ctx, src, h)
}

// receiver finds an enabled source that takes posts over HTTP.
func (d *Daemon) receiver(name string) (*Source, crawlers.Receiver) {
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if receiver, ok := s.Kind.(crawlers.Receiver); ok && s.Name == name && !s.Off {
			return s, receiver
		}
	}
	return nil, nil
}

// refuse answers a sender whose posts were not stored. Whatever is ours to mend
// is a 503, after which a sender tries again.
func refuse(w http.ResponseWriter, err error) {
	var failure *crawlers.Error
	if !errors.As(err, &failure) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "the posts could not be stored; try again", http.StatusServiceUnavailable)
		return
	}
	switch failure.Class {
	case crisis.ClassAuth:
		http.Error(w, "the signature or token is missing or wrong: "+failure.Error(), http.StatusUnauthorized)
	case crisis.ClassUnavailable:
		w.Header().Set("Retry-After", "60")
		http.Error(w, failure.Error(), http.StatusServiceUnavailable)
	default:
		http.Error(w, failure.Error(), http.StatusBadRequest)
	}
}
