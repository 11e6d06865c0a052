package main

import (
	"encoding/json"
	"os"

	"watchfire/daemon"
)

type kindsCmd struct {
	JSON bool `help:"Print JSON." name:"json"`
}

// Run prints the reference of the configuration.
func (c *kindsCmd) Run() error {
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(daemon.Reference())
	}
	return daemon.WriteReference(os.Stdout)
}
