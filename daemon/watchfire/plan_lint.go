package main

import (
	"encoding/json"
	"fmt"
	"time"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/playbooks"
)

type planLintCmd struct {
	Folder string `arg:"" optional:"" help:"Folder of plans; that of the configuration if none is named, and the shipped plans without either." type:"existingdir"`
	Config string `help:"Configuration with the topics that need plans." short:"c" type:"path"`
	Months int    `help:"Age in months from which a plan should be reviewed." default:"12"`
	All    bool   `help:"Also print what is only worth a look."`
	Lang   string `help:"Language of the findings: zh or en; that of the configuration, or English, if none is named." enum:"zh,en," default:""`
	JSON   bool   `help:"Print JSON, all findings." name:"json"`
}

// Run prints what is to be said about a folder of plans, and fails if one of them
// would not load.
func (c *planLintCmd) Run() error {
	office := playbooks.Office{Now: time.Now(), Months: c.Months}
	folder, lang := c.Folder, c.Lang
	if c.Config != "" {
		cfg, err := daemon.LoadConfig(c.Config)
		if err != nil {
			return err
		}
		office.Roles = daemon.HeldRoles(cfg)
		office.Topics = append([]crisis.Topic{}, cfg.Topics...)
		if folder == "" {
			folder = cfg.Playbooks
		}
		if lang == "" {
			lang = cfg.Lang
		}
	}
	if lang == "" {
		lang = "en"
	}
	office.Shipped = folder == ""
	found := playbooks.Examine(office, planFolders(folder)...)
	count := map[playbooks.Severity]int{}
	for _, f := range found {
		count[f.Severity]++
		if !c.JSON && (c.All || f.Severity > playbooks.SeverityInfo) {
			fmt.Fprintln(stdout, f.In(lang))
		}
	}
	if c.JSON {
		if found == nil {
			found = []playbooks.Finding{} // a list to whoever reads it
		}
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(found); err != nil {
			return fmt.Errorf("write the findings: %w", err)
		}
	} else {
		c.sum(count)
	}
	if n := count[playbooks.SeverityError]; n > 0 {
		return fmt.Errorf("plan lint: errors: %d; the plans do not load", n)
	}
	return nil
}

func (c *planLintCmd) sum(count map[playbooks.Severity]int) {
	line := fmt.Sprintf("errors: %d, warnings: %d, infos: %d",
		count[playbooks.SeverityError], count[playbooks.SeverityWarn], count[playbooks.SeverityInfo])
	if !c.All && count[playbooks.SeverityInfo] > 0 {
		line += " (--all prints them)"
	}
	fmt.Fprintln(stdout, line)
}
