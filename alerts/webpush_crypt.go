package alerts

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// fromBase64URL reads base64url with or without padding; browsers write either.
func fromBase64URL(s string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
}

// keys returns the public key of a browser and the secret it shares with us.
func (s *Subscription) keys() (*ecdh.PublicKey, []byte, error) {
	raw, err := fromBase64URL(s.Keys.P256DH)
	if err != nil {
		return nil, nil, errors.New("p256dh: not base64url")
	}
	pub, err := ecdh.P256().NewPublicKey(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("p256dh: %w", err)
	}
	auth, err := fromBase64URL(s.Keys.Auth.Reveal())
	if err != nil || len(auth) != 16 {
		return nil, nil, errors.New("auth: not 16 bytes in base64url")
	}
	return pub, auth, nil
}

// encrypt seals a text for a browser, with a key of its own for every message.
func (s *Subscription) encrypt(text []byte) ([]byte, error) {
	pub, auth, err := s.keys()
	if err != nil {
		return nil, err
	}
	once, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails: it ends the program first
	return seal(text, pub, auth, once, salt)
}

// seal is RFC 8291: keys by ECDH and HKDF, one record of RFC 8188.
func seal(text []byte, pub *ecdh.PublicKey, auth []byte, once *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(text) > pushPlain {
		return nil, fmt.Errorf("%d bytes of text, a push holds %d", len(text), pushPlain)
	}
	shared, err := once.ECDH(pub)
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	ours := once.PublicKey().Bytes()
	secret, err := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(pub.Bytes())+string(ours), 32)
	if err != nil {
		return nil, fmt.Errorf("derive a secret: %w", err)
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, fmt.Errorf("derive a nonce: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	out := append([]byte{}, salt...)
	out = binary.BigEndian.AppendUint32(out, 4096) // size of a record
	out = append(out, byte(len(ours)))
	out = append(out, ours...)
	const last = 2 // this is the last record
	return gcm.Seal(out, nonce, append(append([]byte{}, text...), last), nil), nil
}

// vapid is the header by which a push service knows us (RFC 8292): a token for its
// own origin, good for half a day.
func vapid(key *ecdsa.PrivateKey, endpoint, contact string, now time.Time) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return "", errors.New("the endpoint cannot be used")
	}
	claims, err := encoded(struct {
		Aud string `json:"aud"`
		Exp int64  `json:"exp"`
		Sub string `json:"sub"`
	}{u.Scheme + "://" + u.Host, now.Add(12 * time.Hour).Unix(), contact})
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	enc := base64.RawURLEncoding
	token := enc.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + enc.EncodeToString(claims)
	digest := sha256.Sum256([]byte(token))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	pub, err := key.PublicKey.Bytes()
	if err != nil {
		return "", fmt.Errorf("public key: %w", err)
	}
	return "vapid t=" + token + "." + enc.EncodeToString(sig) + ", k=" + enc.EncodeToString(pub), nil
}
