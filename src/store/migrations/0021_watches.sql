-- Of a quiet run nothing is posted, until it has news or somebody asks for the same. What a watch or a schedule asks for yields to people, too.
ALTER TABLE debvisor.runs
  ADD COLUMN is_quiet boolean NOT NULL DEFAULT false,
  DROP CONSTRAINT runs_origin_check,
  ADD CONSTRAINT runs_origin_check CHECK (origin IN ('person', 'alert', 'watch'));

-- Somebody wants to know when a host is well again.
CREATE TABLE debvisor.watches (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  team          text NOT NULL,
  -- Who asked for it: looked at with their rights, and told at the end.
  slack_user    text NOT NULL,
  topic         text NOT NULL,
  host          text NOT NULL,
  channel       text NOT NULL,
  -- In whose thread it tells.
  run_id        uuid NOT NULL REFERENCES debvisor.runs,
  every_ms      integer NOT NULL,
  -- So many healthy looks in a row, and it is well.
  wanted        integer NOT NULL,
  healthy       integer NOT NULL DEFAULT 0,
  healthy_since timestamptz(3),
  -- That have ended with a verdict.
  looks         integer NOT NULL DEFAULT 0,
  last_look     uuid REFERENCES debvisor.runs,
  -- Verdicts that its thread has told.
  known         text[] NOT NULL DEFAULT '{}',
  -- Rises with each look that is claimed: a claim with an old one is refused.
  turn          integer NOT NULL DEFAULT 0,
  -- The one that is under way.
  look          uuid REFERENCES debvisor.runs,
  next_at       timestamptz(3) NOT NULL,
  until         timestamptz(3) NOT NULL,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  outcome       text CHECK (outcome IN ('well', 'gave-up', 'stopped', 'refused', 'gone')),
  ended_at      timestamptz(3),
  -- Slack user.
  ended_by      text,
  why           text,
  CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX watches_open ON debvisor.watches (team, channel, topic, host, slack_user) WHERE ended_at IS NULL;
CREATE INDEX watches_due ON debvisor.watches (next_at) WHERE ended_at IS NULL;
CREATE INDEX watches_of_run ON debvisor.watches (run_id);

-- Looks at set times.
CREATE TABLE debvisor.schedules (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number     integer GENERATED ALWAYS AS IDENTITY,
  team       text NOT NULL,
  -- In the configuration; null: a person made it.
  name       text,
  slack_user text,
  cron       text NOT NULL,
  timezone   text NOT NULL,
  -- Null: all.
  topic      text,
  host       text,
  host_group text,
  channel    text NOT NULL,
  turn       integer NOT NULL DEFAULT 0,
  next_at    timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  outcome    text CHECK (outcome IN ('stopped', 'refused', 'gone')),
  ended_at   timestamptz(3),
  ended_by   text,
  why        text,
  CHECK ((outcome IS NULL) = (ended_at IS NULL)),
  CHECK ((name IS NULL) <> (slack_user IS NULL)),
  CHECK ((host IS NULL) <> (host_group IS NULL))
);
CREATE UNIQUE INDEX schedules_by_name ON debvisor.schedules (team, name) WHERE name IS NOT NULL AND ended_at IS NULL;
CREATE INDEX schedules_due ON debvisor.schedules (next_at) WHERE ended_at IS NULL;

-- What a schedule looks at, and what came of it.
CREATE TABLE debvisor.scheduled_looks (
  schedule uuid NOT NULL REFERENCES debvisor.schedules ON DELETE CASCADE,
  host     text NOT NULL,
  topic    text NOT NULL,
  -- Its time has come, and nobody has begun it.
  due_at   timestamptz(3),
  -- The one that is under way.
  look     uuid REFERENCES debvisor.runs,
  -- The verdict of the last one; null: there was none.
  known    text,
  -- The run that told the trouble that was there the last time.
  shown    uuid REFERENCES debvisor.runs,
  PRIMARY KEY (schedule, host, topic)
);
CREATE INDEX scheduled_looks_open ON debvisor.scheduled_looks (schedule) WHERE due_at IS NOT NULL OR look IS NOT NULL;

-- The channel in which alerts on the hosts of a group are told, in place of their sender's.
CREATE TABLE debvisor.channel_groups (
  team       text NOT NULL,
  host_group text NOT NULL,
  channel    text NOT NULL,
  -- Who wanted that.
  slack_user text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (team, host_group)
);
