package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"watchfire/daemon"
	"watchfire/playbooks"
)

type planLintCmd struct {
	Folder string `arg:"" optional:"" help:"Folder of plans; the shipped ones and those of the configuration if none is named." type:"existingdir"`
	Config string `help:"Configuration with the topics that need plans, and with the folder of plans if none is named." short:"c" type:"path"`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Run prints the problems of a folder of plans, and fails if there are any.
func (c *planLintCmd) Run() error {
	folder := c.Folder
	if c.Config != "" {
		cfg, err := daemon.LoadConfig(c.Config)
		if err != nil {
			return err
		}
		if folder == "" {
			folder = cfg.Playbooks
		}
	}
	dirs := []fs.FS{playbooks.Builtin()}
	if folder != "" {
		dirs = append(dirs, os.DirFS(folder))
	}
	problems := playbooks.Lint(dirs...)
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Println(p)
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("plan lint: %d problems", len(problems))
	}
	return nil
}
