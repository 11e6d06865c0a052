package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/detectors/reading"
)

type readCmd struct {
	Config string `help:"Configuration file with the topics to match." short:"c" type:"path"`
	Why    bool   `help:"Also print why each text matches each topic, or why not."`
	Topic  string `help:"With --why: this topic only." placeholder:"ID"`
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
	topics, err := c.topics(cfg)
	if err != nil {
		return err
	}
	reader, err := daemon.NewReader(cfg)
	if err != nil {
		return err
	}
	return readLines(os.Stdin, stdout, func(w io.Writer, text string) error {
		p := crisis.Post{Text: text}
		r := reader.Read(&p)
		why := make([]reading.Explanation, 0, len(topics))
		for _, t := range topics {
			why = append(why, reader.Explain(&p, t))
		}
		if c.JSON {
			return c.encode(w, tidy(r), why)
		}
		fmt.Fprintf(w, "%s  %s %.2f/%.2f/%.2f  %s  %s\n", r.Lang, r.Mood,
			r.Odds.Negative, r.Odds.Neutral, r.Odds.Positive, strings.Join(r.Topics, ","), strings.Join(r.Words, " "))
		if r.Own != nil {
			fmt.Fprintf(w, "    own words %.2f/%.2f/%.2f  quoted %.2f/%.2f/%.2f\n", r.Own.Negative, r.Own.Neutral, r.Own.Positive, r.Quoted.Negative, r.Quoted.Neutral, r.Quoted.Positive)
		}
		explain(w, why)
		return nil
	})
}

// topics returns the topics that are to be explained, none without --why.
func (c *readCmd) topics(cfg *daemon.Config) ([]string, error) {
	var all []string
	for i := range cfg.Topics {
		all = append(all, cfg.Topics[i].ID)
	}
	switch {
	case !c.Why && c.Topic == "":
		return nil, nil
	case !c.Why:
		return nil, usageError{errors.New("--topic goes with --why")}
	case len(all) == 0:
		return nil, usageError{errors.New("--why needs topics: name a configuration that has some with -c")}
	case c.Topic == "":
		return all, nil
	case !slices.Contains(all, c.Topic):
		return nil, usageError{fmt.Errorf("--topic %s: there is no such topic; the topics are %s", c.Topic, strings.Join(all, ", "))}
	}
	return []string{c.Topic}, nil
}

// encode prints a reading as JSON, with the key why when it was asked for.
func (c *readCmd) encode(w io.Writer, r crisis.Reading, why []reading.Explanation) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if !c.Why {
		return enc.Encode(r)
	}
	return enc.Encode(struct {
		crisis.Reading
		Why []reading.Explanation `json:"why"`
	}{r, why})
}

// explain prints why a text matches each topic, or why not, and the words of the
// topic in it.
func explain(w io.Writer, why []reading.Explanation) {
	for _, e := range why {
		mark := "-"
		if e.Matches {
			mark = "+"
		}
		fmt.Fprintf(w, "  %s %s (%s) %s\n", mark, e.Topic, e.Rule, e.Reason)
		for _, f := range e.Found {
			fmt.Fprintf(w, "      %s %s at %d: %s\n", f.Rule, f.Word, f.At, f.Context)
		}
	}
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
