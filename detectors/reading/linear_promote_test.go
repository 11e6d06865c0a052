package reading

import (
	"fmt"
	"testing"
)

func TestHeldIsOneInTen(t *testing.T) {
	held := 0
	for i := range 10000 {
		if Held(fmt.Sprintf("第%d号", i)) {
			held++
		}
	}
	if held < 900 || held > 1100 {
		t.Errorf("%d of 10000 texts are held out", held)
	}
}

// People of one office mean 呵呵 as praise: corrections teach it, and what was known
// stays known.
func TestCorrectionsAreLearnt(t *testing.T) {
	var train, own, held []Example
	for i := range 300 {
		e := Example{Text: fmt.Sprintf("呵呵%d楼", i), Label: "happy", Set: Corrections}
		if Held(e.Text) {
			held = append(held, e)
		} else {
			own = append(own, e)
		}
	}
	train = append(made(600), Example{Text: "呵呵", Label: "angry", Set: "made"})
	before, err := Train("zh", train)
	if err != nil {
		t.Fatal(err)
	}
	after, err := Train("zh", append(train, own...))
	if err != nil {
		t.Fatal(err)
	}
	trial, err := Try(before, after, made(60), held)
	if err != nil || !trial.Promote() || trial.Own[1] < 0.9 {
		t.Errorf("Try = %+v, %v, want the second model promoted", trial, err)
	}
	if back, err := Try(after, before, made(60), held); err != nil || back.Promote() {
		t.Errorf("Try = %+v, %v, want the worse model refused", back, err)
	}
	if _, err := Try(before, after, made(60), held[:3]); err == nil {
		t.Error("three held-out corrections were enough for a judgement")
	}
}

func TestCorrectionsOfOneLabelTeach(t *testing.T) {
	const text = "水居然什么1号"
	m, err := Train("zh", append(made(600), Example{Text: text, Label: "neutral", Set: Corrections}))
	if err != nil {
		t.Fatal(err)
	}
	if before, after := trained(t, "zh").Emotion(text), m.Emotion(text); after.Neutral <= before.Neutral {
		t.Errorf("a correction to neutral taught nothing: %+v before, %+v after", before, after)
	}
}
