package playbooks

import (
	"io/fs"
	"strings"
)

// Parse reads one plan as strictly as Load, against the words, legal deadlines and
// other plans of the folders; without any, against the shipped ones. A plan with the
// same id in the folders counts as replaced. File is its name in messages. The error
// holds the Problems of this file, or those of the shared words without which it
// cannot be judged; faults of other plans do not matter here.
func Parse(file string, data []byte, dirs ...fs.FS) (*Playbook, error) {
	if len(dirs) == 0 {
		dirs = []fs.FS{Builtin()}
	}
	const mark = "\x00" // no file of a folder has such a name
	l, _, problems := read(dirs, draft{mark + file, data})
	var wrong Problems
	for _, p := range problems {
		name, mine := strings.CutPrefix(p.File, mark)
		if mine || strings.HasSuffix(name, vocabularyFile) || strings.HasSuffix(name, deadlinesFile) {
			p.File, p.What = name, strings.ReplaceAll(p.What, mark, "")
			wrong = append(wrong, p)
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	for _, p := range l.playbooks {
		if p.file == mark+file {
			p.file = file
			return p, nil
		}
	}
	panic("playbooks: " + file + " has neither a plan nor a problem") // unreachable
}
