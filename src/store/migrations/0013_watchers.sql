-- People who asked for what another run was under way to find: they joined it, and are told its verdict as whoever asked is.
CREATE TABLE debvisor.run_watchers (
  run_id       uuid NOT NULL REFERENCES debvisor.runs ON DELETE CASCADE,
  slack_user   text NOT NULL,
  -- Where they asked, and Slack's way to answer them alone there.
  channel      text NOT NULL,
  response_url text,
  -- When they were answered there; a watcher who is called in the run's thread never is.
  told_at      timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, slack_user)
);
-- Slack user; null where the run was not cancelled.
ALTER TABLE debvisor.runs ADD COLUMN cancelled_by text;
-- Whether a run is a fix's own look afterwards is asked of every run that is read.
CREATE INDEX fixes_recheck ON debvisor.fixes (recheck) WHERE recheck IS NOT NULL;
