package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/store"
	"watchfire/playbooks"
)

type reportCmd struct {
	Incident string `arg:"" optional:"" help:"Id of the incident; --list prints them."`
	Config   string `help:"Configuration file." short:"c" default:"watchfire.yaml" type:"path"`
	Data     string `help:"Data folder, instead of the one in the configuration; a demo or a drill has no configuration." type:"path"`
	Format   string `help:"html, md, docx or json, of evidence also zip; empty: by the name of the file, else html."`
	Lang     string `help:"Language of the report: zh or en; empty: that of the organisation."`
	Kind     string `help:"full, flash for the one page that is reported upward, or evidence for what is kept as proof." default:"full" enum:"full,flash,evidence"`
	Output   string `help:"Write to this file instead of standard output." short:"o" type:"path"`
	List     bool   `help:"List the incidents of the store."`
	JSON     bool   `help:"With --list: print JSON." name:"json"`
}

// Run writes the report of an incident from the store, whether its daemon runs or not.
func (c *reportCmd) Run(ctx context.Context) (err error) {
	if c.Incident == "" && !c.List {
		return usageError{errors.New("name an incident, or ask for --list")}
	}
	if c.Format == "" {
		c.Format = strings.TrimPrefix(filepath.Ext(c.Output), ".")
	}
	switch c.Format {
	case "":
		c.Format = "html"
	case "html", "md", "docx", "json":
	case "zip":
		if c.Kind != "evidence" {
			return usageError{errors.New("--format zip is for --kind evidence")}
		}
	default:
		return usageError{fmt.Errorf("--format %s: write one of %s", c.Format, strings.Join(playbooks.ReportFormats, ", "))}
	}
	if c.Lang != "" && c.Lang != "zh" && c.Lang != "en" {
		return usageError{fmt.Errorf("--lang %s: write zh or en", c.Lang)}
	}
	cfg, dir, err := c.config()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "watchfire.db")
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("find the store: %w; name its folder with --data", err)
	}
	st, err := store.Open(path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if c.List {
		return c.list(ctx, st)
	}
	return c.write(ctx, cfg, st)
}

// config loads the configuration; with --data it may be missing.
func (c *reportCmd) config() (*daemon.Config, string, error) {
	if c.Data != "" {
		if _, err := os.Stat(c.Config); errors.Is(err, os.ErrNotExist) {
			return nil, c.Data, nil
		}
	}
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return nil, "", err
	}
	if c.Data != "" {
		return cfg, c.Data, nil
	}
	return cfg, cfg.Data, nil
}

func (c *reportCmd) write(ctx context.Context, cfg *daemon.Config, st *store.Store) (err error) {
	in, err := daemon.GatherReport(ctx, cfg, st, c.Incident)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no incident %s; --list prints the incidents", c.Incident)
	}
	if err != nil {
		return err
	}
	if c.Lang != "" {
		in.Lang = c.Lang
	}
	var b bytes.Buffer
	if err := c.make(&b, in); err != nil {
		return err
	}
	if c.Output == "" {
		out := stdout
		if c.Format == "docx" || c.Format == "zip" {
			out = os.Stdout // a package, for a file or another program
		}
		_, err = b.WriteTo(out)
		return err
	}
	if err := os.WriteFile(c.Output, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (c *reportCmd) make(b *bytes.Buffer, in playbooks.ReportInput) error {
	if c.Format == "zip" {
		return playbooks.WriteEvidence(b, in)
	}
	kinds := map[string]func(playbooks.ReportInput) (*playbooks.Report, error){"full": playbooks.NewReport, "flash": playbooks.NewFlash, "evidence": playbooks.NewDossier}
	report, err := kinds[c.Kind](in)
	if err != nil {
		return err
	}
	if c.Format == "docx" {
		if err := daemon.IllustrateReport(report, in.Zone); err != nil {
			return err
		}
	}
	return report.Write(b, c.Format)
}

// listed is an incident as --list prints it.
type listed struct {
	ID     string       `json:"id"`
	Level  crisis.Level `json:"level"`
	Opened time.Time    `json:"opened"`
	Closed time.Time    `json:"closed,omitzero"`
	Title  string       `json:"title"`
}

func (c *reportCmd) list(ctx context.Context, st *store.Store) error {
	var rows []store.IncidentRow
	err := st.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.Incidents(-1, 0)
		return err
	})
	if err != nil {
		return err
	}
	out := make([]listed, 0, len(rows))
	for _, r := range rows {
		out = append(out, listed{r.ID, r.Level, r.Opened, r.Closed, r.Title})
	}
	if c.JSON {
		return json.NewEncoder(stdout).Encode(out)
	}
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for _, r := range out {
		state := "open"
		if !r.Closed.IsZero() {
			state = "closed " + r.Closed.Format("2006-01-02 15:04Z")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Level, r.Opened.Format("2006-01-02 15:04Z"), state, r.Title)
	}
	return w.Flush()
}
