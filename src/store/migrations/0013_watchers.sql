-- Slack user; null where the run was not cancelled. Before the table: its foreign key would take the lock in two steps.
ALTER TABLE debvisor.runs ADD COLUMN cancelled_by text;
-- People who asked for what another run was under way to find: they joined it, and are told its verdict as whoever asked is.
CREATE TABLE debvisor.run_watchers (
  run_id       uuid NOT NULL REFERENCES debvisor.runs ON DELETE CASCADE,
  slack_user   text NOT NULL,
  -- Slack's way to answer them alone, for a channel in which the bot cannot call them.
  response_url text,
  -- When they were answered so; a watcher who is called in the run's thread never is.
  told_at      timestamptz(3),
  created_at   timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, slack_user)
);
