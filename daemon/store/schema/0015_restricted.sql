-- Who may see an incident (限定知悉): names of users, each between two characters 31; ''
-- for everybody. A projection of the events, as the rest of the row.
ALTER TABLE incidents ADD COLUMN restricted TEXT NOT NULL DEFAULT '';
