package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"watchfire/playbooks"
)

type planImportCmd struct {
	File   string `arg:"" help:"Document to read: .docx or .md." type:"existingfile"`
	Out    string `help:"File to write." short:"o" default:"draft.yaml" type:"path"`
	Config string `help:"Configuration with the folder of plans, for its roles and deadlines." short:"c" type:"path"`
	Folder string `help:"Folder of plans, instead of that of the configuration." type:"existingdir"`
}

// Run writes a draft of a plan and names what it could not place.
func (c *planImportCmd) Run() error {
	folder, err := planFolder(c.Folder, c.Config)
	if err != nil {
		return err
	}
	library, err := playbooks.Load(planFolders(folder)...)
	if err != nil {
		return fmt.Errorf("load the plans: %w", err)
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var document *playbooks.Document
	switch ext := strings.ToLower(filepath.Ext(c.File)); ext {
	case ".docx":
		document, err = playbooks.ReadDocx(data)
	case ".md", ".markdown", ".txt":
		document, err = playbooks.ReadMarkdown(data)
	default:
		return usageError{fmt.Errorf("%s is neither .docx nor .md: save it as one of them", c.File)}
	}
	if err != nil {
		return fmt.Errorf("import %s: %w", c.File, err)
	}
	draft, left := library.Draft(document)
	if err := writeNew(c.Out, draft); err != nil {
		return fmt.Errorf("import %s: %w", c.File, err)
	}
	fmt.Fprintf(stdout, "%s\nnot placed: %d; they stand under 未归类 at its end\n", filepath.Clean(c.Out), len(left))
	for _, p := range left {
		fmt.Fprintln(stdout, "  "+p.Where+"："+p.Text)
	}
	return nil
}
