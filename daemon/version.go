package daemon

import (
	"fmt"
	"runtime/debug"
)

// release is the version of the source; releases raise it.
const release = "0.1.0"

// Version says which Watchfire this is.
type Version struct {
	Release string `json:"release"`
	Commit  string `json:"commit,omitempty"`
	Dirty   bool   `json:"dirty,omitempty"` // built from files that were not committed
	Go      string `json:"go"`
}

// String is one line for people.
func (v Version) String() string {
	s := "watchfire " + v.Release
	if v.Commit != "" {
		s += " (" + v.Commit
		if v.Dirty {
			s += ", changed"
		}
		s += ")"
	}
	return s + " " + v.Go
}

// BuildVersion reads the version from the running program.
func BuildVersion() Version {
	v := Version{Release: release}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value[:min(12, len(s.Value))]
		case "vcs.modified":
			v.Dirty = s.Value == "true"
		}
	}
	return v
}

// userAgent is the one honest name under which sites are read.
func userAgent(contact string) string {
	if contact == "" {
		return "Watchfire/" + release
	}
	return fmt.Sprintf("Watchfire/%s (+%s)", release, contact)
}
