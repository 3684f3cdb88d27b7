-- A change to a host that somebody asked for: what was bound to the question, who answered it, what ran and what came of it. The rules that must
-- hold whatever the program does are constraints: two people on production, one run of a fix, one change at a time on a host.

CREATE TABLE debvisor.fixes (
  id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team           text NOT NULL,
  run_id         uuid NOT NULL REFERENCES debvisor.runs,
  -- The finding that offers it, and the fix's id in the runbook.
  finding        text NOT NULL,
  subject        text NOT NULL,
  fix            text NOT NULL,
  topic          text NOT NULL,
  host           text NOT NULL,
  -- Bound: any difference when it is to run makes it void.
  production     boolean NOT NULL,
  runbook_digest text NOT NULL,
  host_key       text NOT NULL,
  steps          json NOT NULL,
  title          text NOT NULL,
  effect         text NOT NULL,
  risk           text NOT NULL,
  settle_ms      integer NOT NULL,
  state          text NOT NULL DEFAULT 'proposed' CHECK (state IN
    ('proposed', 'awaiting-approval', 'approved', 'running', 'succeeded', 'failed', 'unknown', 'refused', 'expired', 'void')),
  requester      text NOT NULL,
  approver       text,
  decliner       text,
  -- Rises when a worker begins it, and when it is given up: a write with an old one is refused.
  epoch          integer NOT NULL DEFAULT 0,
  worker         text,
  -- How many steps were about to be sent.
  begun          integer NOT NULL DEFAULT 0,
  results        json NOT NULL DEFAULT '[]',
  -- Why it did not run, failed, or is unknown: one sentence.
  reason         text,
  recheck        uuid REFERENCES debvisor.runs,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  expires_at     timestamptz(3) NOT NULL DEFAULT now() + interval '15 minutes',
  requested_at   timestamptz(3),
  decided_at     timestamptz(3),
  started_at     timestamptz(3),
  ended_at       timestamptz(3),
  CHECK (approver <> requester),
  CHECK (expires_at <= coalesce(requested_at, created_at) + interval '15 minutes'),
  CHECK (NOT production OR state NOT IN ('approved', 'running', 'succeeded', 'failed', 'unknown') OR approver IS NOT NULL),
  CHECK (started_at IS NULL OR requested_at IS NOT NULL),
  CHECK (state NOT IN ('running', 'succeeded', 'unknown') OR started_at IS NOT NULL),
  CHECK ((ended_at IS NOT NULL) = (state IN ('succeeded', 'failed', 'unknown', 'refused', 'expired', 'void')))
);
-- What a run found is acted on once: the next time, its re-check says what is true then.
CREATE UNIQUE INDEX fixes_of_run_once ON debvisor.fixes (run_id) WHERE started_at IS NOT NULL;
CREATE UNIQUE INDEX fixes_one_a_host ON debvisor.fixes (team, host) WHERE state IN ('awaiting-approval', 'approved', 'running');
CREATE INDEX fixes_of_run ON debvisor.fixes (run_id, created_at);
CREATE INDEX fixes_by_recheck ON debvisor.fixes (recheck);
