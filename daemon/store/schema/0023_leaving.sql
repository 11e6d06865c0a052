-- When a user was shut out, Unix milliseconds, 0 for who was not. The row stays: the name
-- stands in timelines, and nobody else may take it.
ALTER TABLE users ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;

-- The audit log is shortened by a purge only, which first says in the settings up to when,
-- in Unix milliseconds, and leaves an entry in the log and an event in the journal.
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
  WHEN OLD.at >= coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'audit.purged'), 0)
  BEGIN SELECT RAISE(ABORT, 'the audit log is never shortened'); END;
