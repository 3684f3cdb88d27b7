-- What a host was made of when a run found it well: one for each topic, the newest. A run in trouble is compared with it.
CREATE TABLE debvisor.snapshots (
  team text NOT NULL,
  host text NOT NULL,
  topic text NOT NULL,
  run_id uuid NOT NULL,
  taken_at timestamptz NOT NULL,
  snapshot jsonb NOT NULL,
  PRIMARY KEY (team, host, topic)
);
