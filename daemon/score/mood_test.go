package score

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"watchfire/crisis"
)

func writeGz(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "texts.tsv.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// guesser reads texts of the form "negative 0.8 fear": a mood with its
// probability, the rest shared by the two others, and an emotion.
func guesser(text string) (Guess, error) {
	f := strings.Fields(text)
	p, rest := 0.0, 0.0
	switch f[1] {
	case "0.8":
		p, rest = 0.8, 0.1
	case "0.6":
		p, rest = 0.6, 0.2
	default:
		return Guess{}, errors.New("a text of another kind")
	}
	g := Guess{Odds: crisis.Odds{Negative: rest, Neutral: rest, Positive: rest}, Emotion: map[string]float64{f[2]: 0.9}}
	switch crisis.Mood(f[0]) {
	case crisis.Negative:
		g.Odds.Negative = p
	case crisis.Neutral:
		g.Odds.Neutral = p
	case crisis.Positive:
		g.Odds.Positive = p
	}
	return g, nil
}

func TestMood(t *testing.T) {
	path := writeGz(t, strings.Join([]string{
		"angry\tnegative 0.8 angry\tsix",
		"sad\tneutral 0.8 neutral\tsix",
		"fear\tnegative 0.6 fear\tsix",
		"happy\tpositive 0.6 happy\tsix",
		"surprise\tnegative 0.8 surprise\tsix",
		"neutral\tnegative 0.8 sad\tsix",
		"neutral\tnegative 0.6 neutral\tsix",
		"neutral\tneutral 0.8 neutral\tsix",
		"neutral\tneutral 0.8 neutral\tsix",
		"pos\tneutral 0.8 happy\ttwo",
		"neg\tpositive 0.6 happy\ttwo",
		"neg\tnegative 0.6 sad\ttwo",
	}, "\n")+"\n")
	got, err := Mood(path, guesser)
	if err != nil || len(got) != 2 || got[0].Part != "six" || got[1].Part != "two" {
		t.Fatalf("%+v, %v", got, err)
	}
	six, two := got[0], got[1]
	// angry 1, fear 1, happy 1, surprise 1; neutral: 3 right, one called sad, one sad called neutral.
	near(t, "six accuracy", six.Six.Accuracy, 7.0/9)
	near(t, "six F1", six.Six.F1, (4+6.0/8)/6)
	// Without surprise: negative 2 right, 2 neutral taken for it, 1 sad missed; neutral 2 right; positive 1 right.
	near(t, "polarity accuracy", six.Polarity.Accuracy, 5.0/8)
	near(t, "polarity F1", six.Polarity.F1, (4.0/7+4.0/7+1)/3)
	near(t, "neutral called negative", *six.NeutralNegative, 0.5)
	near(t, "for sure", *six.NeutralSure, 0.25)
	if two.Six != nil || two.NeutralNegative != nil {
		t.Errorf("a part of two classes is scored as of six: %+v", two)
	}
	// The neutral guess must choose a side: both are as likely, and negative comes first.
	near(t, "two accuracy", two.Polarity.Accuracy, 1.0/3)
	near(t, "two F1", two.Polarity.F1, (2.0/4+0)/2)
}

func TestMoodBadFile(t *testing.T) {
	for name, text := range map[string]string{
		"columns": "angry\tnegative 0.8 angry\n",
		"reader":  "angry\tnegative 7 angry\tsix\n",
	} {
		if _, err := Mood(writeGz(t, text), guesser); err == nil || !strings.Contains(err.Error(), "texts.tsv.gz:1: ") {
			t.Errorf("%s: error %v, want one that names file and line", name, err)
		}
	}
	if _, err := Mood(filepath.Join(t.TempDir(), "none.gz"), guesser); err == nil {
		t.Error("a missing file is not an error")
	}
}
