-- What was checked again in a run's thread is asked each time that the thread is drawn.
CREATE INDEX runs_below ON debvisor.runs (parent) WHERE parent IS NOT NULL;
