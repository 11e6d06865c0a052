package playbooks

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
)

//go:embed library
var embedded embed.FS

// The files that all playbooks share, below the folder of a library.
const (
	vocabularyFile = "shared/vocabulary.yaml"
	deadlinesFile  = "shared/legal-deadlines.yaml"
)

// builtin is the embedded library; it prints as what it is in messages.
type builtin struct{ fs.FS }

func (builtin) String() string { return "builtin" }

// Builtin returns the library that Watchfire ships.
func Builtin() fs.FS {
	sub, err := fs.Sub(embedded, "library")
	if err != nil {
		panic("playbooks: " + err.Error()) // unreachable: the folder is embedded above
	}
	return builtin{sub}
}

// Library holds playbooks, words and legal deadlines in force. It never changes.
type Library struct {
	playbooks map[string]*Playbook
	deadlines map[string]Deadline
	words     Vocabulary
	replies   []ReplyRule
	faq       faqCategories
	base      *Vocabulary // the shipped words; nil while those themselves are read
}

// Load reads folders of playbooks (*.yaml), each with an optional folder shared
// for words and legal deadlines. Later folders replace earlier entries by id: a
// playbook as a whole, a word or a deadline one by one. The shipped words and
// deadlines are always there to build on; shipped playbooks only if Builtin is
// among the folders. The error holds all Problems, not only the first, and then
// there is no library: whoever has one keeps it.
func Load(dirs ...fs.FS) (*Library, error) {
	l, problems := load(dirs)
	if len(problems) > 0 {
		return nil, problems
	}
	return l, nil
}

// Lint returns all problems of the folders, none when Load would succeed.
func Lint(dirs ...fs.FS) []Problem {
	_, problems := load(dirs)
	return problems
}

// Playbook finds a playbook by its id.
func (l *Library) Playbook(id string) (*Playbook, bool) {
	p, ok := l.playbooks[id]
	return p, ok
}

// Playbooks returns all playbooks in the order of their ids.
func (l *Library) Playbooks() []*Playbook {
	out := make([]*Playbook, 0, len(l.playbooks))
	for _, id := range slices.Sorted(maps.Keys(l.playbooks)) {
		out = append(out, l.playbooks[id])
	}
	return out
}

// Deadline finds a legal deadline by its id.
func (l *Library) Deadline(id string) (Deadline, bool) {
	d, ok := l.deadlines[id]
	return d, ok
}

// Vocabulary returns the words in force, to be read only.
func (l *Library) Vocabulary() *Vocabulary { return &l.words }

// Roles returns the roles in force, in the order of the vocabulary.
func (l *Library) Roles() []Role { return l.words.Roles }

// shipped is the embedded library, loaded once.
var shipped = sync.OnceValue(func() *Library {
	l, err := Load(Builtin())
	if err != nil {
		panic("playbooks: the shipped library: " + err.Error()) // unreachable: tests load it
	}
	return l
})

// Roles returns the roles of the shipped vocabulary.
func Roles() []Role { return shipped().Roles() }

// shippedWords reads the shipped words and deadlines, once. Nothing changes them:
// what is laid over them makes copies.
var shippedWords = sync.OnceValues(func() (*Library, Problems) {
	l := &Library{deadlines: map[string]Deadline{}}
	problems := l.addShared(Builtin())
	return l, problems
})

// load reads and checks everything. Files that cannot be read hide what others
// refer to; then the rules that would only repeat it are left out.
func load(dirs []fs.FS) (*Library, Problems) {
	l, _, problems := read(dirs)
	return l, problems
}

