package playbooks

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// wordTable is a table with every cell of its grid: a cell over several columns stands
// in the first of them, one over several rows in each of them.
type wordTable struct {
	rows   [][]wordCell
	nested []*wordTable
	beside []wordParagraph // pictures and text boxes of its cells
}

// wordCell is one cell.
type wordCell struct {
	lines  []string
	span   int
	goesOn bool // it belongs to the cell above
}

// wordRow is a row as it is read.
type wordRow struct {
	cells   []wordCell
	before  int // columns left free
	width   int // of its cells, in columns
	deleted bool
}

// table reads the rows of a table, within content controls or not.
func (w *wordReader) table(to *wordTable) error {
	return w.children(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "tr":
			row := &wordRow{}
			if err := w.row(row, to); err != nil {
				return err
			}
			w.rows++
			w.repeated += to.add(row)
			if w.rows > maxBlocks || w.repeated > maxBody {
				return errTooLarge
			}
			return nil
		case "tblPr", "tblGrid", "tblPrEx", "sdtPr", "del":
			return w.dec.Skip()
		}
		return w.table(to)
	})
}

func (w *wordReader) row(row *wordRow, table *wordTable) error {
	return w.children(func(t xml.StartElement) error {
		switch t.Name.Local {
		case "trPr":
			return w.children(func(t xml.StartElement) error {
				switch t.Name.Local {
				case "gridBefore":
					row.before = columns(attr(t, "val"))
				case "del":
					row.deleted = true
				}
				return w.dec.Skip()
			})
		case "tc":
			cell := wordCell{span: 1}
			err := w.flow(&wordSink{
				cell: &cell,
				paragraph: func(p *wordParagraph) {
					if p.words != "" {
						cell.lines = append(cell.lines, p.words)
					}
					if p.pictures > 0 || len(p.boxes) > 0 {
						table.beside = append(table.beside, wordParagraph{pictures: p.pictures, alt: p.alt, boxes: p.boxes})
					}
				},
				table: func(inner *wordTable) { table.nested = append(table.nested, inner) },
			})
			row.cells = append(row.cells, cell)
			if row.width += cell.span; err == nil && row.width > maxColumns {
				err = errTooLarge
			}
			return err
		case "tblPrEx", "sdtPr":
			return w.dec.Skip()
		}
		return w.row(row, table)
	})
}

// cellProperties reads how far a cell reaches.
func (w *wordReader) cellProperties(cell *wordCell) error {
	return w.children(func(t xml.StartElement) error {
		if cell == nil {
			return w.dec.Skip()
		}
		switch t.Name.Local {
		case "gridSpan":
			cell.span = max(columns(attr(t, "val")), 1)
		case "vMerge":
			cell.goesOn = attr(t, "val") != "restart"
		}
		return w.dec.Skip()
	})
}

// maxColumns is how many columns a table of Word has at most.
const maxColumns = 63

// columns reads a number of columns.
func columns(val string) int {
	n, err := strconv.Atoi(val)
	if err != nil {
		return 0
	}
	return min(max(n, 0), maxColumns)
}

// add puts a row into the grid, and returns how much of the text above it shows again.
func (t *wordTable) add(row *wordRow) (repeated int) {
	if row.deleted {
		return 0
	}
	cells := make([]wordCell, row.before, row.before+len(row.cells))
	for _, c := range row.cells {
		cells = append(cells, c)
		for range c.span - 1 {
			cells = append(cells, wordCell{})
		}
	}
	for i := range cells {
		if n := len(t.rows); cells[i].goesOn && n > 0 && i < len(t.rows[n-1]) && len(cells[i].lines) == 0 {
			cells[i].lines = t.rows[n-1][i].lines
			for _, line := range cells[i].lines {
				repeated += len(line)
			}
		} else {
			cells[i].goesOn = false
		}
	}
	t.rows = append(t.rows, cells)
	return repeated
}

// texts are the paragraphs of all cells.
func (t *wordTable) texts() []string {
	var out []string
	for _, row := range t.rows {
		for _, c := range row {
			if !c.goesOn {
				out = append(out, c.lines...)
			}
		}
	}
	for _, inner := range t.nested {
		out = append(out, inner.texts()...)
	}
	return out
}

// putTable adds a table to the document, and behind it those within its cells.
func (w *wordReader) putTable(t *wordTable) {
	if len(t.rows) > 0 {
		w.tables++
		place := fmt.Sprintf("表%d", w.tables)
		rows := make([][]string, len(t.rows))
		repeats := map[[2]int]bool{}
		for i, row := range t.rows {
			for k, c := range row {
				rows[i] = append(rows[i], strings.Join(c.lines, "\n"))
				repeats[[2]int{i, k}] = c.goesOn
			}
		}
		w.d.Table(rows[0], rows[1:], nil)
		b := &w.d.Blocks[len(w.d.Blocks)-1]
		b.Place, b.repeats = place, repeats
		for _, p := range t.beside {
			w.besideParagraph(&p, place)
		}
	}
	for _, inner := range t.nested {
		w.putTable(inner)
	}
}
