package alerts

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"watchfire/crisis"
)

// Exec hands alerts to a program of your own: the alert as JSON on its standard
// input, the most needed of it in the environment. Arguments go to the program as
// they are, never through a shell.
//
// The program says by its exit status what became of the alert, with the numbers of
// sysexits.h: 0 sent; 75, and 71 and 74 for trouble of the machine, try again later;
// any other refused. A program that does not
// end in time is ended with all that it started, and tried again later.
type Exec struct {
	Command string        `yaml:"command" doc:"absolute path of the program"`
	Args    []string      `yaml:"args" doc:"its arguments, each as it is; no shell reads them"`
	Secret  crisis.Secret `yaml:"secret" doc:"a secret for the program, in WATCHFIRE_SECRET"`
	Timeout time.Duration `yaml:"timeout" doc:"longest time it may take"`
}

// Check implements Channel.
func (e *Exec) Check() error {
	var errs []error
	switch info, err := os.Stat(e.Command); {
	case !filepath.IsAbs(e.Command):
		errs = append(errs, errors.New("command: write the absolute path of a program, such as /usr/local/bin/send-alert"))
	case err != nil:
		errs = append(errs, fmt.Errorf("command: %w", err))
	case info.IsDir() || info.Mode()&0o111 == 0:
		errs = append(errs, fmt.Errorf("command: %s is no program; make it executable with chmod +x", e.Command))
	}
	for _, arg := range e.Args {
		if strings.ContainsRune(arg, 0) {
			errs = append(errs, errors.New("args: an argument holds a zero byte"))
		}
	}
	if e.Timeout <= 0 {
		errs = append(errs, errors.New("timeout: write a duration such as 30s"))
	}
	return errors.Join(errs...)
}

// exitPasses are the exit statuses of what passes: EX_OSERR, EX_IOERR, EX_TEMPFAIL.
var exitPasses = map[int]bool{71: true, 74: true, 75: true}

// What a person can do when the program does not send an alert.
var (
	execMissing = fix{"程序不存在或不能执行：核对 command 的路径和权限", "the program is missing or may not be executed: check the path in command and its permissions"}
	execUsage   = fix{"程序不认所给的参数：核对 args", "the program does not understand its arguments: check args"}
	execData    = fix{"程序看不懂告警内容：请维护人员核对它读取 JSON 的部分", "the program does not understand the alert: have its maintainer check how it reads the JSON"}
	execAddress = fix{"程序找不到收件方：核对程序里的收件地址", "the program does not find the recipient: check the address that it sends to"}
	execAccess  = fix{"程序没有权限：核对它的账号、令牌和文件权限", "the program lacks a permission: check its account, its token and its files"}
	execConfig  = fix{"程序的配置有误：按它的报错改正", "the program's configuration is wrong: correct it by what it says"}
	execFailed  = fix{"程序报错退出：按它的报错改正；只是暂时发不出去的，程序应以 75 退出", "the program failed: correct it by what it says; if it only cannot send for now it should exit with 75"}
)

// execFixes says what a person can do, by the exit status: those of sysexits.h, and
// what a shell says of a program that it cannot run.
var execFixes = map[int]fix{
	64: execUsage, 65: execData, 66: execConfig, 67: execAddress, 68: execAddress, 72: execConfig, 73: execAccess, 77: execAccess, 78: execConfig,
	126: execMissing, 127: execMissing,
}

// Send runs the program.
func (e *Exec) Send(ctx context.Context, a crisis.Alert) (Receipt, error) {
	input, err := e.input(a)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode alert %s: %w", a.ID, err)
	}
	timed, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	cmd := exec.CommandContext(timed, e.Command, e.Args...)
	var out, complaint tail
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = e.environment(a), bytes.NewReader(input), &out, &complaint
	inGroup(cmd)
	cmd.WaitDelay = time.Second // for a child that left the group and holds on to our pipes
	err = cmd.Run()
	said := hush(complaint.line(), []string{e.Secret.Reveal()})
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // it exited with 0, and left somebody behind
		return Receipt{Detail: hush(out.line(), []string{e.Secret.Reveal()})}, nil
	case ctx.Err() != nil:
		return Receipt{}, fmt.Errorf("run %s: %w", e.name(), ctx.Err())
	case timed.Err() != nil:
		return Receipt{}, &Later{Err: fmt.Errorf("run %s: not done after %s, ended; %s", e.name(), e.Timeout, said)}
	case !errors.As(err, &exit):
		return Receipt{}, e.unstarted(err, a.Lang)
	case exitPasses[exit.ExitCode()]:
		return Receipt{}, &Later{Err: fmt.Errorf("%s exited with %d: %s", e.name(), exit.ExitCode(), said)}
	case exit.ExitCode() < 0: // somebody ended it, such as the system when memory is short
		return Receipt{}, &Later{Err: fmt.Errorf("%s: %s; %s", e.name(), exit.ProcessState, said)}
	}
	f, ok := execFixes[exit.ExitCode()]
	if !ok {
		f = execFailed
	}
	return Receipt{}, &Refused{Fix: f.in(a.Lang), Err: fmt.Errorf("%s exited with %d: %s", e.name(), exit.ExitCode(), said)}
}

func (e *Exec) name() string { return filepath.Base(e.Command) }

// unstarted sorts what kept the program from running: what is missing stays missing,
// a machine that is out of memory or processes recovers.
func (e *Exec) unstarted(err error, lang string) error {
	err = fmt.Errorf("run %s: %w", e.name(), err)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, exec.ErrNotFound) || isNoProgram(err) {
		return &Refused{Fix: execMissing.in(lang), Err: err}
	}
	return err
}

// input is what a webhook would post.
func (e *Exec) input(a crisis.Alert) ([]byte, error) {
	a = harmless(a)
	return json.Marshal(struct {
		Type     string       `json:"type"`
		Headline string       `json:"headline"`
		Short    string       `json:"short"`
		Text     string       `json:"text"`
		Data     crisis.Alert `json:"data"`
	}{"alert." + string(a.Kind), Headline(a), Short(a), Text(a), a})
}

// environment is what the program finds around it: ours without what may be secret
// in it, and the alert. A variable holds neither zero bytes nor line feeds.
func (e *Exec) environment(a crisis.Alert) []string {
	env := []string{"LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	for _, v := range [][2]string{
		{"ID", a.ID},
		{"KIND", string(a.Kind)},
		{"INCIDENT", a.Incident},
		{"TOPIC", a.Topic},
		{"TITLE", Clean(a.Title, 80)},
		{"LEVEL", a.Level.String()},
		{"PRIORITY", strconv.Itoa(priority(a))},
		{"LANG", cmp.Or(a.Lang, "zh")},
		{"DRILL", strconv.FormatBool(a.Drill)},
		{"CLOSED", strconv.FormatBool(a.Closed)},
		{"AT", a.At.UTC().Format(time.RFC3339)},
		{"HEADLINE", Headline(a)},
		{"SHORT", Short(a)},
		{"LINK", webAddress(a.Link)},
	} {
		env = append(env, "WATCHFIRE_"+v[0]+"="+Clean(v[1], 500))
	}
	if e.Secret != "" {
		env = append(env, "WATCHFIRE_SECRET="+e.Secret.Reveal())
	}
	return env
}

// tail keeps the end of what a program says, however much that is.
type tail struct{ b []byte }

// Write takes anything.
func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.b = append(t.b, p...)
	if n := len(t.b) - most; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

// line is the last line that says something.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	return lines[len(lines)-1]
}
