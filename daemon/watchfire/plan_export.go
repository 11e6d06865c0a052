package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"watchfire/daemon"
	"watchfire/playbooks"
)

type planExportCmd struct {
	ID     string `arg:"" help:"Id of the plan."`
	Format string `help:"docx for Word, md for Markdown." enum:"docx,md" default:"docx"`
	Out    string `help:"File to write; the id and the format in this folder if none is named." short:"o" type:"path"`
	Config string `help:"Configuration with the folder of plans and the name of the organisation." short:"c" type:"path"`
	Folder string `help:"Folder of plans, instead of that of the configuration." type:"existingdir"`
}

// Run writes a plan as a document. A file that exists is not overwritten.
func (c *planExportCmd) Run() error {
	folder, err := planFolder(c.Folder, c.Config)
	if err != nil {
		return err
	}
	org := ""
	if c.Config != "" {
		cfg, err := daemon.LoadConfig(c.Config)
		if err != nil {
			return err
		}
		org = cfg.Org
	}
	library, err := playbooks.Load(planFolders(folder)...)
	if err != nil {
		return fmt.Errorf("load the plans: %w", err)
	}
	p, ok := library.Playbook(c.ID)
	if !ok {
		return usageError{fmt.Errorf("there is no plan %q; the plans are %s", c.ID, planIDs(library))}
	}
	var out bytes.Buffer
	document := library.Export(p, org)
	if c.Format == "md" {
		err = document.WriteMarkdown(&out)
	} else {
		err = document.WriteDocx(&out)
	}
	if err != nil {
		return err
	}
	if c.Out == "" {
		c.Out = c.ID + "." + c.Format
	}
	if err := writeNew(c.Out, out.Bytes()); err != nil {
		return fmt.Errorf("export plan %s: %w", c.ID, err)
	}
	fmt.Fprintln(stdout, filepath.Clean(c.Out))
	return nil
}

func planIDs(l *playbooks.Library) string {
	var ids []string
	for _, p := range l.Playbooks() {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, ", ")
}

// writeNew writes a file that must not exist yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return fmt.Errorf("%s exists already; name another file with -o or move it away", name)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}
