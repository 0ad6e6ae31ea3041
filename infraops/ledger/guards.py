"""The database's own refusal to change or remove an entry: triggers on the table of entries, by kind of database.

Ledgers were made with them. Other ones are a new revision of the schema, with its migration.
"""

# INSERT OR REPLACE removes a row without asking the DELETE trigger, so a new entry must follow the newest one.
IN_SQLITE = (
    "CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER entries_never_go BEFORE DELETE ON entries "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries "
    "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries) "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END",
)

# ALWAYS: also where a session calls itself a replica, which passes ordinary triggers over.
IN_POSTGRESQL = (
    "CREATE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE FUNCTION entries_check_next() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE newest integer; BEGIN "
    "EXECUTE format('SELECT max(seq) FROM %s', TG_RELID::regclass) INTO newest; "
    "IF NEW.seq <> coalesce(newest, 0) + 1 THEN "
    "RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()",
    "CREATE TRIGGER entries_never_go BEFORE DELETE OR TRUNCATE ON entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()",
    "CREATE TRIGGER entries_follow BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION entries_check_next()",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_never_change",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_never_go",
    "ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_follow",
)
GUARDS = {"sqlite": IN_SQLITE, "postgresql": IN_POSTGRESQL}
