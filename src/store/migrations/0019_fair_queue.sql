ALTER TABLE debvisor.runs
  -- An alert waits behind people.
  ADD COLUMN origin text NOT NULL DEFAULT 'person' CHECK (origin IN ('person', 'alert')),
  -- Not taken before: what a fix did shows only after a while.
  ADD COLUMN due_at timestamptz(3) NOT NULL DEFAULT now(),
  -- Of the job that has it, which is tried again when its worker dies. Null: an older version took it, or nobody has.
  ADD COLUMN ticket text,
  -- The last sign of life of its worker.
  ADD COLUMN alive_at timestamptz(3),
  -- How many were before it when its message was last drawn, and when that was; ahead of the time while it is being drawn.
  ADD COLUMN shown_before integer,
  ADD COLUMN place_shown_at timestamptz(3);
-- Who was served last: a channel, and a person in it.
CREATE INDEX runs_of_channel_served ON debvisor.runs (channel, ended_at) WHERE started_at IS NOT NULL;
CREATE INDEX runs_of_asker_served ON debvisor.runs (channel, actor_id, ended_at) WHERE started_at IS NOT NULL;
-- What looks after a fix waits by its job alone so far: any other would take it now, before what the fix did shows.
UPDATE debvisor.runs SET due_at = now() + interval '60 s'
WHERE state = 'queued' AND id IN (SELECT recheck FROM debvisor.fixes);
