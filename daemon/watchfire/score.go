package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crisis"
	"watchfire/daemon"
	"watchfire/daemon/score"
	"watchfire/detectors/reading"
)

type scoreCmd struct {
	What   string `arg:"" help:"What to measure: nab, incidents, mood or phrase." enum:"nab,incidents,mood,phrase"`
	Dir    string `arg:"" help:"Folder of the benchmark, as its README describes it." type:"existingdir"`
	Preset string `help:"nab: how the series are judged." default:"noisy" enum:"noisy,default"`
	Texts  string `help:"phrase: posts to lay the titles into, gz with the columns label, text and part; by default train-zh.tsv.gz of the folder sentiment beside DIR." type:"path" placeholder:"FILE.tsv.gz"`
	Config string `help:"incidents: configuration with the rules; by default those shipped." short:"c" type:"path"`
	JSON   bool   `help:"Print JSON instead of tables." name:"json"`
}

// Run measures the detectors of this build on a benchmark and prints the table of
// docs/quality.md.
func (c *scoreCmd) Run(ctx context.Context, log *zap.Logger) error {
	out := bufio.NewWriter(stdout)
	return errors.Join(c.measure(ctx, log, out), out.Flush())
}

func (c *scoreCmd) measure(ctx context.Context, log *zap.Logger, w io.Writer) error {
	switch c.What {
	case "nab":
		return c.nab(w)
	case "incidents":
		return c.incidents(ctx, log, w)
	case "mood":
		return c.mood(ctx, w)
	}
	return c.phrase(ctx, w)
}

// print writes a report as JSON, or as f does.
func (c *scoreCmd) print(w io.Writer, report any, f func(io.Writer)) error {
	if c.JSON {
		return json.NewEncoder(w).Encode(report)
	}
	f(w)
	return nil
}

func (c *scoreCmd) nab(w io.Writer) error {
	pack, err := score.ReadNAB(c.Dir)
	if err != nil {
		return err
	}
	r, err := pack.Report(c.Preset)
	if err != nil {
		return err
	}
	return c.print(w, r, r.Write)
}

// incidents replays the posts through the real pipeline: what counts is what
// `watchfire replay` prints.
func (c *scoreCmd) incidents(ctx context.Context, log *zap.Logger, w io.Writer) error {
	pack, err := score.ReadIncidents(c.Dir)
	if err != nil {
		return err
	}
	cfg := daemon.DefaultConfig()
	if c.Config != "" {
		if cfg, err = daemon.LoadConfig(c.Config); err != nil {
			return err
		}
	}
	var alarms []score.Alarm
	err = daemon.Replay(ctx, cfg, log.WithOptions(zap.IncreaseLevel(zap.WarnLevel)), []string{pack.PostsFile(c.Dir)}, func(o daemon.Occurrence) {
		if o.Kind == "incident_opened" || o.Kind == "incident_raised" {
			alarms = append(alarms, score.Alarm{Topic: o.Topic, At: o.At})
		}
	})
	if err != nil {
		return err
	}
	r := pack.Report(alarms)
	return c.print(w, r, r.Write)
}

// mood reads every labelled file of the folder that was not trained on.
func (c *scoreCmd) mood(ctx context.Context, w io.Writer) error {
	files, err := filepath.Glob(filepath.Join(c.Dir, "*.tsv.gz"))
	if err != nil {
		return err
	}
	reader, err := reading.New()
	if err != nil {
		return err
	}
	var parts []score.MoodPart
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "train") {
			continue
		}
		of, err := score.Mood(file, func(text string) (score.Guess, error) { return guess(ctx, reader, text) })
		if err != nil {
			return err
		}
		parts = append(parts, of...)
	}
	if len(parts) == 0 {
		return fmt.Errorf("score mood: %s holds no labelled file *.tsv.gz beside those for training", c.Dir)
	}
	return c.print(w, parts, func(w io.Writer) { score.WriteMood(w, parts) })
}

// guess is what `watchfire read --json` prints of a text.
func guess(ctx context.Context, reader *reading.Reader, text string) (score.Guess, error) {
	var g score.Guess
	if err := ctx.Err(); err != nil {
		return g, err
	}
	b, err := json.Marshal(reader.Read(&crisis.Post{Text: text}))
	if err != nil {
		return g, err
	}
	return g, json.Unmarshal(b, &g)
}

// newFinder makes the finder of emerging phrases, which searches every ten minutes
// as the daemon does.
func newFinder() score.Finder {
	phrases, groups := reading.NewPhrases(reading.NewEmerging()), reading.NewGroups(6*time.Hour)
	var next time.Time
	return func(p *crisis.Post) [][]string {
		var out [][]string
		if !p.Published.Before(next) {
			next = p.Published.Truncate(10 * time.Minute).Add(10 * time.Minute)
			for _, f := range phrases.Find(p.Published) {
				out = append(out, append([]string{f.Text}, f.Others...))
			}
		}
		phrases.Add(p, groups.Of(reading.SketchOf(p.FullText()), p.Published))
		return out
	}
}

// phraseScores is what phrase measures.
type phraseScores struct {
	Streams []score.PhraseScore          `json:"streams"`
	Boards  map[string]*score.BoardScore `json:"boards"`
}

// phrase lays titles into a stream of posts at each rate, and then plays the
// titles alone.
func (c *scoreCmd) phrase(ctx context.Context, w io.Writer) error {
	files, err := filepath.Glob(filepath.Join(c.Dir, "hot-*.jsonl"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("score phrase: %s holds no hot-*.jsonl", c.Dir)
	}
	texts := c.Texts
	if texts == "" {
		texts = filepath.Join(c.Dir, "..", "sentiment", "train-zh.tsv.gz")
	}
	background, err := score.ReadTexts(texts)
	if err != nil {
		return err
	}
	out := phraseScores{Boards: map[string]*score.BoardScore{}}
	for i, file := range files {
		titles, err := score.ReadTitles(file)
		if err != nil {
			return err
		}
		if i == 0 {
			if out.Streams, err = streams(ctx, background, titles); err != nil {
				return err
			}
		}
		name := strings.TrimPrefix(filepath.Base(file), "hot-")
		events, err := score.ReadEvents(filepath.Join(c.Dir, "events-"+name))
		if err != nil {
			return err
		}
		b := score.Board(titles, events, newFinder())
		out.Boards[strings.TrimSuffix(name, ".jsonl")] = &b
	}
	return c.print(w, out, out.write)
}

func streams(ctx context.Context, background []string, titles []score.Title) ([]score.PhraseScore, error) {
	words := make([]string, len(titles))
	for i, t := range titles {
		words[i] = t.Title
	}
	var out []score.PhraseScore
	for _, rate := range score.PhraseRates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := score.Stream{Background: background, Titles: words, Days: 3, PerDay: 36000, Laid: 120, Rate: rate, Seed: 1}
		r, err := s.Score(newFinder())
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (p *phraseScores) write(w io.Writer) {
	score.WritePhrases(w, p.Streams)
	for _, name := range slices.Sorted(maps.Keys(p.Boards)) {
		score.WriteBoard(w, name, *p.Boards[name])
	}
}
