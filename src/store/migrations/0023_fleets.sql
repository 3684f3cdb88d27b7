-- A host of a fleet yields to people, as a look of a watch does.
ALTER TABLE debvisor.runs
  DROP CONSTRAINT runs_origin_check,
  ADD CONSTRAINT runs_origin_check CHECK (origin IN ('person', 'alert', 'watch', 'fleet'));

-- One question about many hosts, with one answer.
CREATE TABLE debvisor.fleet_runs (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- As a run's, and no run has it.
  code         text NOT NULL,
  team         text NOT NULL,
  slack_user   text NOT NULL,
  topic        text NOT NULL,
  -- Why this topic, where nobody named it.
  reason       text,
  -- As it was typed: the hosts that it meant then have rows of their own.
  pattern      text NOT NULL,
  channel      text NOT NULL,
  thread       text,
  response_url text,
  -- The one that this one checks again.
  parent       uuid REFERENCES debvisor.fleet_runs,
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  -- Each of its hosts has ended by then, or was stopped.
  ended_at     timestamptz(3),
  -- Slack user.
  cancelled_by text,
  -- What sets hosts in trouble apart, found at the end.
  compared     json,
  UNIQUE (team, code)
);
CREATE INDEX fleet_runs_open ON debvisor.fleet_runs (team, channel) WHERE ended_at IS NULL;
CREATE INDEX fleet_runs_newest ON debvisor.fleet_runs (team, created_at DESC);

CREATE TABLE debvisor.fleet_hosts (
  fleet       uuid NOT NULL REFERENCES debvisor.fleet_runs ON DELETE CASCADE,
  -- In the order of the inventory.
  position    integer NOT NULL,
  host        text NOT NULL,
  host_groups text[] NOT NULL,
  -- Its own, or one that was under way already.
  run_id      uuid NOT NULL REFERENCES debvisor.runs,
  -- The fleet was cancelled before that run had ended.
  is_stopped  boolean NOT NULL DEFAULT false,
  -- What the host is made of, until the fleet ends.
  snapshot    json,
  PRIMARY KEY (fleet, position)
);
CREATE INDEX fleet_hosts_of_run ON debvisor.fleet_hosts (run_id);
