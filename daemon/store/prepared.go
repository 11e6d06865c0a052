package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
)

// manyRows is how many rows a statement inserts at most: each statement costs as much as
// several rows.
const manyRows = 40

// inserter inserts rows of one width, many to a statement. It hands them to the driver
// itself: the copies that database/sql makes of every argument cost a tenth of ingesting.
type inserter struct {
	tx         *Tx
	head, tail string
	width      int
	args       []driver.NamedValue
}

// inserter begins "head (?,…),(?,…) tail" with rows of width cells.
func (t *Tx) inserter(head, tail string, width int) *inserter {
	return &inserter{tx: t, head: head, tail: tail, width: width}
}

// add inserts a row, or keeps it for flush.
func (r *inserter) add(cells ...any) error {
	for _, c := range cells {
		if n, ok := c.(int); ok {
			c = int64(n)
		}
		r.args = append(r.args, driver.NamedValue{Ordinal: len(r.args) + 1, Value: c})
	}
	if len(r.args) < manyRows*r.width {
		return nil
	}
	return r.flush()
}

// flush inserts the rows that were kept.
func (r *inserter) flush() error {
	rows := len(r.args) / r.width
	if rows == 0 {
		return nil
	}
	err := r.tx.many(insertOf(r.head, r.tail, r.width, rows), r.args, rows == manyRows)
	r.args = r.args[:0]
	return err
}

func insertOf(head, tail string, width, rows int) string {
	marks := "(?" + strings.Repeat(",?", width-1) + ")"
	return head + marks + strings.Repeat(","+marks, rows-1) + tail
}

// many runs a statement on the driver's connection; often says that it comes again with
// just as many rows.
func (t *Tx) many(query string, args []driver.NamedValue, often bool) error {
	return t.conn.Raw(func(conn any) error {
		stmt, err := conn.(*connection).prepare(t.ctx, query, often)
		if err != nil {
			return err
		}
		_, err = stmt.(driver.StmtExecContext).ExecContext(t.ctx, args)
		if !often {
			err = errors.Join(err, stmt.Close())
		}
		return err
	})
}

// numbers calls f for each row of a query with one column of whole numbers.
func (t *Tx) numbers(query string, args []driver.NamedValue, often bool, f func(int64)) error {
	return t.conn.Raw(func(conn any) (err error) {
		stmt, err := conn.(*connection).prepare(t.ctx, query, often)
		if err != nil {
			return err
		}
		if !often {
			defer func() { err = errors.Join(err, stmt.Close()) }()
		}
		rows, err := stmt.(driver.StmtQueryContext).QueryContext(t.ctx, args)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		var cell [1]driver.Value
		for {
			switch err := rows.Next(cell[:]); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			n, ok := cell[0].(int64)
			if !ok {
				return fmt.Errorf("read a number: it is %T", cell[0])
			}
			f(n)
		}
	})
}
