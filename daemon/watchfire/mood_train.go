package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"watchfire/daemon"
	"watchfire/detectors/reading"
)

type moodTrainCmd struct {
	Files []string `arg:"" name:"file" help:"Labelled texts, a line each: label, text and set, separated by tabs; plain or gz. A folder stands for its files named train*." type:"existingpath"`
	Out   string   `help:"File to write the model to." short:"o" required:"" type:"path"`
	Lang  string   `help:"Language: zh or en. Texts of another script are left out." default:"zh" enum:"zh,en"`

	Corrections bool     `help:"Learn the corrections in the store too, and replace the model only if neither they nor general texts are read worse."`
	Check       []string `help:"With --corrections: labelled general texts to judge by; without it a tenth of the files is kept for that." type:"existingfile"`
	Config      string   `help:"Configuration file, for the store and the running model." short:"c" default:"watchfire.yaml" type:"path"`
}

// Run trains a model and writes it whole or not at all.
func (c *moodTrainCmd) Run(ctx context.Context) error {
	examples, err := readExamples(c.Files)
	if err != nil {
		return err
	}
	all := len(examples)
	examples = c.ours(examples)
	fmt.Fprintf(stdout, "%d texts, %d of another script left out\n", len(examples), all-len(examples))
	if c.Corrections {
		return c.promote(ctx, examples)
	}
	m, err := reading.Train(c.Lang, examples)
	if err != nil {
		return err
	}
	return c.write(m)
}

// ours leaves out texts of another script.
func (c *moodTrainCmd) ours(examples []reading.Example) []reading.Example {
	return slices.DeleteFunc(examples, func(e reading.Example) bool {
		lang := reading.Language(e.Text)
		return lang != c.Lang && lang != "und"
	})
}

func (c *moodTrainCmd) write(m *reading.Model) error {
	file, err := m.MarshalBinary()
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, file); err != nil {
		return fmt.Errorf("write the model: %w", err)
	}
	fmt.Fprintf(stdout, "%s: %d bytes\n", c.Out, len(file))
	for _, s := range m.Card().Sets {
		fmt.Fprintf(stdout, "  %-16s %7d texts at %.2f\n", s.Name, s.Texts, s.Weight)
	}
	return nil
}

// promote trains on nine tenths of the corrections too, and writes the model if it
// is no worse than the running one on what both never saw.
func (c *moodTrainCmd) promote(ctx context.Context, examples []reading.Example) error {
	cfg, err := daemon.LoadConfig(c.Config)
	if err != nil {
		return err
	}
	reader, err := daemon.NewReader(cfg)
	if err != nil {
		return err
	}
	own, err := readCorrections(ctx, cfg)
	if err != nil {
		return err
	}
	own, held := split(c.ours(own))
	var general []reading.Example
	if len(c.Check) > 0 {
		if general, err = readExamples(c.Check); err != nil {
			return err
		}
		general = c.ours(general)
	} else {
		examples, general = split(examples)
	}
	m, err := reading.Train(c.Lang, append(examples, own...))
	if err != nil {
		return err
	}
	t, err := reading.Try(reader.Model(c.Lang), m, general, held)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "read rightly: %.4f of general texts, %.4f before; %.4f of corrections, %.4f before\n",
		t.General[1], t.General[0], t.Own[1], t.Own[0])
	if !t.Promote() {
		return fmt.Errorf("the model is not promoted: it reads some texts worse than the running one; %s is as it was", c.Out)
	}
	if err := os.Rename(c.Out, c.Out+before); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("keep the model before: %w", err)
	}
	return c.write(m)
}

// split keeps one text in ten out of training.
func split(examples []reading.Example) (train, held []reading.Example) {
	for _, e := range examples {
		if reading.Held(e.Text) {
			held = append(held, e)
		} else {
			train = append(train, e)
		}
	}
	return train, held
}

// before ends the name of the model that a promotion replaced.
const before = ".before"

type moodRollbackCmd struct {
	Model string `arg:"" help:"The model's file." type:"path"`
}

// Run swaps the model with the one before, so that a second call undoes the first.
func (c *moodRollbackCmd) Run() error {
	if _, err := daemon.LoadModel(c.Model + before); err != nil {
		return err
	}
	aside := c.Model + ".aside"
	for _, move := range [][2]string{{c.Model, aside}, {c.Model + before, c.Model}, {aside, c.Model + before}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			return fmt.Errorf("roll the model back: %w", err)
		}
	}
	fmt.Fprintf(stdout, "%s is the model before the last promotion; restart the daemon to use it\n", c.Model)
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
