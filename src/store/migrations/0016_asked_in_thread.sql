-- Somebody is at what was delivered, till then; null: it was taken for good. Before the runs: whoever starts one locks the
-- tables in this order.
ALTER TABLE debvisor.deliveries ADD COLUMN held_till timestamptz(3);
-- Ts of the thread that a run was asked for in; null: it has one of its own, or that of the run that it checks again.
ALTER TABLE debvisor.runs ADD COLUMN thread text;
CREATE INDEX runs_in_thread ON debvisor.runs (channel, thread) WHERE thread IS NOT NULL;
