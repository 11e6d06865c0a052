package main

import (
	"encoding/json"
	"fmt"

	"watchfire/daemon"
)

type versionCmd struct {
	JSON bool `help:"Print JSON." name:"json"`
}

// Run prints version, commit and Go version.
func (c *versionCmd) Run() error {
	v := daemon.BuildVersion()
	if c.JSON {
		return json.NewEncoder(stdout).Encode(v)
	}
	_, err := fmt.Fprintln(stdout, v)
	return err
}
