-- Whom the organisation's own log-in (OpenID Connect) knows, and who of our users that is.
-- subject is what the issuer never gives to anybody else.
CREATE TABLE identities (issuer TEXT NOT NULL, subject TEXT NOT NULL, user TEXT NOT NULL UNIQUE, PRIMARY KEY (issuer, subject)) WITHOUT ROWID;
