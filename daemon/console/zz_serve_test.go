package console

import (
	"net/http"
	"os"
	"testing"
	"time"

	"watchfire/crisis"
)

func TestServeForever(t *testing.T) {
	addr := os.Getenv("SERVE")
	if addr == "" {
		t.Skip()
	}
	w := newWorld(t, true)
	id := w.fill()
	w.weeks()
	w.must(w.act(id, crisis.EventStepDone, "out-04", "李敏", "", night.Add(-9*time.Minute)))
	os.WriteFile("/tmp/serve.id", []byte(id), 0o644)
	go func() {
		for {
			time.Sleep(20 * time.Second)
			w.wait(5 * time.Minute)
			w.console.Changed(id)
		}
	}()
	t.Log(http.ListenAndServe(addr, w.console))
}
