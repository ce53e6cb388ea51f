-- One file holds everything a simulator knows, so that a restart (kill -9 too) forgets nothing.
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS company (realm TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sequence (
  realm TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (realm, name));

-- body is the finished wire text; the columns beside it are what queries and rules look up.
CREATE TABLE IF NOT EXISTS document (
  realm TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  active INTEGER NOT NULL DEFAULT 1, name TEXT COLLATE NOCASE, doc_number TEXT, customer TEXT,
  txn_date TEXT, body TEXT NOT NULL, PRIMARY KEY (realm, kind, id));
-- deleted and active stand in these two so that deep pages skip rows without fetching them.
CREATE INDEX IF NOT EXISTS document_by_change
  ON document (realm, kind, updated, number, deleted, active);
CREATE INDEX IF NOT EXISTS document_by_name ON document (realm, kind, name);
CREATE INDEX IF NOT EXISTS document_by_doc_number ON document (realm, kind, doc_number);
CREATE INDEX IF NOT EXISTS document_by_customer ON document (realm, kind, customer);
CREATE INDEX IF NOT EXISTS document_by_number
  ON document (realm, kind, number, deleted, active);

-- Which payment settles which transaction with how much.
CREATE TABLE IF NOT EXISTS application (
  realm TEXT NOT NULL, payment TEXT NOT NULL, txn_type TEXT NOT NULL, txn_id TEXT NOT NULL,
  amount TEXT NOT NULL, PRIMARY KEY (realm, payment, txn_type, txn_id));
CREATE INDEX IF NOT EXISTS application_by_target ON application (realm, txn_type, txn_id);

-- The answers already given to a requestid, byte for byte.
CREATE TABLE IF NOT EXISTS replay (
  realm TEXT NOT NULL, requestid TEXT NOT NULL, target TEXT NOT NULL, digest TEXT NOT NULL,
  status INTEGER NOT NULL, body BLOB NOT NULL, stored INTEGER NOT NULL,
  PRIMARY KEY (realm, requestid));

CREATE TABLE IF NOT EXISTS consent (
  id INTEGER PRIMARY KEY, realm TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL,
  started INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS token (
  value TEXT PRIMARY KEY, consent INTEGER NOT NULL, kind TEXT NOT NULL, issued INTEGER NOT NULL,
  expires INTEGER NOT NULL, superseded INTEGER);
CREATE INDEX IF NOT EXISTS token_by_consent ON token (consent, kind);
CREATE TABLE IF NOT EXISTS authorization_code (
  code TEXT PRIMARY KEY, realm TEXT NOT NULL, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
  scope TEXT NOT NULL, issued INTEGER NOT NULL, consent INTEGER);

CREATE TABLE IF NOT EXISTS event (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, realm TEXT NOT NULL,
  entity TEXT NOT NULL, entity_id TEXT NOT NULL, verb TEXT NOT NULL, time TEXT NOT NULL,
  data TEXT NOT NULL, state TEXT NOT NULL, batch INTEGER);
CREATE INDEX IF NOT EXISTS event_by_state ON event (state, number);
CREATE TABLE IF NOT EXISTS delivery (
  number INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER NOT NULL, attempt INTEGER NOT NULL,
  time TEXT NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL, signature TEXT NOT NULL,
  status INTEGER, error TEXT, milliseconds INTEGER NOT NULL);

CREATE TABLE IF NOT EXISTS injection (id INTEGER PRIMARY KEY, rule TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS request (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, realm TEXT NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, entity TEXT NOT NULL, operation TEXT NOT NULL,
  requestid TEXT, statement TEXT, status INTEGER NOT NULL, fault TEXT, tid TEXT NOT NULL,
  metered INTEGER NOT NULL, replayed INTEGER NOT NULL, injected TEXT, milliseconds INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS request_by_realm ON request (realm, number);