// read is load that also returns the files, by the id of the playbook in each.
// More files are laid over the folders.
func read(dirs []fs.FS, more ...draft) (*Library, map[string]*source, Problems) {
	first, problems := shippedWords()
	l := &Library{playbooks: map[string]*Playbook{}, deadlines: maps.Clone(first.deadlines), words: first.words, base: &first.words, replies: slices.Clone(first.replies), faq: first.faq}
	for _, dir := range dirs {
		if _, own := dir.(builtin); !own {
			problems = append(problems, l.addShared(dir)...)
		}
	}
	words := len(problems) == 0
	sources := map[string]*source{}
	for _, dir := range dirs {
		problems = append(problems, l.addPlaybooks(dir, sources)...)
	}
	for _, d := range more {
		problems = append(problems, l.addPlaybook(d, sources, map[string]string{})...)
	}
	if words {
		problems = append(problems, l.check(sources, len(problems) == 0)...)
	}
	problems.sort()
	return l, sources, problems
}

// addShared overlays the words and deadlines of a folder, if it has any.
func (l *Library) addShared(dir fs.FS) Problems {
	var words Vocabulary
	problems := readShared(dir, vocabularyFile, &words, func(s *source) {
		l.words = l.words.overlay(words)
		l.checkWords(s, &words)
	})
	var replies replyFile
	problems = append(problems, readShared(dir, repliesFile, &replies, func(s *source) { l.addReplies(s, &replies) })...)
	var faq faqCategories
	problems = append(problems, readShared(dir, faqCategoriesFile, &faq, func(s *source) { l.addFAQCategories(s, &faq) })...)
	var file deadlineFile
	return append(problems, readShared(dir, deadlinesFile, &file, func(s *source) {
		checkDeadlines(s, &file)
		for _, d := range file.Deadlines {
			l.deadlines[d.ID] = d
		}
	})...)
}

// readShared decodes one shared file into v and hands it on when it is well formed.
func readShared(dir fs.FS, name string, v any, use func(*source)) Problems {
	file := nameIn(dir, name)
	data, err := readFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return Problems{unreadable(file, err)}
	}
	s := decode(file, data, v)
	if len(s.problems) == 0 {
		use(s)
	}
	return s.problems
}

// addPlaybooks adds the playbooks of a folder. Each well-formed file is kept in
// sources under the id of its playbook, for the rules that come after.
func (l *Library) addPlaybooks(dir fs.FS, sources map[string]*source) Problems {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return Problems{unreadable(nameIn(dir, ""), err)}
	}
	var problems Problems
	here := map[string]string{}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" {
			continue
		}
		file := nameIn(dir, e.Name())
		data, err := readFile(dir, e.Name())
		if err != nil {
			problems = append(problems, unreadable(file, err))
			continue
		}
		problems = append(problems, l.addPlaybook(draft{file, data}, sources, here)...)
	}
	return problems
}

// draft is a file and what is in it.
type draft struct {
	file string
	data []byte
}

// addPlaybook adds the playbook of one file; here holds the ids in the same folder.
func (l *Library) addPlaybook(d draft, sources map[string]*source, here map[string]string) Problems {
	p := &Playbook{file: d.file}
	s := decode(d.file, d.data, p)
	if other, twice := here[p.ID]; twice && len(s.problems) == 0 {
		s.report("id", "give one of them another id", "the playbook %q is in %s too", p.ID, other)
	}
	if len(s.problems) == 0 {
		here[p.ID] = d.file
		l.playbooks[p.ID], sources[p.ID] = p, s
	}
	return s.problems
}

func unreadable(file string, err error) Problem {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // the file is named already
	}
	return Problem{File: file, What: "cannot be read: " + err.Error(), Fix: "check that it exists and may be read"}
}

// readFile reads a file, but never much more than a file of the library may have.
func readFile(dir fs.FS, name string) (data []byte, err error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// nameIn names a file of a folder for messages. A folder of os.DirFS is a string,
// its path; the embedded library says so itself.
func nameIn(dir fs.FS, name string) string {
	root := ""
	if s, ok := dir.(fmt.Stringer); ok {
		root = s.String()
	} else if v := reflect.ValueOf(dir); v.Kind() == reflect.String {
		root = v.String()
	}
	return path.Join(root, name)
}
