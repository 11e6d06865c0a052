package crisis

import (
	"encoding/json"
	"testing"
)

// TestUnseen tells what hides from what people write.
func TestUnseen(t *testing.T) {
	for _, r := range "\x00\x1b\r\t\u0085\u00ad\u200b\u200e\u202e\u2028\u2029\u2066\ufeff\ue000\U000e0041" {
		if !Unseen(r) {
			t.Errorf("%U is shown", r)
		}
	}
	for _, r := range "\n\u200c\u200d a水é👩\u0301\u3000" {
		if Unseen(r) {
			t.Errorf("%U is hidden", r)
		}
	}
}

// TestSpelled reads back what was spelled: the same text, and nothing in it that hides.
func TestSpelled(t *testing.T) {
	const text = "水\u202eabc\U000e0041\u2066 👩\u200d🚒"
	plain, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	spelled := Spelled(plain, Unseen)
	for _, r := range string(spelled) {
		if Unseen(r) {
			t.Errorf("%U stands in %s", r, spelled)
		}
	}
	var back string
	if err := json.Unmarshal(spelled, &back); err != nil || back != text {
		t.Errorf("%s is read as %q, %v", spelled, back, err)
	}
}
