package console

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// sendCSV sends a table for spreadsheets: with a mark by which they know UTF-8, and
// no cell that they take for a formula.
func sendCSV(w http.ResponseWriter, name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = harmless(cell)
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("write %s.csv: %w", name, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write %s.csv: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+plainName(name)+`.csv"`)
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = b.WriteTo(w) // the reader has gone away: there is nobody to tell
	return nil
}

// harmless keeps a spreadsheet from running what somebody wrote.
func harmless(cell string) string {
	cell = clean(cell, 300)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, "'\"")); cell == "" || !strings.ContainsRune("=+-@|＝＋－＠", first) {
		return cell
	}
	if _, err := strconv.ParseFloat(strings.TrimSuffix(cell, "%"), 64); err == nil {
		return cell
	}
	return "'" + cell
}

// plainName keeps of a file's name what every system takes.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, s)
}

// decimal writes a number for other programs.
func decimal(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return ""
	}
	return strconv.FormatFloat(math.Round(1000*f)/1000, 'f', -1, 64)
}
