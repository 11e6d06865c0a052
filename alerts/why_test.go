package alerts

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestWhy says of every wait in both languages why it is.
func TestWhy(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, c := range []struct {
		err  error
		want fix
	}{
		{nil, fix{}},
		{&Refused{Fix: "x", Err: io.EOF}, fix{}},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "chat.example"}}, whyName},
		{dial, whyDial},
		{&net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}, whyDial},
		{context.DeadlineExceeded, whySilent},
		{io.ErrUnexpectedEOF, whyCut},
		{&quoted{"message: …", io.EOF}, whyCut},
		{syscall.ECONNRESET, whyCut},
		{&Later{After: time.Minute, Err: errors.New("answered 429")}, whySlow},
		{&Later{Err: errors.New("answered 503")}, whyPassing},
		{unreached(&tls.CertificateVerificationError{Err: errors.New("expired")}, "zh"), fixTrust},
		{&Later{Rest: fixTrust.zh, Fix: "x", Err: io.EOF}, fixTrust},
		{&os.PathError{Op: "write", Path: "/var/cap", Err: syscall.ENOSPC}, whyFull},
		{errors.New("of next year"), whyOther},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("post: %w", c.err)
		}
		if got := Why(err, "zh"); got != c.want.zh {
			t.Errorf("%v: %q, want %q", c.err, got, c.want.zh)
		}
		if got := Why(err, "en"); c.want.en != "" && c.want != fixTrust && got != c.want.en {
			t.Errorf("%v: %q, want %q", c.err, got, c.want.en)
		}
	}
}
