package main

import (
	"encoding/json"

	"watchfire/daemon"
)

type kindsCmd struct {
	JSON bool `help:"Print JSON." name:"json"`
}

// Run prints the reference of the configuration.
func (c *kindsCmd) Run() error {
	if c.JSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(daemon.Reference())
	}
	return daemon.WriteReference(stdout)
}
