-- When what its host answered was taken away; null: it is there still.
ALTER TABLE debvisor.runs ADD COLUMN outputs_gone_at timestamptz(3);
CREATE INDEX runs_ended ON debvisor.runs (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX runs_with_outputs ON debvisor.runs (ended_at, id) WHERE ended_at IS NOT NULL AND outputs_gone_at IS NULL;
-- What names a run is asked for each run that goes.
CREATE INDEX watches_by_last_look ON debvisor.watches (last_look) WHERE last_look IS NOT NULL;
CREATE INDEX scheduled_looks_by_look ON debvisor.scheduled_looks (look) WHERE look IS NOT NULL;
CREATE INDEX scheduled_looks_by_shown ON debvisor.scheduled_looks (shown) WHERE shown IS NOT NULL;
CREATE INDEX tickets_by_earlier ON debvisor.tickets (earlier) WHERE earlier IS NOT NULL;
CREATE INDEX fleet_runs_by_parent ON debvisor.fleet_runs (parent) WHERE parent IS NOT NULL;

-- Of all replicas, one at a time takes away what is old.
CREATE TABLE debvisor.retention (
  sole      boolean PRIMARY KEY DEFAULT true CHECK (sole),
  held_by   text,
  -- Whoever has it till then renews it with each batch.
  held_till timestamptz(3),
  -- When it is next looked for.
  next_at   timestamptz(3) NOT NULL DEFAULT now()
);
-- Of a store that was kept whole until now nothing goes for a day: debvisor store retention --dry-run prints what would.
INSERT INTO debvisor.retention (next_at)
  SELECT CASE WHEN EXISTS (SELECT 1 FROM debvisor.runs) THEN now() + interval '1 day' ELSE now() END;

-- What was taken away, until the day is over and the audit has its total.
CREATE TABLE debvisor.retention_totals (
  day   date NOT NULL,
  kind  text NOT NULL,
  count bigint NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (day, kind)
);
