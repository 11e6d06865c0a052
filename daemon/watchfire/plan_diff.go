package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"watchfire/daemon"
	"watchfire/playbooks"
)

type planDiffCmd struct {
	Old    string `arg:"" help:"A file, the id of a plan, or id@version for an earlier version."`
	New    string `arg:"" help:"The same for what it is compared with."`
	Config string `help:"Configuration with the folder of plans." short:"c" type:"path"`
	Folder string `help:"Folder of plans, instead of that of the configuration." type:"existingdir"`
	Lang   string `help:"Language: zh or en." enum:"zh,en" default:"zh"`
	Text   bool   `help:"Also print the difference of the files, line by line."`
	JSON   bool   `help:"Print JSON." name:"json"`
}

// Run says in words how two plans differ.
func (c *planDiffCmd) Run() error {
	folder, err := planFolder(c.Folder, c.Config)
	if err != nil {
		return err
	}
	dirs := planFolders(folder)
	var texts [2][]byte
	var plans [2]*playbooks.Playbook
	for i, name := range []string{c.Old, c.New} {
		if texts[i], err = planText(folder, name); err != nil {
			return err
		}
		if plans[i], err = playbooks.Parse(name, texts[i], dirs...); err != nil {
			return fmt.Errorf("read the plan %s: %w", name, err)
		}
	}
	library, err := playbooks.Load(dirs...)
	if err != nil {
		return fmt.Errorf("load the plans: %w", err)
	}
	found := library.Diff(plans[0], plans[1])
	if c.JSON {
		if found == nil {
			found = []playbooks.Difference{}
		}
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(found)
	}
	for _, d := range found {
		fmt.Fprintln(stdout, d.What.In(c.Lang))
	}
	if len(found) == 0 {
		fmt.Fprintln(stdout, playbooks.Text{ZH: "内容没有差别", EN: "no difference in content"}.In(c.Lang))
	}
	if c.Text {
		fmt.Fprint(stdout, "\n"+playbooks.Unified(c.Old, c.New, texts[0], texts[1]))
	}
	return nil
}

// planFolder is the folder of the organisation's plans, "" if it has none.
func planFolder(folder, config string) (string, error) {
	if folder != "" || config == "" {
		return folder, nil
	}
	cfg, err := daemon.LoadConfig(config)
	if err != nil {
		return "", err
	}
	return cfg.Playbooks, nil
}

// planText reads a plan: a file, or an id, with @ and a version for an earlier one.
func planText(folder, name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || strings.ContainsAny(name, "/.") && !strings.Contains(name, "@") {
		return data, err
	}
	id, version, _ := strings.Cut(name, "@")
	if folder == "" {
		return playbooks.ReadVersion(playbooks.Builtin(), id, version)
	}
	return playbooks.ReadVersion(os.DirFS(folder), id, version)
}
