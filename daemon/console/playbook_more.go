package console

import (
	"fmt"
	"io/fs"
	"os"
	"slices"

	"watchfire/playbooks"
)

// planFinding is something about the plans that a person should look at.
type planFinding struct {
	Class string // error, warn or info
	Word  string
	Where string
	What  string
	Fix   string
}

// planVersion is an earlier version of a plan.
type planVersion struct {
	Name string
	On   bool // its difference is shown
}

// planFolders are the folders of plans in the order in which they are laid over each other.
func (c *Console) planFolders() []fs.FS {
	if c.PlanFolder == "" {
		return []fs.FS{playbooks.Builtin()}
	}
	return []fs.FS{playbooks.Builtin(), os.DirFS(c.PlanFolder)}
}

// checkPlans looks through all plans as `watchfire plan lint` does: the organisation's own,
// or the shipped ones where there are no others.
func (c *Console) checkPlans(t tongue) []planFinding {
	office := playbooks.Office{Topics: c.Topics(), Now: t.now, Shipped: c.PlanFolder == ""}
	out := []planFinding{}
	for _, f := range playbooks.Examine(office, c.planFolders()...) {
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if f.Key != "" {
			where += " " + f.Key
		}
		out = append(out, planFinding{
			f.Severity.String(), t.sayOr("severity.", f.Severity.String()), clean(where, 120), clean(f.What.In(t.lang), 400), clean(f.Fix.In(t.lang), 400),
		})
	}
	return out
}

// fillVersions lists the earlier versions of a plan, and tells what has changed since one.
func (c *Console) fillVersions(p *playbookPage, b *playbooks.Playbook, since string) error {
	if c.PlanFolder == "" {
		return nil
	}
	folder := os.DirFS(c.PlanFolder)
	names, err := playbooks.Versions(folder, b.ID)
	if err != nil {
		return err
	}
	for _, name := range slices.Backward(names) {
		p.Versions = append(p.Versions, planVersion{clean(name, 20), name == since})
		if name != since {
			continue
		}
		text, err := playbooks.ReadVersion(folder, b.ID, since)
		if err != nil {
			return err
		}
		old, err := playbooks.Parse(b.ID+".yaml", text, c.planFolders()...)
		if err != nil {
			return fmt.Errorf("read version %s of plan %s: %w", since, b.ID, err)
		}
		p.Since = clean(since, 20)
		for _, d := range c.Playbooks.Diff(old, b) {
			p.Changes = append(p.Changes, cleanText(d.What.In(p.lang), 600))
		}
	}
	return nil
}
