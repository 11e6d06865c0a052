package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// openPool opens a pool of connections that keep statements. The name is modernc's, see
// https://pkg.go.dev/modernc.org/sqlite#Driver.Open.
func openPool(name string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c}), nil
}

type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := conn.(sqliteConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("connect to SQLite: %T lacks methods of a driver's connection", conn), conn.Close())
	}
	return &connection{sqliteConn: s, kept: map[string]driver.Stmt{}}, nil
}

// sqliteConn is what database/sql uses of a connection of modernc.org/sqlite.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// connection keeps statements for the next delivery. They end with it, whoever ends it:
// database/sql gives up a connection whose work was interrupted.
type connection struct {
	sqliteConn
	kept map[string]driver.Stmt
}

// prepare makes a statement, or takes the one that is kept; keep says that it comes again.
func (c *connection) prepare(ctx context.Context, query string, keep bool) (driver.Stmt, error) {
	if s := c.kept[query]; s != nil {
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	if keep {
		c.kept[query] = s
	}
	return s, nil
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}
