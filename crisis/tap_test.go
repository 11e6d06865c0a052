package crisis

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var tapKey = []byte("0123456789abcdef0123456789abcdef")

// TestTap holds that a link says just what was signed, until it expires.
func TestTap(t *testing.T) {
	now := time.Date(2026, 8, 5, 12, 0, 0, 0, time.UTC)
	tap := Tap{Person: "王强", Do: TapDone, Incident: "20260805-01", Plan: "service-outage", Step: "so-1", Expires: now.Add(time.Hour), Nonce: "n1"}
	token := tap.Token(tapKey)
	if got, err := ReadTap(token, tapKey, now); err != nil || got != tap {
		t.Fatalf("%+v, %v; want %+v", got, err, tap)
	}
	if _, err := ReadTap(token, tapKey, tap.Expires); !errors.Is(err, ErrTapExpired) {
		t.Errorf("expired: %v", err)
	}
	if _, err := ReadTap(token, []byte("another key"), now); !errors.Is(err, ErrTapForged) {
		t.Errorf("signed by somebody else: %v", err)
	}
	if _, err := ReadTap(token, nil, now); !errors.Is(err, ErrTapForged) {
		t.Errorf("without a key: %v", err)
	}
	raw, err := tapText.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw { // every byte is signed
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		if _, err := ReadTap(tapText.EncodeToString(changed), tapKey, now); !errors.Is(err, ErrTapForged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for _, bad := range []string{"", "x", token[:10], token + "A", strings.ToUpper(token), token + "\n"} {
		if _, err := ReadTap(bad, tapKey, now); !errors.Is(err, ErrTapForged) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	shifted := Tap{Person: "王" + tapSeparator + "强", Do: "done"}
	if got, err := ReadTap(Tap{Person: shifted.Person, Do: "done", Expires: now.Add(time.Hour)}.Token(tapKey), tapKey, now); err != nil || got.Person != "王强" || got.Do != "done" {
		t.Errorf("a separator moves the parts: %+v, %v", got, err)
	}
}

// FuzzTap holds that nothing but what was signed is read.
func FuzzTap(f *testing.F) {
	now := time.Date(2026, 8, 5, 12, 0, 0, 0, time.UTC)
	good := Tap{Person: "王强", Do: TapDone, Incident: "i", Plan: "p", Step: "s", Expires: now.Add(time.Hour), Nonce: "n"}
	f.Add(good.Token(tapKey))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := ReadTap(token, tapKey, now)
		if err == nil && got != good {
			t.Errorf("%q is read as %+v", token, got)
		}
	})
}
