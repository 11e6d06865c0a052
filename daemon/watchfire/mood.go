package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"watchfire/detectors/reading"
)

type moodCmd struct {
	Train moodTrainCmd `cmd:"" help:"Train a model on labelled texts."`
	Eval  moodEvalCmd  `cmd:"" help:"Measure how well a model reads labelled texts."`
}

type moodTrainCmd struct {
	Files []string `arg:"" name:"file" help:"Labelled texts, a line each: label, text and set, separated by tabs; plain or gz. A folder stands for its files named train*." type:"existingpath"`
	Out   string   `help:"File to write the model to." short:"o" required:"" type:"path"`
	Lang  string   `help:"Language: zh or en. Texts of another script are left out." default:"zh" enum:"zh,en"`
}

// Run trains a model and writes it whole or not at all.
func (c *moodTrainCmd) Run() error {
	examples, err := readExamples(c.Files)
	if err != nil {
		return err
	}
	all := len(examples)
	examples = slices.DeleteFunc(examples, func(e reading.Example) bool {
		lang := reading.Language(e.Text)
		return lang != c.Lang && lang != "und"
	})
	m, err := reading.Train(c.Lang, examples)
	if err != nil {
		return err
	}
	file, err := m.MarshalBinary()
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, file); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	fmt.Printf("%s: %d bytes, from %d texts; %d of another script left out\n", c.Out, len(file), len(examples), all-len(examples))
	for _, s := range m.Card().Sets {
		fmt.Printf("  %-16s %7d texts at %.2f\n", s.Name, s.Texts, s.Weight)
	}
	return nil
}

// readExamples reads files, and the training files of folders.
func readExamples(paths []string) ([]reading.Example, error) {
	var out []reading.Example
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(path, "train*.tsv*")); err != nil || len(files) == 0 {
				return nil, usageError{fmt.Errorf("%s has no files named train*.tsv or train*.tsv.gz", path)}
			}
		}
		for _, file := range files {
			es, err := reading.ReadExamples(file)
			if err != nil {
				return nil, err
			}
			out = append(out, es...)
		}
	}
	return out, nil
}

// writeWhole replaces a file at once, so that a reader never sees half of it.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
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
			if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
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
		file, err := os.ReadFile(c.Files[0])
		if err != nil {
			return nil, fmt.Errorf("read the model: %w", err)
		}
		m, err := reading.ParseModel(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Files[0], err)
		}
		return m, nil
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
	fmt.Printf("%s: %d texts\n", s.Set, s.Texts)
	if s.Emotion != nil {
		printQuality("emotion", *s.Emotion)
	}
	printQuality("polarity", s.Polarity)
	if s.Neutral > 0 {
		fmt.Printf("  neutral called negative %.3f, surely %.3f of %d\n", s.NeutralNegative, s.NeutralSure, s.Neutral)
	}
}

func printQuality(name string, q reading.Quality) {
	fmt.Printf("  %s: accuracy %.3f, macro-F1 %.3f\n    %-10s %s\n", name, q.Accuracy, q.MacroF1, "", strings.Join(q.Classes, " "))
	for c, row := range q.Confusion {
		fmt.Printf("    %-10s", q.Classes[c])
		for o, n := range row {
			fmt.Printf(" %*d", len(q.Classes[o]), n)
		}
		fmt.Println()
	}
}
