// Command watchfire watches what the public says about an organisation, notices
// when a crisis begins, and puts the organisation's emergency plan into the hands
// of the people on duty. `watchfire --help` lists what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line: one verb per file.
type commands struct {
	Run      runCmd      `cmd:"" help:"Run the daemon."`
	Demo     demoCmd     `cmd:"" help:"Watch a fictional town through a crisis; nothing to configure."`
	Drill    drillCmd    `cmd:"" help:"Rehearse a crisis on the real path, marked as a drill on every channel."`
	Init     initCmd     `cmd:"" help:"Write a commented configuration."`
	Check    checkCmd    `cmd:"" help:"Check a configuration: file, playbooks, and channels if asked."`
	SendTest sendTestCmd `cmd:"" help:"Send a test message on the channels."`
	Ledger   ledgerCmd   `cmd:"" help:"Say of every alert whether it arrived, and send refused ones again."`
	Replay   replayCmd   `cmd:"" help:"Run recorded posts through the real pipeline with a simulated clock."`
	Read     readCmd     `cmd:"" help:"Read lines of text and print what was understood."`
	Backtest backtestCmd `cmd:"" help:"Say what a rule would have done in the past: on the store, on posts, or on a series of counts."`
	Tune     tuneCmd     `cmd:"" help:"Propose thresholds that would have kept a budget of alerts in the past; nothing is changed."`
	Score    scoreCmd    `cmd:"" help:"Measure this build on a benchmark and print the tables of docs/quality.md."`
	Mood     moodCmd     `cmd:"" help:"Train and evaluate the models that read mood."`
	Kinds    kindsCmd    `cmd:"" help:"Print every kind of source, detector and channel with its keys."`
	Roster   rosterCmd   `cmd:"" help:"Print who is on duty, and who has which role."`
	Plan     planCmd     `cmd:"" help:"Check, compare, export and import emergency plans."`
	Report   reportCmd   `cmd:"" help:"Write the report of an incident: HTML to print, Markdown, Word or JSON."`
	Verify   verifyCmd   `cmd:"" help:"Check the store and the hash chain of every incident."`
	Version  versionCmd  `cmd:"" help:"Print the version."`

	LogLevel string `help:"What to log: debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
	LogJSON  bool   `help:"Log as JSON lines, for journals and collectors." name:"log-json"`
}

func main() {
	ctx, stop := notified()
	code := start(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// notified returns a context that ends when the program is told to stop. Told a
// second time, it stops at once.
func notified() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// start runs one command and returns the exit status.
func start(ctx context.Context, args []string) int {
	var c commands
	parser, err := kong.New(&c, kong.Name("watchfire"),
		kong.Description("Watchfire 烽燧: crisis monitoring that puts the emergency plan into people's hands."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		fmt.Fprintln(stderr, "watchfire:", err)
		return exitFailed
	}
	run, err := parser.Parse(args)
	if err != nil {
		return misused(err, len(args) == 0)
	}
	log, err := newLog(c.LogLevel, c.LogJSON)
	if err != nil {
		fmt.Fprintln(stderr, "watchfire:", err)
		return exitFailed
	}
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced, and there is nobody left to tell
	err = run.Run(log)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "watchfire:", err)
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "watchfire: stopped before the end")
		return exitFailed
	}
	fmt.Fprintln(stderr, "watchfire:", err)
	return exitFailed
}

// misused says what is wrong with a command line and where help is; to somebody
// who asks for nothing it shows what there is.
func misused(err error, nothing bool) int {
	help := "watchfire --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		if nothing {
			parse.Context.Stdout = stderr
			if e := parse.Context.PrintUsage(false); e == nil {
				return exitUsage
			}
		}
		if command := parse.Context.Selected(); command != nil {
			help = command.FullPath() + " --help"
		}
	}
	fmt.Fprintf(stderr, "watchfire: %v\nTry: %s\n", err, help)
	return exitUsage
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

// newLog writes to standard error, readable on a terminal, JSON for machines.
func newLog(level string, asJSON bool) (*zap.Logger, error) {
	l, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	form := zap.NewProductionEncoderConfig()
	form.EncodeTime = zapcore.ISO8601TimeEncoder
	encoder := zapcore.NewJSONEncoder(form)
	if !asJSON {
		form.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(form)
	}
	// Nothing is sampled: an alert that was not delivered must be in the log, however often.
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(stderr)), l)), nil
}
