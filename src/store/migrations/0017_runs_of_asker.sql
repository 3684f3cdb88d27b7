-- The menu of hosts begins with those that its reader asked about, at each letter that is typed.
CREATE INDEX runs_of_asker ON debvisor.runs (team, actor_id, created_at DESC);
