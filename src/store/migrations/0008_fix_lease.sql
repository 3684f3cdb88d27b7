-- Until when the worker of a fix may send its next command, unless it is renewed: a worker that stood still for longer sends nothing more.
ALTER TABLE debvisor.fixes ADD COLUMN held_till timestamptz(3);
