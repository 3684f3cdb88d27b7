-- A message is a run's, or a summary's of alerts, which has no run. Before the tables: their foreign keys would take the lock of runs in two steps.
ALTER TABLE debvisor.messages DROP CONSTRAINT messages_run_id_fkey;

-- What is told once of alerts that nothing runs for: those that came within ten minutes of the first, of one source.
CREATE TABLE debvisor.alert_summaries (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team       text NOT NULL,
  source     text NOT NULL,
  channel    text NOT NULL,
  -- A job is on its way that draws it as it stands then.
  is_due     boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX alert_summaries_newest ON debvisor.alert_summaries (team, source, created_at DESC);

-- An alert of the monitoring, from when it fires to when it is resolved. One that fires again has a new row.
CREATE TABLE debvisor.alerts (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team        text NOT NULL,
  source      text NOT NULL,
  fingerprint text NOT NULL,
  name        text NOT NULL,
  -- Of the inventory; null: it names none.
  host        text,
  -- What it says of a host, where that is none of the inventory.
  named       text,
  topic       text,
  -- What came of it; 'over': its end was told before its beginning.
  outcome     text NOT NULL
    CHECK (outcome IN ('started', 'joined', 'no-topic', 'no-host', 'refused', 'capped', 'over')),
  run_id      uuid REFERENCES debvisor.runs,
  -- The look after its end.
  recheck     uuid REFERENCES debvisor.runs,
  summary     uuid REFERENCES debvisor.alert_summaries,
  -- When it began, as its sender says it; null: it does not.
  starts_at   timestamptz(3),
  fired_at    timestamptz(3) NOT NULL DEFAULT now(),
  -- The last notice that it still fires.
  seen_at     timestamptz(3) NOT NULL DEFAULT now(),
  resolved_at timestamptz(3)
);
-- Of any number of notices, on any replica, one makes the row.
CREATE UNIQUE INDEX alerts_firing ON debvisor.alerts (team, source, fingerprint) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_fingerprint ON debvisor.alerts (team, source, fingerprint, resolved_at);
CREATE INDEX alerts_started ON debvisor.alerts (team, source, fired_at) WHERE outcome = 'started';
CREATE INDEX alerts_of_host ON debvisor.alerts (team, host, topic) WHERE run_id IS NOT NULL AND resolved_at IS NULL;
CREATE INDEX alerts_of_run ON debvisor.alerts (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX alerts_of_recheck ON debvisor.alerts (recheck) WHERE recheck IS NOT NULL;
CREATE INDEX alerts_of_summary ON debvisor.alerts (summary) WHERE summary IS NOT NULL;
CREATE INDEX alerts_age ON debvisor.alerts (seen_at);
