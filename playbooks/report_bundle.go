package playbooks

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// bundle is a zip file that lists the checksums of its files.
type bundle struct {
	zip  *zip.Writer
	at   time.Time
	sums strings.Builder
}

func (b *bundle) add(name string, content []byte) error {
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.at.UTC()})
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	fmt.Fprintf(&b.sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	return nil
}

// WriteEvidence writes what is kept as evidence of an incident as a zip file: the list to
// print, the manifest for programs, each text in a file of its own, the chain of events,
// and SHA256SUMS over all of them, which sha256sum -c checks.
func WriteEvidence(w io.Writer, in ReportInput) error {
	r, err := NewDossier(in)
	if err != nil {
		return err
	}
	b := &bundle{zip: zip.NewWriter(w), at: in.Now}
	for _, format := range []string{"html", "json"} {
		var out bytes.Buffer
		if err := r.Write(&out, format); err != nil {
			return err
		}
		name := "list.html"
		if format == "json" {
			name = "manifest.json"
		}
		if err := b.add(name, out.Bytes()); err != nil {
			return err
		}
	}
	for i := range in.Exhibits {
		if x := &in.Exhibits[i]; x.State != "gone" {
			if err := b.add(fmt.Sprintf("texts/%03d.txt", x.N), []byte(x.Text)); err != nil {
				return err
			}
		}
	}
	var chain bytes.Buffer
	lines := json.NewEncoder(&chain)
	for i := range in.Events {
		if err := lines.Encode(&in.Events[i]); err != nil {
			return fmt.Errorf("pack the events of %s: %w", r.Incident, err)
		}
	}
	if err := b.add("events.jsonl", chain.Bytes()); err != nil {
		return err
	}
	sums := b.sums.String()
	if err := b.add("SHA256SUMS", []byte(sums)); err != nil {
		return err
	}
	if err := b.zip.Close(); err != nil {
		return fmt.Errorf("pack the evidence of %s: %w", r.Incident, err)
	}
	return nil
}
