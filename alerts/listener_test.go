package alerts

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestListenerContract holds, for every kind of channel that listens, what the daemon
// relies on: without being configured it has nothing to listen to; whatever the
// provider does is noted or returned, without a secret; and it ends when it is told to.
func TestListenerContract(t *testing.T) {
	for kind, maker := range Kinds {
		l, ok := maker().(Listener)
		if !ok {
			if Buttoned(maker()) {
				t.Errorf("%s has buttons that nobody hears", kind)
			}
			continue
		}
		if err := l.Listen(t.Context(), "zh", nil, nil); err != nil || Buttoned(maker()) {
			t.Errorf("%s listens without being configured: %v", kind, err)
		}
		for name, h := range failures {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel() // some wait for their end
				s := httptest.NewServer(h)
				defer s.Close()
				c := provided(t, kind, s.URL)
				switch c := c.(type) {
				case *FeishuApp:
					c.Buttons = true
				case *DingTalkApp:
					c.Buttons = true
				}
				checkListener(t, c)
			})
		}
	}
}

func checkListener(t *testing.T, c Channel) {
	t.Helper()
	if !Buttoned(c) {
		t.Fatal("it is not configured to listen")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	noted, ended := make(chan error, 64), make(chan error, 1)
	go func() { ended <- c.(Listener).Listen(ctx, "en", nil, func(err error) { noted <- err }) }()
	var err error
	select {
	case err = <-noted:
		stop()
		<-ended
	case err = <-ended:
	}
	if !errors.Is(err, ErrDeaf) {
		t.Errorf("%v, want it to say that clicks are not heard", err)
	}
	var refused *Refused
	if errors.As(err, &refused) && refused.Fix == "" {
		t.Errorf("%v: refused without a fix", err)
	}
	if err == nil || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("the secret is shown, or nothing said: %v", err)
	}
}
