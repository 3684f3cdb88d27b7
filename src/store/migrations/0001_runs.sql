-- A run and what hangs on it. Times are the database's, to the millisecond, so that they survive a JavaScript Date.

CREATE TABLE debvisor.runs (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  code           text NOT NULL,
  team           text NOT NULL,
  actor_kind     text NOT NULL CHECK (actor_kind IN ('user', 'schedule', 'webhook', 'cli')),
  actor_id       text NOT NULL,
  topic          text NOT NULL,
  host           text NOT NULL,
  production     boolean NOT NULL,
  channel        text NOT NULL,
  response_url   text,
  state          text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  epoch          integer NOT NULL DEFAULT 0,
  worker         text,
  runbook_digest text,
  host_key       text,
  -- json, not jsonb: it keeps every character that a host can answer.
  report         json,
  failure        json,
  problem_keys   text[] NOT NULL DEFAULT '{}',
  parent         uuid REFERENCES debvisor.runs,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  started_at     timestamptz(3),
  ended_at       timestamptz(3),
  UNIQUE (team, code),
  CHECK ((report IS NOT NULL) = (state = 'done')),
  CHECK ((failure IS NOT NULL) = (state = 'failed')),
  CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
);
CREATE INDEX runs_recent ON debvisor.runs (team, created_at DESC);
CREATE INDEX runs_open ON debvisor.runs (team) WHERE state IN ('queued', 'running');
CREATE INDEX runs_verdicts ON debvisor.runs (team, topic, host, created_at DESC) WHERE state = 'done';

CREATE TABLE debvisor.probes (
  run_id   uuid NOT NULL REFERENCES debvisor.runs ON DELETE CASCADE,
  probe    text NOT NULL,
  position integer GENERATED ALWAYS AS IDENTITY,
  record   json NOT NULL,
  PRIMARY KEY (run_id, probe)
);

CREATE TABLE debvisor.messages (
  run_id     uuid NOT NULL REFERENCES debvisor.runs ON DELETE CASCADE,
  key        text NOT NULL,
  channel    text NOT NULL,
  ts         text,
  file_id    text,
  hash       text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, key)
);

CREATE TABLE debvisor.escalations (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team        text NOT NULL,
  problem_key text NOT NULL,
  level       integer NOT NULL CHECK (level IN (1, 2, 3)),
  run_id      uuid NOT NULL REFERENCES debvisor.runs,
  channel     text NOT NULL,
  actor_kind  text NOT NULL CHECK (actor_kind IN ('user', 'schedule', 'webhook', 'cli')),
  actor_id    text NOT NULL,
  state       text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'done', 'failed', 'not-configured')),
  number      integer,
  title       text NOT NULL,
  body        text NOT NULL,
  severity    text NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
  external    jsonb NOT NULL DEFAULT '{}',
  error       text,
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz(3) NOT NULL DEFAULT now(),
  updated_at  timestamptz(3) NOT NULL DEFAULT now(),
  closed_at   timestamptz(3),
  UNIQUE (team, number)
);
-- The second click finds the first one's row. What failed or was not configured may be asked for again.
CREATE UNIQUE INDEX escalations_open ON debvisor.escalations (team, problem_key, level)
  WHERE closed_at IS NULL AND state IN ('requested', 'done');
CREATE INDEX escalations_of_problem ON debvisor.escalations (team, problem_key, created_at);
CREATE INDEX escalations_of_run ON debvisor.escalations (run_id);

CREATE TABLE debvisor.ticket_numbers (
  team text PRIMARY KEY,
  last integer NOT NULL
);

CREATE TABLE debvisor.deliveries (
  key     text PRIMARY KEY,
  seen_at timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_age ON debvisor.deliveries (seen_at);
