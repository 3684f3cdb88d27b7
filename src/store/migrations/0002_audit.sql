-- Who asked for what and what was decided. Rows are added and never touched; each carries the hash of the one before it, and the head knows
-- how many there are: an edit, a delete, an insert, another order and a cut end can be seen (store/audit-chain.ts).

CREATE TABLE debvisor.audit (
  position bigint PRIMARY KEY,
  -- Canonical JSON, as text: these characters are what was hashed.
  entry    text NOT NULL,
  previous text NOT NULL,
  hash     text NOT NULL
);

CREATE TABLE debvisor.audit_head (
  sole  boolean PRIMARY KEY DEFAULT true CHECK (sole),
  count bigint NOT NULL,
  hash  text NOT NULL
);
INSERT INTO debvisor.audit_head (count, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION debvisor.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON debvisor.audit
  FOR EACH STATEMENT EXECUTE FUNCTION debvisor.refuse_audit_change();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON debvisor.audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION debvisor.refuse_audit_change();
-- The head moves one row at a time, and only forwards.
CREATE TRIGGER one_step BEFORE UPDATE ON debvisor.audit_head
  FOR EACH ROW WHEN (NEW.count IS DISTINCT FROM OLD.count + 1) EXECUTE FUNCTION debvisor.refuse_audit_change();
