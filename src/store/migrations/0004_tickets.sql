-- What people do with a ticket, a level 1 of debvisor.escalations: who works at it, what was said, where it is mirrored.
-- That it is closed is debvisor.escalations.closed_at, and stands nowhere else.

CREATE TABLE debvisor.tickets (
  id         uuid PRIMARY KEY REFERENCES debvisor.escalations ON DELETE CASCADE,
  started    boolean NOT NULL DEFAULT false,
  assignee   text,
  resolution text,
  -- The ticket of the same problem that was closed last before this one was opened.
  earlier    uuid REFERENCES debvisor.escalations,
  -- Rises with each change that another one could contradict: not with a comment.
  version    integer NOT NULL DEFAULT 1
);
INSERT INTO debvisor.tickets (id) SELECT id FROM debvisor.escalations WHERE level = 1;
CREATE INDEX tickets_by_assignee ON debvisor.tickets (assignee);

CREATE TABLE debvisor.ticket_events (
  position  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ticket_id uuid NOT NULL REFERENCES debvisor.tickets ON DELETE CASCADE,
  -- A Slack user; null: the bot, because a check found the problem gone.
  actor     text,
  kind      text NOT NULL CHECK (kind IN ('edited', 'assigned', 'started', 'commented', 'closed', 'reopened')),
  -- The comment, the reason, or whom it was assigned to.
  text      text,
  at        timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX ticket_events_of ON debvisor.ticket_events (ticket_id, position);

CREATE TABLE debvisor.mirrors (
  ticket_id   uuid NOT NULL REFERENCES debvisor.tickets ON DELETE CASCADE,
  target      text NOT NULL,
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  external_id text,
  url         text,
  -- The last event that is there; 0: none yet.
  synced      bigint NOT NULL DEFAULT 0,
  -- Of the step that comes next; more than 0: an answer may have been lost, so look there before doing it again.
  tries       integer NOT NULL DEFAULT 0,
  next_try    timestamptz(3),
  error       text,
  -- Rises with all that is to be told: what came during a step is not overlooked at its end.
  wanted      integer NOT NULL DEFAULT 1,
  -- Of the worker that has it: a write with an older one is refused.
  epoch       integer NOT NULL DEFAULT 0,
  leased_till timestamptz(3),
  PRIMARY KEY (ticket_id, target)
);
CREATE INDEX mirrors_backlog ON debvisor.mirrors (target) WHERE state = 'waiting';
