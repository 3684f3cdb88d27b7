-- The ladder: what became of each level of an escalation, its timer, and what still has to be sent. Times are the database's.

ALTER TABLE debvisor.escalations DROP CONSTRAINT escalations_state_check;
ALTER TABLE debvisor.escalations ADD CONSTRAINT escalations_state_check
  CHECK (state IN ('requested', 'done', 'acknowledged', 'resolved', 'de-escalated', 'failed', 'not-configured'));

ALTER TABLE debvisor.escalations
  -- Whom it was brought to, where that is one person: a Slack user.
  ADD COLUMN assignee        text,
  ADD COLUMN acknowledged_by text,
  ADD COLUMN acknowledged_at timestamptz(3),
  ADD COLUMN closed_by       text,
  -- Why an on-call was paged outside production.
  ADD COLUMN reason          text,
  -- Until when it has to be acknowledged, and what follows then. Null: nobody waits (any more).
  ADD COLUMN due_at          timestamptz(3),
  ADD COLUMN due_then        text CHECK (due_then IN ('offer', 'page')),
  -- When the time was over, and what was done: the next level was offered or taken.
  ADD COLUMN overdue_at      timestamptz(3),
  ADD COLUMN overdue_took    text CHECK (overdue_took IN ('offer', 'page')),
  -- Null: the page was for production; otherwise one sentence why time alone did not page.
  ADD COLUMN overdue_note    text;

DROP INDEX debvisor.escalations_open;
CREATE UNIQUE INDEX escalations_open ON debvisor.escalations (team, problem_key, level)
  WHERE closed_at IS NULL AND state IN ('requested', 'done', 'acknowledged');
CREATE INDEX escalations_due ON debvisor.escalations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX escalations_paged ON debvisor.escalations ((external ->> 'dedupKey')) WHERE level = 3;

-- One effect outside each: a direct message, a mail, an event for the pager. Those of a lane happen in the order of their position.
CREATE TABLE debvisor.sendings (
  position      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  escalation_id uuid NOT NULL REFERENCES debvisor.escalations ON DELETE CASCADE,
  channel       text NOT NULL CHECK (channel IN ('message', 'mail', 'page')),
  act           text NOT NULL CHECK (act IN ('open', 'acknowledge', 'resolve')),
  lane          text NOT NULL,
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dropped')),
  -- Counted before each try, so that a crash in the middle of one is a try whose end nobody knows.
  tries         integer NOT NULL DEFAULT 0,
  next_at       timestamptz(3) NOT NULL DEFAULT now(),
  busy_until    timestamptz(3),
  reason        text,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  ended_at      timestamptz(3)
);
CREATE INDEX sendings_waiting ON debvisor.sendings (next_at) WHERE state = 'waiting';
CREATE INDEX sendings_lane ON debvisor.sendings (lane, position) WHERE state = 'waiting';
CREATE INDEX sendings_of ON debvisor.sendings (escalation_id);
