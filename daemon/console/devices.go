package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"watchfire/daemon/store"
)

// deviceCookie marks a browser from which a user has logged in before. It opens nothing:
// it gives the user tries of their own, so that no stranger who guesses under their name
// keeps them out at 3 a.m. (OWASP calls this a device cookie.)
const (
	deviceCookie = "watchfire_device"
	deviceLife   = 180 * 24 * time.Hour

	settingDeviceKey = "console.device.key"
)

// deviceKey is the key under which device cookies are signed; the first log-in leaves one
// in the store.
func deviceKey(tx *store.Tx) ([]byte, error) {
	text, err := tx.Setting(settingDeviceKey)
	if errors.Is(err, store.ErrNotFound) || err == nil && text == "" {
		key := make([]byte, 32)
		rand.Read(key)
		text = hex.EncodeToString(key)
		err = tx.SetSetting(settingDeviceKey, text)
	}
	if err != nil {
		return nil, fmt.Errorf("key of the device cookies: %w", err)
	}
	return hex.DecodeString(text)
}

// deviceToken is a fresh value of the cookie for a user: when it ends, a number of its own,
// and the signature of both and the name.
func deviceToken(key []byte, user string, now time.Time) string {
	head := strconv.FormatInt(now.Add(deviceLife).Unix(), 36) + "." + rand.Text()
	return head + "." + deviceSign(key, head, user)
}

func deviceSign(key []byte, head, user string) string {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s\x00%s", head, strings.ToLower(user))
	return hex.EncodeToString(m.Sum(nil))
}

// deviceOf returns what names the browser of a request among those from which a user has
// logged in before; "" for any other.
func (c *Console) deviceOf(r *http.Request, user string) (string, error) {
	k, err := r.Cookie(deviceCookie)
	if err != nil {
		return "", nil
	}
	i := strings.LastIndexByte(k.Value, '.')
	if i < 0 || len(k.Value) > 200 {
		return "", nil
	}
	text := ""
	err = c.Store.View(r.Context(), func(tx *store.Tx) (err error) {
		text, err = tx.Setting(settingDeviceKey)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("key of the device cookies: %w", err)
	}
	key, err := hex.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("key of the device cookies: %w", err)
	}
	head := k.Value[:i]
	if !hmac.Equal([]byte(deviceSign(key, head, user)), []byte(k.Value[i+1:])) {
		return "", nil
	}
	end, _, _ := strings.Cut(head, ".")
	if until, err := strconv.ParseInt(end, 36, 64); err != nil || until <= c.Now().Unix() {
		return "", nil
	}
	return head, nil
}

// doorKeys are the keys under which a log-in takes its tries: those of the browser, if the
// user has logged in from it before, else those of the address and of the name.
func (c *Console) doorKeys(r *http.Request, name string) ([]string, error) {
	device, err := c.deviceOf(r, name)
	if err != nil {
		return nil, err
	}
	if device != "" {
		return []string{"d " + device}, nil
	}
	return []string{"a " + address(r), "u " + strings.ToLower(name)}, nil
}

// ownDoor is the key under which somebody who is logged in shows their password again: of
// nobody else, so that strangers cannot keep them from changing it.
func ownDoor(user string) string { return "p " + strings.ToLower(user) }
