-- A ledger as revision 0001 wrote it. Never made anew: it stands for those that are out there.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE entries (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	run TEXT NOT NULL, 
	stack TEXT, 
	payload TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (previous), 
	UNIQUE (hash)
);
INSERT INTO "entries" VALUES(1,'2026-03-01T12:00:00.000007Z','run_started','20260301-120000-ab12',NULL,'{"command":"apply","git":{"branch":"main","commit":"c0ffee","dirty":true},"host":"desk","pid":4711,"selection":"-e lab","stacks":["lab/storefront"],"started":99,"user":"jo","versions":{"infraops":"0.1.0","terraform":"1.15.0"}}','0000000000000000000000000000000000000000000000000000000000000000','5d32735b4ec05a1f4fe5d677d13994f3dd0bf1ed5cfefa5ad8d513b423cd17ad');
INSERT INTO "entries" VALUES(2,'2026-03-01T12:00:01.000007Z','station_started','20260301-120000-ab12','lab/storefront','{"station":"plan"}','5d32735b4ec05a1f4fe5d677d13994f3dd0bf1ed5cfefa5ad8d513b423cd17ad','384e2cc4a2846ac7d98f25b523a31cb39f041a5f45b50bdb620e1f9c753db651');
INSERT INTO "entries" VALUES(3,'2026-03-01T12:00:02.000007Z','drift_found','20260301-120000-ab12','lab/storefront','{"resources":["lab_host.host[\"\u00e4\"]"]}','384e2cc4a2846ac7d98f25b523a31cb39f041a5f45b50bdb620e1f9c753db651','f682c85d65568d6fc13f3a3d949d43455c23e80789cbae71670a312b39e01768');
CREATE INDEX entries_run ON entries (run);
CREATE INDEX entries_stack ON entries (stack);
CREATE INDEX entries_kind ON entries (kind);
CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_never_go BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_follow BEFORE INSERT ON entries WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
COMMIT;
