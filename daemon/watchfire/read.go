package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"watchfire/crisis"
	"watchfire/daemon"
)

type readCmd struct {
	Config string `help:"Configuration file with the topics to match." short:"c" type:"path"`
	JSON   bool   `help:"Print one JSON object a line." name:"json"`
}

// Run reads one text a line on standard input and prints what was understood.
func (c *readCmd) Run() error {
	signal.Reset(os.Interrupt, syscall.SIGTERM) // nothing is put at risk, and a wait for a line hears no context
	cfg := daemon.DefaultConfig()
	if c.Config != "" {
		var err error
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	reader, err := daemon.NewReader(cfg)
	if err != nil {
		return err
	}
	return readLines(os.Stdin, os.Stdout, func(w io.Writer, text string) error {
		r := reader.Read(&crisis.Post{Text: text})
		if c.JSON {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(tidy(r))
		}
		_, err := fmt.Fprintf(w, "%s  %s %.2f/%.2f/%.2f  %s  %s\n", r.Lang, r.Mood,
			r.Odds.Negative, r.Odds.Neutral, r.Odds.Positive, strings.Join(r.Topics, ","), strings.Join(r.Words, " "))
		return err
	})
}

// tidy shows empty lists as [] and not as null.
func tidy(r crisis.Reading) crisis.Reading {
	if r.Words == nil {
		r.Words = []string{}
	}
	if r.Topics == nil {
		r.Topics = []string{}
	}
	return r
}

// readLines calls f for every line of in, however long, with a buffered writer.
func readLines(in io.Reader, out io.Writer, f func(w io.Writer, line string) error) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriterSize(out, 1<<16)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			if err := f(w, strings.TrimRight(line, "\r\n")); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		if r.Buffered() == 0 { // a person or a pipe waits for the answer
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
}
