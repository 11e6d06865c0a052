package failpoint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNames holds that the list names every function that asks the store for a commit, and
// no other: a point that is missing is one at which nobody looks for a lost alert.
func TestNames(t *testing.T) {
	var found []string
	for _, dir := range []string{"..", "../store", "../console", "../watchfire"} {
		files, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("source of %s: %v", dir, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				found = append(found, committers(t, file)...)
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if !slices.Equal(found, stages) {
		t.Errorf("these ask for commits:\n%q\nand these are listed:\n%q", found, stages)
	}
	names := Names()
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != 2*len(stages)+6 {
		t.Errorf("%d names, want %d", n, 2*len(stages)+6)
	}
}

// committers are the functions in a file that hand Update a function of a transaction.
func committers(t *testing.T, file string) (out []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg := parsed.Name.Name
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Update" {
				out = append(out, pkg+"."+f.Name.Name)
			}
			return true
		})
	}
	return out
}
