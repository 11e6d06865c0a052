package alerts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"watchfire/crisis"
)

// CAP writes alerts as messages of the Common Alerting Protocol 1.2, one file each,
// beside an Atom feed that lists them: for the systems of an emergency office, which
// read such a folder over a web server or a share. What belongs to one incident
// refers to the messages before it, which the folder itself remembers.
//
// Messages are marked Restricted: they are for people on duty, never for the public.
// A file is complete or not there, also after a power cut.
type CAP struct {
	Folder  string        `yaml:"folder" doc:"existing folder for the messages and index.atom"`
	Sender  string        `yaml:"sender" doc:"who sends, without spaces or commas, such as watchfire@example.gov.cn"`
	Area    string        `yaml:"area" doc:"name of the area that is yours; empty: none is named"`
	URL     string        `yaml:"url" doc:"address under which the folder can be read, for the links of the feed; empty: relative links"`
	Expires time.Duration `yaml:"expires" doc:"for how long a message is in force unless a later one takes its place"`
	Keep    int           `yaml:"keep" doc:"how many messages the folder holds; the oldest are removed"`

	mu sync.Mutex // one writer of the folder at a time
}

// capName is what identifies a sender or a message: no space, comma, < or &.
var capName = regexp.MustCompile(`^[^\s,<&]{1,200}$`)

// Check implements Channel.
func (c *CAP) Check() error {
	var errs []error
	if info, err := os.Stat(c.Folder); c.Folder == "" || err != nil || !info.IsDir() {
		errs = append(errs, fmt.Errorf("folder: %q is no folder; make it, and let the program write there", c.Folder))
	}
	if !capName.MatchString(c.Sender) {
		errs = append(errs, errors.New("sender: write who sends, without spaces or commas, such as watchfire@example.gov.cn"))
	}
	if c.URL != "" && !isWeb(c.URL) {
		errs = append(errs, errors.New("url: write an address that begins with https:// or http://, or nothing"))
	}
	if c.Expires <= 0 {
		errs = append(errs, errors.New("expires: write a duration such as 24h"))
	}
	if c.Keep < 1 {
		errs = append(errs, errors.New("keep: write how many messages the folder holds, such as 200"))
	}
	return errors.Join(errs...)
}

var (
	capFolder = fix{"文件夹不存在或不可写：建好 folder 所指的文件夹，并给程序写权限", "the folder is missing or cannot be written: make the folder named by folder and let the program write there"}
	capSender = fix{"sender 不可用：改成不含空格和逗号的标识", "sender cannot be used: write one without spaces or commas"}
)

// Send writes the message, then the feed that lists it.
func (c *CAP) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return Receipt{}, fmt.Errorf("write message: %w", err)
	}
	if !capName.MatchString(c.Sender) {
		return Receipt{}, &Refused{Fix: capSender.in(a.Lang), Err: errors.New("write message: the sender cannot be used")}
	}
	name, err := c.write(a)
	if err == nil {
		return Receipt{Ref: name, Detail: name}, nil
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EROFS) {
		return Receipt{}, &Refused{Fix: capFolder.in(a.Lang), Err: err}
	}
	return Receipt{}, err
}

func (c *CAP) write(a crisis.Alert) (string, error) {
	before, err := c.messages()
	if err != nil {
		return "", err
	}
	m := c.message(a)
	before = slices.DeleteFunc(before, func(x capFile) bool { return x.Identifier == m.Identifier }) // a second copy
	m.refer(before, a)
	text, err := xml.MarshalIndent(m, "", " ")
	if err != nil {
		return "", fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	name := m.Identifier + ".xml"
	if err := replaceFile(filepath.Join(c.Folder, name), append([]byte(xml.Header), text...)); err != nil {
		return "", fmt.Errorf("write message: %w", err)
	}
	all := slices.Concat([]capFile{{name, *m}}, before)
	slices.SortStableFunc(all, func(x, y capFile) int { return y.at().Compare(x.at()) })
	for len(all) > c.Keep {
		if err := os.Remove(filepath.Join(c.Folder, all[len(all)-1].name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("remove the oldest message: %w", err)
		}
		all = all[:len(all)-1]
	}
	feed, err := xml.MarshalIndent(c.feed(all), "", " ")
	if err != nil {
		return "", fmt.Errorf("encode the feed: %w", err)
	}
	if err := replaceFile(filepath.Join(c.Folder, "index.atom"), append([]byte(xml.Header), feed...)); err != nil {
		return "", fmt.Errorf("write the feed: %w", err)
	}
	return name, nil
}

// capFile is a message in the folder.
type capFile struct {
	name string
	capMessage
}

func (f *capFile) at() time.Time {
	at, _ := time.Parse(time.RFC3339, f.Sent) // read before: a file without a time was left out
	return at
}

// messages reads those of ours that the folder holds, oldest first; what else lies
// there is left alone.
func (c *CAP) messages() ([]capFile, error) {
	entries, err := os.ReadDir(c.Folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder: %w", err)
	}
	var out []capFile
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), capPrefix) || !strings.HasSuffix(e.Name(), ".xml") || !e.Type().IsRegular() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(c.Folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read message: %w", err)
		}
		f := capFile{name: e.Name()}
		if err := xml.Unmarshal(b, &f.capMessage); err != nil {
			continue
		}
		if _, err := time.Parse(time.RFC3339, f.Sent); err == nil {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(x, y capFile) int { return x.at().Compare(y.at()) })
	return out, nil
}

// replaceFile puts a file in place whole: written beside it, on disk, then renamed.
func replaceFile(file string, text []byte) (err error) {
	dir := filepath.Dir(file)
	f, err := os.CreateTemp(dir, ".watchfire-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644) // for the server that hands the folder out
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync() // the new name
}

const capPrefix = "watchfire-"

// capID is the identifier of a message and the name of its file: the alert's own id
// as far as a file may be named so.
func capID(id string) string {
	safe := strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(".-_", r)) {
			return r
		}
		return '_'
	}, id)
	if safe == id && len(id) <= 120 {
		return capPrefix + id
	}
	sum := sha256.Sum256([]byte(id))
	return capPrefix + safe[:min(len(safe), 80)] + "-" + hex.EncodeToString(sum[:8])
}

// capTime writes a time as CAP wants it: with an offset, which is -00:00 for UTC.
func capTime(at time.Time, zone *time.Location) string {
	s := at.In(zone).Format("2006-01-02T15:04:05-07:00")
	if z, ok := strings.CutSuffix(s, "+00:00"); ok {
		return z + "-00:00"
	}
	return s
}

// capIncident names what an alert belongs to.
func capIncident(a crisis.Alert) string {
	if a.Trouble != nil {
		return capID("trouble." + string(a.Trouble.Part) + "." + a.Trouble.Name)
	}
	return capID(cmp.Or(a.Incident, a.ID))
}
