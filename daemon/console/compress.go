package console

import (
	"compress/gzip"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const (
	// leastPacked is the size from which an answer is compressed: a smaller one fits one packet.
	leastPacked = 1300
	// packing is the level of compression: higher ones cost twice the time for a tenth less.
	packing = 4
)

// packable are the types of answers that become smaller.
var packable = map[string]bool{
	"text/html": true, "text/css": true, "text/javascript": true, "text/csv": true, "image/svg+xml": true,
	"application/json": true, "application/problem+json": true,
}

// packers are writers to be used again: each has some hundred kilobytes of tables.
var packers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, packing)
	if err != nil {
		panic(err) // unreachable: the level is a constant that exists
	}
	return z
}}

// packed compresses what is read. Length tells of a text what it holds only to those who
// can have a reader ask for it with words of their own (BREACH): our cookie comes with no
// request from another site, and answers to forms, which may show a secret once, are sent
// as they are.
func packed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("Range") != "" {
			next.ServeHTTP(w, r)
			return
		}
		p := &packer{ResponseWriter: w, wanted: wantsPacked(r)}
		defer p.close()
		next.ServeHTTP(p, r)
	})
}

// wantsPacked says whether the reader can unpack.
func wantsPacked(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !ok || err == nil && weight > 0
		}
	}
	return false
}

// packer decides by the header of an answer whether its body is compressed.
type packer struct {
	http.ResponseWriter
	wanted bool
	begun  bool
	zip    *gzip.Writer // nil: the body goes out as it is
}

// Unwrap is for http.ResponseController.
func (p *packer) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (p *packer) WriteHeader(status int) {
	if p.begun {
		return
	}
	p.begun = status >= http.StatusOK
	h := p.Header()
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err == nil && packable[kind] && h.Get("Content-Encoding") == "" {
		h.Add("Vary", "Accept-Encoding")
		n, err := strconv.Atoi(h.Get("Content-Length"))
		if p.wanted && status != http.StatusNoContent && status != http.StatusNotModified && (err != nil || n >= leastPacked) {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			p.zip = packers.Get().(*gzip.Writer)
			p.zip.Reset(p.ResponseWriter)
		}
	}
	p.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (p *packer) Write(b []byte) (int, error) {
	if !p.begun {
		p.WriteHeader(http.StatusOK)
	}
	if p.zip != nil {
		return p.zip.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// close ends a compressed body.
func (p *packer) close() {
	if p.zip == nil {
		return
	}
	_ = p.zip.Close() // the reader has gone away: there is nobody to tell
	p.zip.Reset(nil)  // what it wrote to is let go
	packers.Put(p.zip)
	p.zip = nil
}
