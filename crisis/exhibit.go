package crisis

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// PostHash is the checksum under which a quoted post is kept (存证): hex SHA-256 over
// source, address, time of publication in UTC, title and text, each after its number of
// bytes and a colon.
func PostHash(source, url string, published time.Time, title, text string) string {
	h := sha256.New()
	for _, part := range []string{source, url, published.UTC().Format(time.RFC3339Nano), title, text} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
