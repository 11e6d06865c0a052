package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync/atomic"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"watchfire/daemon/failpoint"
)

// ErrNotFound says that there is no such thing in the store.
var ErrNotFound = errors.New("not found")

// ErrFull says that the disk has no room. The transaction left no trace, and the
// store works again as soon as there is room.
var ErrFull = errors.New("the disk is full")

//go:embed schema/*.sql
var schema embed.FS

// Store is an open database.
type Store struct {
	path  string
	write *sql.DB // one connection: SQLite has one writer
	read  *sql.DB
	folds folds

	commits atomic.Uint64
}

// Open opens the database at path, makes it if it is missing, and brings its
// schema up to date.
func Open(path string) (*Store, error) {
	return open(path, "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
}

// OpenScratch opens a throw-away database, fast and careless: it survives neither
// a crash nor a power loss. Replays and tests use it.
func OpenScratch(path string) (*Store, error) {
	return open(path, "_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
}

func open(path, pragmas string) (*Store, error) {
	name := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)&_pragma=temp_store(2)&_pragma=wal_autocheckpoint(8000)&" + pragmas
	write, err := openPool(name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	s := &Store{path: path, write: write}
	if err := s.migrate(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	s.read, err = openPool(strings.Replace(name, "_txlock=immediate", "_txlock=deferred&_pragma=query_only(1)", 1))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for reading: %w", path, err), write.Close())
	}
	s.read.SetMaxOpenConns(4)
	return s, nil
}

// migrate applies the numbered schema files that the database has not seen, each
// in a transaction.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := s.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read the schema version: %w", full(err))
	}
	if version > len(files) {
		return fmt.Errorf("the database has schema %d and this program knows %d: it was written by a newer Watchfire; use that one", version, len(files))
	}
	for i := version; i < len(files); i++ {
		text, err := schema.ReadFile(files[i])
		if err != nil {
			return err
		}
		err = s.Update(ctx, func(tx *Tx) error {
			_, err := tx.tx.ExecContext(ctx, string(text)+fmt.Sprintf("; PRAGMA user_version = %d", i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("apply %s: %w", files[i], err)
		}
	}
	return nil
}

// Commits counts the write transactions of this process: what was read when it had the same
// value is what would be read again.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// Close closes the database.
func (s *Store) Close() error {
	return errors.Join(s.read.Close(), s.write.Close())
}

// Path is where the database lies.
func (s *Store) Path() string { return s.path }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Probe says whether the database takes writes: it writes a page and takes it back.
func (s *Store) Probe(ctx context.Context) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.SetSetting("probe", strings.Repeat("x", 64<<10)) })
}

// Tx is a transaction.
type Tx struct {
	ctx   context.Context
	tx    *sql.Tx
	conn  *sql.Conn
	folds *folds
}

// Update runs f in a write transaction. If f fails, nothing of it is kept.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	return s.run(ctx, s.write, f)
}

// View runs f on a snapshot for reading.
func (s *Store) View(ctx context.Context, f func(*Tx) error) error {
	return s.run(ctx, s.read, f)
}

func (s *Store) run(ctx context.Context, db *sql.DB, f func(*Tx) error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", full(err))
	}
	defer conn.Close() //nolint:errcheck // gives it back to the pool
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", full(err))
	}
	defer tx.Rollback()
	t := &Tx{ctx: ctx, tx: tx, conn: conn, folds: &s.folds}
	if err := f(t); err != nil {
		return full(err)
	}
	note := NotedIn(ctx)
	if db == s.read || note == nil || note.Written {
		note = nil
	} else if err := t.Note(&note.Entry); err != nil {
		return full(err)
	}
	if db == s.read { // a snapshot: nothing is written
		return full(tx.Commit())
	}
	failpoint.Hit(failpoint.BeforeCommit)
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", full(err))
	}
	s.commits.Add(1)
	failpoint.Hit(failpoint.AfterCommit)
	if note != nil {
		note.Written = true
	}
	return nil
}

// full marks the errors that mean "no room".
func full(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && !errors.Is(err, ErrFull) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		case sqlite3.SQLITE_IOERR:
			if e.Code() == sqlite3.SQLITE_IOERR_WRITE || e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
				return fmt.Errorf("%w: %w", ErrFull, err)
			}
		}
	}
	return err
}

func (t *Tx) exec(query string, args ...any) error {
	_, err := t.tx.ExecContext(t.ctx, query, args...)
	return err
}

// rows calls f for each row of a query.
func (t *Tx) rows(f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := t.tx.QueryContext(t.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// row scans the only row of a query; none is ErrNotFound.
func (t *Tx) row(query string, args []any, into ...any) error {
	err := t.tx.QueryRowContext(t.ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Setting returns a setting, or ErrNotFound.
func (t *Tx) Setting(key string) (string, error) {
	var v string
	err := t.row("SELECT value FROM settings WHERE key = ?", []any{key}, &v)
	return v, err
}

// SetSetting stores a setting.
func (t *Tx) SetSetting(key, value string) error {
	return t.exec("INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
}

// Limit keeps the database from growing beyond size bytes, 0 for no limit: the
// operator's own end of the disk. Beyond it writes fail with ErrFull.
func (s *Store) Limit(ctx context.Context, size int64) error {
	var page, most int64
	if err := s.write.QueryRowContext(ctx, "PRAGMA page_size").Scan(&page); err != nil {
		return fmt.Errorf("limit the database: %w", err)
	}
	pages := int64(1 << 30)
	if size > 0 {
		pages = max(size/page, 1)
	}
	if err := s.write.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&most); err != nil {
		return fmt.Errorf("limit the database: %w", err)
	}
	return nil
}

// Size is the size of the database in bytes.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var page, count int64
	if err := s.read.QueryRowContext(ctx, "PRAGMA page_size").Scan(&page); err != nil {
		return 0, fmt.Errorf("size of the database: %w", err)
	}
	if err := s.read.QueryRowContext(ctx, "PRAGMA page_count").Scan(&count); err != nil {
		return 0, fmt.Errorf("size of the database: %w", err)
	}
	return page * count, nil
}
