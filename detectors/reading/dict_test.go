package reading

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write dictionary.gz")

// TestDictionaryIsCurrent holds the embedded bytes to what gse's dictionary
// compiles to; go generate writes them through it.
func TestDictionaryIsCurrent(t *testing.T) {
	d, err := compileGSE()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := d.pack(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("dictionary.gz", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(packed, want.Bytes()) {
		t.Fatalf("dictionary.gz (%d bytes) is not what gse's dictionary compiles to (%d bytes): run go generate", len(packed), want.Len())
	}
}

func TestUnpackRefusesDamage(t *testing.T) {
	words := [][]rune{[]rune("水"), []rune("自来水"), []rune("自来水厂"), []rune("停水")}
	d, err := newDictionary(words, []float64{2, 5, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := d.pack(&whole); err != nil {
		t.Fatal(err)
	}
	back, err := unpack(bytes.NewReader(whole.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for w, f := range back.words {
		got[w] = f
	}
	if len(got) != 4 || got["自来水"] != 5 || got["水"] != 2 || back.total != 14 {
		t.Errorf("unpacked words %v, total %v", got, back.total)
	}
	for n := range whole.Len() {
		if _, err := unpack(bytes.NewReader(whole.Bytes()[:n])); err == nil {
			t.Errorf("the first %d of %d bytes were accepted", n, whole.Len())
		}
	}
	if _, err := unpack(strings.NewReader("no dictionary")); err == nil {
		t.Error("foreign bytes were accepted")
	}
}

func BenchmarkUnpack(b *testing.B) {
	for b.Loop() {
		if _, err := unpack(bytes.NewReader(packed)); err != nil {
			b.Fatal(err)
		}
	}
}
