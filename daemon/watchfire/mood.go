package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"watchfire/daemon"
	"watchfire/detectors/reading"
)

type moodCmd struct {
	Train moodTrainCmd `cmd:"" help:"Train a model on labelled texts."`
	Eval  moodEvalCmd  `cmd:"" help:"Measure how well a model reads labelled texts."`

	Correct  moodCorrectCmd  `cmd:"" help:"Say what a text should have been read as."`
	Rollback moodRollbackCmd `cmd:"" help:"Go back to the model before the last promotion."`
}

type moodEvalCmd struct {
	Files []string `arg:"" name:"[model] file" help:"A model, if another than the program's own, and labelled texts." type:"existingfile"`
	JSON  bool     `help:"Print one JSON object a set." name:"json"`
}

// Run scores the model on every set of the file.
func (c *moodEvalCmd) Run() error {
	if len(c.Files) > 2 {
		return usageError{errors.New("eval takes a model and a file of labelled texts")}
	}
	examples, err := reading.ReadExamples(c.Files[len(c.Files)-1])
	if err != nil {
		return err
	}
	m, err := c.model(examples)
	if err != nil {
		return err
	}
	for _, s := range m.Evaluate(examples) {
		if c.JSON {
			if err := json.NewEncoder(stdout).Encode(s); err != nil {
				return fmt.Errorf("print: %w", err)
			}
			continue
		}
		printScore(s)
	}
	return nil
}

// model returns the model named, else the program's own for the script of most texts.
func (c *moodEvalCmd) model(examples []reading.Example) (*reading.Model, error) {
	if len(c.Files) == 2 {
		return daemon.LoadModel(c.Files[0])
	}
	reader, err := reading.New()
	if err != nil {
		return nil, err
	}
	english := 0
	for _, e := range examples {
		if reading.Language(e.Text) == "en" {
			english++
		}
	}
	if 2*english > len(examples) {
		return reader.Model("en"), nil
	}
	return reader.Model("zh"), nil
}

func printScore(s reading.Score) {
	fmt.Fprintf(stdout, "%s: %d texts\n", s.Set, s.Texts)
	if s.Emotion != nil {
		printQuality("emotion", *s.Emotion)
	}
	printQuality("polarity", s.Polarity)
	if s.Neutral > 0 {
		fmt.Fprintf(stdout, "  neutral called negative %.3f, surely %.3f of %d\n", s.NeutralNegative, s.NeutralSure, s.Neutral)
	}
}

func printQuality(name string, q reading.Quality) {
	fmt.Fprintf(stdout, "  %s: accuracy %.3f, macro-F1 %.3f\n    %-10s %s\n", name, q.Accuracy, q.MacroF1, "", strings.Join(q.Classes, " "))
	for c, row := range q.Confusion {
		fmt.Fprintf(stdout, "    %-10s", q.Classes[c])
		for o, n := range row {
			fmt.Fprintf(stdout, " %*d", len(q.Classes[o]), n)
		}
		fmt.Fprintln(stdout)
	}
}
