package daemon

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"watchfire/crawlers"
	"watchfire/crisis"
	"watchfire/daemon/store"
)

// Replay runs recorded posts through the real pipeline with a simulated clock and
// tells f what happens, in order of time. It uses the topics and detectors of
// cfg, and the topics that come with the posts; it crawls and sends nothing.
// Nobody acts in a replay, so the machine closes what has gone quiet. The same
// input gives the same output. Each of progress is told how many of all posts
// are done.
func Replay(ctx context.Context, cfg *Config, log *zap.Logger, files []string, f func(Occurrence), progress ...func(done, all int)) error {
	return replayed(ctx, cfg, log, files, func(*Daemon) error { return nil }, WithListener(f), withProgress(progress))
}

// replayed runs recorded posts through a daemon on a scratch store and hands it to
// f when the last minute has been judged.
func replayed(ctx context.Context, cfg *Config, log *zap.Logger, files []string, f func(*Daemon) error, options ...Option) (err error) {
	posts, err := ReadPosts(files)
	if err != nil {
		return err
	}
	if len(posts) == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "watchfire-replay-")
	if err != nil {
		return fmt.Errorf("make a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.OpenScratch(filepath.Join(dir, "replay.db"))
	if err != nil {
		return fmt.Errorf("open the scratch store: %w", err)
	}
	quiet := *cfg
	quiet.Sources, quiet.Channels, quiet.AuthorKey = nil, nil, "replay"
	clock := &steppedClock{now: posts[0].Published.UTC().Truncate(time.Minute)}
	d, err := New(ctx, &quiet, log, append(options, WithClock(clock), withStore(s), withAutoClose(), withPhrasesAtOnce())...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.replay(ctx, clock, posts); err != nil {
		return err
	}
	return f(d)
}

// steppedClock stands still until it is moved.
type steppedClock struct{ now time.Time }

// Now returns the time it was moved to.
func (c *steppedClock) Now() time.Time { return c.now }

// Wall returns no time: nobody waits.
func (c *steppedClock) Wall(time.Duration) time.Duration { return 0 }

// replay gives each minute its posts and judges it when it has ended.
func (d *Daemon) replay(ctx context.Context, clock *steppedClock, posts []crisis.Post) error {
	all := len(posts)
	for len(posts) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		clock.now = clock.now.Add(time.Minute)
		n := 0
		for n < len(posts) && posts[n].Published.Before(clock.now) {
			n++
		}
		if n > 0 {
			in := delivery{source: &Source{}, harvest: crawlers.Harvest{Posts: posts[:n]}, cover: crisis.Coverage{At: clock.now, Class: crisis.ClassOK}}
			if _, err := d.ingest(ctx, in); err != nil {
				return err
			}
			posts = posts[n:]
			for _, p := range d.progress {
				p(all-len(posts), all)
			}
		}
		if err := d.minute(ctx, clock.now); err != nil {
			return err
		}
	}
	return nil
}

// ReadPosts reads posts from files of JSON lines, plain or gz, and sorts them by
// time. A line that is not a post is an error that names file and line.
func ReadPosts(files []string) ([]crisis.Post, error) {
	var posts []crisis.Post
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open posts: %w", err)
		}
		posts, err = appendPosts(posts, name, file)
		file.Close()
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(posts, func(a, b crisis.Post) int {
		return cmp.Or(a.Published.Compare(b.Published), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return posts, nil
}

func appendPosts(posts []crisis.Post, name string, file io.Reader) ([]crisis.Post, error) {
	r := bufio.NewReaderSize(file, 1<<20)
	if magic, err := r.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r = bufio.NewReaderSize(z, 1<<20)
	}
	for line := 1; ; line++ {
		text, err := r.ReadBytes('\n')
		if len(strings.TrimSpace(string(text))) > 0 {
			p, bad := parsePost(text)
			if bad != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, line, bad)
			}
			posts = append(posts, p)
		}
		if err == io.EOF {
			return posts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

// parsePost reads one post; `topic` is a topic that the sender has matched.
func parsePost(line []byte) (crisis.Post, error) {
	var p struct {
		crisis.Post
		Topic string `json:"topic"`
	}
	if err := json.Unmarshal(line, &p); err != nil {
		return p.Post, fmt.Errorf(`not a post: %w; want {"id","source","author_hash","published","text","topic"?}`, err)
	}
	switch {
	case p.ID == "":
		return p.Post, errors.New("not a post: id is missing")
	case p.Published.IsZero():
		return p.Post, errors.New("not a post: published is missing; want RFC 3339")
	}
	if p.Topic != "" && !slices.Contains(p.Topics, p.Topic) {
		p.Topics = append(p.Topics, p.Topic)
	}
	return p.Post, nil
}
