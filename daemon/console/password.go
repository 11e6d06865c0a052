package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"watchfire/daemon/store"
)

// hashBytes is the length of a hash.
const hashBytes = 32

// shortest and longest password anybody may choose, in characters and bytes.
const (
	shortest = 12
	longest  = 512
)

// hashing lets two hashes be computed at a time: a crowd at the door must not
// take the memory of the daemon.
var hashing = make(chan struct{}, 2)

// hashed returns the argon2id hash of a password in the usual form.
func hashed(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	key, err := argon(ctx, password, salt, hashPasses, hashMemory, hashBytes)
	if err != nil {
		return "", err
	}
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashPasses, text(salt), text(key)), nil
}

func argon(ctx context.Context, password string, salt []byte, passes, memory, size uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, passes, memory, 1, size), nil
}

// matches says whether a password has this hash.
func matches(ctx context.Context, password, hash string) (bool, error) {
	var version int
	var memory, passes uint32
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("the stored password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &memory, &passes); err != nil ||
		version != argon2.Version || memory > 1<<20 || passes > 64 || passes == 0 {
		return false, errors.New("the stored password hash has unknown parameters")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("the stored password hash has a broken salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 128 {
		return false, errors.New("the stored password hash is broken")
	}
	got, err := argon(ctx, password, salt, passes, memory, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// acceptable says what is wrong with a chosen password, if anything.
func acceptable(user, password, again string, onetime bool) error {
	switch {
	case utf8.RuneCountInString(password) < shortest:
		return wrong{http.StatusUnprocessableEntity, "err.pw.short"}
	case len(password) > longest:
		return wrong{http.StatusUnprocessableEntity, "err.pw.long"}
	case password != again:
		return wrong{http.StatusUnprocessableEntity, "err.pw.again"}
	case onetime, strings.EqualFold(strings.Repeat(user, 1+shortest/max(len(user), 1))[:shortest], password[:shortest]), sameRune(password):
		return wrong{http.StatusUnprocessableEntity, "err.pw.easy"}
	}
	return nil
}

// sameRune says whether a password is one character over and over.
func sameRune(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(first)) == ""
}

// Admin is the user that exists from the first start.
const Admin = "admin"

// FirstRun makes sure that somebody can log in: while the user admin has not
// chosen a password, it returns a fresh one-time password, to be printed at the
// start; afterwards "".
func FirstRun(ctx context.Context, s *store.Store, now time.Time) (string, error) {
	password, hash, err := onetime(ctx)
	if err != nil {
		return "", err
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(Admin)
		switch {
		case errors.Is(err, store.ErrNotFound):
			u = store.User{Name: Admin, Role: roleAdmin, Created: now}
		case err != nil:
			return err
		case !u.MustChange:
			password = ""
			return nil
		}
		u.Password, u.MustChange = hash, true
		return tx.SetUser(u)
	})
	if err != nil {
		return "", fmt.Errorf("set up the user %s: %w", Admin, err)
	}
	return password, nil
}

// onetime returns a password that is easy to read aloud, 80 bits in groups of four, and its
// hash.
func onetime(ctx context.Context) (password, hash string, err error) {
	t := strings.ToLower(rand.Text())
	password = t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
	if hash, err = hashed(ctx, password); err != nil {
		return "", "", fmt.Errorf("hash the one-time password: %w", err)
	}
	return password, hash, nil
}
