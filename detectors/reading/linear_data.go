package reading

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ReadExamples reads labelled texts: a line each, label, text and optionally the
// set, separated by tabs; plain or gz. Empty lines and those that begin with # are
// passed over. The set of a line without one is the name of
// the file.
func ReadExamples(file string) ([]Example, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read examples: %w", err)
	}
	defer f.Close()
	in := io.Reader(f)
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, fmt.Errorf("read examples of %s: %w", file, err)
		}
	}
	set, _, _ := strings.Cut(filepath.Base(file), ".")
	out, err := parseExamples(in, set)
	if err != nil {
		return nil, fmt.Errorf("read examples of %s: %w", file, err)
	}
	return out, nil
}

func parseExamples(in io.Reader, set string) ([]Example, error) {
	var out []Example
	r := bufio.NewReader(in)
	for n := 1; ; n++ {
		line, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if text := strings.TrimRight(line, "\r\n"); text != "" && text[0] != '#' {
			f := strings.Split(text, "\t")
			if len(f) < 2 || len(f) > 3 {
				return nil, fmt.Errorf("line %d: %d columns; a line is label, text, set", n, len(f))
			}
			if _, ok := labels[f[0]]; !ok {
				return nil, fmt.Errorf("line %d: unknown label %q; the labels are %s", n, f[0], labelNames())
			}
			e := Example{Label: f[0], Text: f[1], Set: set}
			if len(f) == 3 {
				e.Set = f[2]
			}
			out = append(out, e)
		}
		if err == io.EOF {
			break
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there are no examples")
	}
	return out, nil
}

func labelNames() string {
	return strings.Join(slices.Sorted(maps.Keys(labels)), ", ")
}
