package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
)

// stall is how long the daemon may go without progress before it says so: no
// minute judged, no look at the outbox, or no visit to any source.
const stall = 5 * time.Minute

// health is what /healthz and /readyz answer.
type health struct {
	OK      bool     `json:"ok"`
	Trouble []string `json:"trouble,omitempty"`
}

// alive says whether the daemon makes progress: that its process exists proves
// nothing. The first stall after the start is forgiven.
func (d *Daemon) alive() health {
	now := d.clock.Now()
	var h health
	late := func(what string, last int64, every time.Duration) {
		since := time.Unix(last, 0)
		if last == 0 {
			since = d.started
		}
		// A fast clock does not make the machine any faster.
		if now.Sub(since) > every+time.Duration(float64(stall)*max(d.speed(), 1)) {
			h.Trouble = append(h.Trouble, fmt.Sprintf("%s since %s", what, since.UTC().Format(time.RFC3339)))
		}
	}
	late("no minute judged", d.ticked.Load(), 0)
	if len(d.cfg.Channels) > 0 {
		late("outbox not looked at", d.delivered.Load(), 0)
	}
	if every := d.shortest(); every > 0 {
		late("no source visited", d.crawled.Load(), every)
	}
	h.OK = len(h.Trouble) == 0
	return h
}

// shortest returns the interval of the source that is visited most often, 0 if
// none is.
func (d *Daemon) shortest() time.Duration {
	var every time.Duration
	for i := range d.cfg.Sources {
		s := &d.cfg.Sources[i]
		if _, polled := s.Kind.(crawlers.Crawler); polled && !s.Off && (every == 0 || s.Every < every) {
			every = s.Every
		}
	}
	return every
}

// ready says whether the daemon can do its job: it is alive and the store takes
// writes.
func (d *Daemon) ready(ctx context.Context) health {
	h := d.alive()
	if err := d.store.Ping(ctx); err != nil {
		h.Trouble = append(h.Trouble, "store: "+err.Error())
	}
	if d.full.Load() {
		h.Trouble = append(h.Trouble, "the disk is full: posts are not taken in")
	}
	h.OK = len(h.Trouble) == 0
	return h
}

func answerHealth(w http.ResponseWriter, h health) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !h.OK {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(h) // the reader has gone away: there is nobody to tell
}

// beat tells systemd that the daemon is ready and, as long as it makes progress,
// that it lives. A daemon that stands still is restarted by the watchdog.
func (d *Daemon) beat(ctx context.Context) {
	d.notify("READY=1")
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 {
		return
	}
	t := time.NewTicker(time.Duration(usec) * time.Microsecond / 3)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if h := d.alive(); h.OK {
			d.notify("WATCHDOG=1")
		} else {
			d.log.Error("no progress", zap.Strings("trouble", h.Trouble))
			d.notify("STATUS=" + strings.Join(h.Trouble, "; "))
		}
	}
}

// notify sends one message to systemd, if it asked for any; see sd_notify(3).
func (d *Daemon) notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' {
		path = "\x00" + path[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		d.log.Warn("notify systemd", zap.Error(err))
		return
	}
	_, err = c.Write([]byte(state))
	if err = errors.Join(err, c.Close()); err != nil {
		d.log.Warn("notify systemd", zap.Error(err))
	}
}
