package reading

import (
	"bytes"
	"flag"
	"math"
	"os"
	"sync"
	"testing"

	"github.com/go-ego/gse"
)

var update = flag.Bool("update", false, "write words.bin from gse's dictionary")

// record is the segmenter of record.
var record = sync.OnceValues(loadGSE)

// loadGSE loads gse's simplified Chinese dictionary, without the hidden Markov
// model, which Segment does not use.
func loadGSE() (*gse.Segmenter, error) {
	s := &gse.Segmenter{NotLoadHMM: true, SkipLog: true}
	return s, s.LoadDictEmbed("zh_s")
}

// TestDictionary holds words.bin to what gse's dictionary compiles to.
func TestDictionary(t *testing.T) {
	g, err := record()
	if err != nil {
		t.Fatal(err)
	}
	total := float32(math.Log2(g.Dict.TotalFreq()))
	words := make([]priced, 0, len(g.Dict.Tokens))
	for i := range g.Dict.Tokens {
		token := &g.Dict.Tokens[i]
		words = append(words, priced{token.Text(), total - float32(math.Log2(token.Freq()))})
	}
	compiled, err := newTrie(words)
	if err != nil {
		t.Fatal(err)
	}
	want := compiled.bytes()
	if *update {
		if err := os.WriteFile("words.bin", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(wordsData, want) {
		t.Errorf("words.bin (%d bytes) is not what gse's dictionary compiles to (%d bytes); run go generate ./detectors/reading", len(wordsData), len(want))
	}
}

// TestDictionaryDamaged refuses a dictionary that was cut off or altered at its head.
func TestDictionaryDamaged(t *testing.T) {
	for _, data := range [][]byte{nil, wordsData[:10], wordsData[:len(wordsData)-1], append([]byte("x"), wordsData...)} {
		if _, err := openTrie(data); err == nil {
			t.Errorf("openTrie of %d bytes gives no error", len(data))
		}
	}
}
