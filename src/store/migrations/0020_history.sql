-- What a recording of a run needs beside its report and what its probes answered: the parameters, the login, what it was compared with. Null: the run
-- is older than this column, or has no verdict.
ALTER TABLE debvisor.runs ADD COLUMN examined json;
-- The latest verdicts of a host, whatever was asked.
CREATE INDEX runs_of_host ON debvisor.runs (team, host, created_at DESC) WHERE state IN ('done', 'failed');
-- Whether a problem was there before.
CREATE INDEX runs_with_problem ON debvisor.runs USING gin (problem_keys) WHERE state IN ('done', 'failed');
-- What people say of a verdict. It never changes the verdict.
CREATE TABLE debvisor.run_feedback (
  run_id     uuid NOT NULL REFERENCES debvisor.runs ON DELETE CASCADE,
  slack_user text NOT NULL,
  rating     text NOT NULL CHECK (rating IN ('right', 'wrong')),
  -- What it was, in the person's own words, without secrets. Null: they did not say.
  said       text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, slack_user),
  CHECK (said IS NULL OR rating = 'wrong')
);
-- How long people took to answer, over the last weeks.
CREATE INDEX escalations_recent ON debvisor.escalations (team, created_at);
-- What was asked about a host, for the timeline of a run: an entry is text, whose keys are sorted and without spaces.
CREATE INDEX audit_of_host ON debvisor.audit (substring(entry FROM '"host":"([^"\\]*)"'), position);
