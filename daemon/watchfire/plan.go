package main

import (
	"io/fs"
	"os"

	"watchfire/playbooks"
)

// planCmd holds what can be done with emergency plans on the command line.
type planCmd struct {
	Lint   planLintCmd   `cmd:"" help:"Check plans: what is wrong, what an organisation has to look at, and how to mend it."`
	Diff   planDiffCmd   `cmd:"" help:"Say in words how two plans, or two versions of one, differ."`
	Export planExportCmd `cmd:"" help:"Write a plan as Word or Markdown under the headings of official plans."`
	Import planImportCmd `cmd:"" help:"Make a draft of a plan from a Word or Markdown document."`
}

// planFolders returns the folders that make up a library: the shipped plans and,
// if there is one, the folder of the organisation.
func planFolders(own string) []fs.FS {
	dirs := []fs.FS{playbooks.Builtin()}
	if own != "" {
		dirs = append(dirs, os.DirFS(own))
	}
	return dirs
}
