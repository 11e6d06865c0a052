//go:build unix

package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"watchfire/crisis"
)

// script is a channel whose program is a shell script.
func script(t *testing.T, text string, args ...string) *Exec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "send-alert")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Exec{Command: file, Args: args, Secret: token, Timeout: 10 * time.Second}
}

// TestExecGives checks what the program gets: the alert whole, arguments that no
// shell has read, and nothing of our environment that may be secret.
func TestExecGives(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", token)
	dir := t.TempDir()
	arg := "$(touch " + filepath.Join(dir, "hacked") + "); `id` * \"'"
	e := script(t, `cat >"$1/input"; env >"$1/env"; printf '%s' "$2" >"$1/arg"; echo first; echo "id 42"`, dir, arg)
	a := sample(crisis.AlertOpened, "zh")
	a.Title = "标题\nWATCHFIRE_LEVEL=I"
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	if r, err := e.Send(t.Context(), a); err != nil || r.Detail != "id 42" {
		t.Fatalf("%+v, %v", r, err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var got struct {
		Type, Headline, Short, Text string
		Data                        crisis.Alert
	}
	if err := json.Unmarshal([]byte(read("input")), &got); err != nil || got.Text != Text(a) || got.Data.ID != a.ID || got.Type != "alert.opened" {
		t.Errorf("input %+v, %v", got, err)
	}
	if read("arg") != arg {
		t.Errorf("argument %q, want %q", read("arg"), arg)
	}
	if _, err := os.Stat(filepath.Join(dir, "hacked")); err == nil {
		t.Error("a shell read the argument")
	}
	env := map[string]string{}
	for line := range strings.Lines(read("env")) {
		name, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		env[name] = v
	}
	for name, want := range map[string]string{"WATCHFIRE_LEVEL": "II", "WATCHFIRE_ID": a.ID, "WATCHFIRE_HEADLINE": Headline(a), "WATCHFIRE_PRIORITY": "4", "WATCHFIRE_SECRET": token, "SLACK_BOT_TOKEN": ""} {
		if env[name] != want {
			t.Errorf("%s=%q, want %q", name, env[name], want)
		}
	}
}

// TestExecClasses maps exit statuses to what can be done.
func TestExecClasses(t *testing.T) {
	for status, want := range map[int]fix{
		64: execUsage, 65: execData, 67: execAddress, 68: execAddress, 77: execAccess, 78: execConfig, 1: execFailed, 69: execFailed, 127: execMissing,
		75: {}, 71: {}, 74: {},
	} {
		for _, lang := range []string{"zh", "en"} {
			_, err := script(t, fmt.Sprintf("echo one >&2; echo 'no route to %s' >&2; exit %d", token, status)).Send(t.Context(), sample(crisis.AlertOpened, lang))
			var refused *Refused
			var later *Later
			switch {
			case want == fix{} && !errors.As(err, &later):
				t.Errorf("%d: %v, want to try again", status, err)
			case want != fix{} && (!errors.As(err, &refused) || refused.Fix != want.in(lang)):
				t.Errorf("%d: %v, want the fix %q", status, err, want.in(lang))
			}
			if s := fmt.Sprint(err); !strings.Contains(s, "no route to …") || strings.Contains(s, "one") {
				t.Errorf("%d: %s, want the last line without the secret", status, s)
			}
		}
	}
	_, err := script(t, "kill -9 $$").Send(t.Context(), sample(crisis.AlertTest, "en"))
	var later *Later
	if !errors.As(err, &later) {
		t.Errorf("a program that is killed: %v, want to try again", err)
	}
	_, err = script(t, "head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1").Send(t.Context(), sample(crisis.AlertTest, "en"))
	if !errors.Is(err, ErrRefused) || len(err.Error()) > 1000 {
		t.Errorf("a program that says much: %d bytes", len(fmt.Sprint(err)))
	}
	if _, err := script(t, "exit 0").Send(t.Context(), sample(crisis.AlertOpened, "en")); err != nil {
		t.Errorf("a program that does not read: %v", err)
	}
}

// TestExecEnds ends a program that takes too long with all that it started.
func TestExecEnds(t *testing.T) {
	for name, stop := range map[string]bool{"time is up": false, "we are stopped": true} {
		t.Run(name, func(t *testing.T) {
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			e := script(t, `(echo started; exec sleep 1000) >"$1" & wait`, pipe)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if !stop {
				e.Timeout = 2 * time.Second
			}
			ended := make(chan string, 1)
			go func() { // reads until nobody holds the other end
				f, err := os.Open(pipe)
				if err != nil {
					ended <- err.Error()
					return
				}
				defer f.Close()
				b := make([]byte, len("started\n"))
				_, _ = io.ReadFull(f, b)
				if stop {
					cancel()
				}
				rest, err := io.ReadAll(f)
				ended <- fmt.Sprint(string(b), string(rest), err)
			}()
			_, err := e.Send(ctx, sample(crisis.AlertOpened, "en"))
			var later *Later
			if stop && !errors.Is(err, context.Canceled) || !stop && !errors.As(err, &later) {
				t.Errorf("%v", err)
			}
			if got := <-ended; got != "started\n<nil>" {
				t.Errorf("the pipe says %q", got)
			}
		})
	}
}

func TestExecCheck(t *testing.T) {
	for want, change := range map[string]func(e *Exec){
		"absolute path": func(e *Exec) { e.Command = "send-alert" },
		"no such file":  func(e *Exec) { e.Command += "x" },
		"is no program": func(e *Exec) { e.Command = filepath.Dir(e.Command) },
		"zero byte":     func(e *Exec) { e.Args = []string{"a\x00"} },
		"timeout":       func(e *Exec) { e.Timeout = 0 },
	} {
		e := script(t, "")
		if change(e); e.Check() == nil || !strings.Contains(e.Check().Error(), want) {
			t.Errorf("%v, want %q", e.Check(), want)
		}
	}
}

// execFailures are what a program may do to us.
var execFailures = map[string]func(t *testing.T) Channel{
	"hangs": func(t *testing.T) Channel {
		e := script(t, "sleep 1000")
		e.Timeout = time.Second
		return e
	},
	"echoes the secret": func(t *testing.T) Channel { return script(t, `echo "$WATCHFIRE_SECRET" >&2; exit 77`) },
	"puts it off":       func(t *testing.T) Channel { return script(t, "exit 75") },
	"fails":             func(t *testing.T) Channel { return script(t, "exit 1") },
	"is no program": func(t *testing.T) Channel {
		e := script(t, "")
		if err := os.WriteFile(e.Command, []byte("\x7fELF, but not really"), 0o700); err != nil {
			t.Fatal(err)
		}
		return e
	},
	"is a folder":  func(t *testing.T) Channel { return &Exec{Command: t.TempDir(), Secret: token, Timeout: time.Second} },
	"is not there": func(*testing.T) Channel { return &Exec{Command: "/nowhere/send", Secret: token, Timeout: time.Second} },
}

// TestExecGolden holds what the program reads.
func TestExecGolden(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		e, a := &Exec{}, sample(crisis.AlertOpened, lang)
		input, err := e.input(a)
		if err != nil {
			t.Fatal(err)
		}
		var env []string
		for _, v := range e.environment(a) {
			if strings.HasPrefix(v, "WATCHFIRE_") {
				env = append(env, v)
			}
		}
		golden(t, "exec."+lang, strings.Join(env, "\n")+"\n\n"+readable(t, string(input))+"\n")
	}
}
