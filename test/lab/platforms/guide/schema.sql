CREATE ROLE debvisor LOGIN PASSWORD :'password';
CREATE DATABASE debvisor OWNER debvisor;
\connect debvisor
SET ROLE debvisor;
CREATE TABLE hosts (
  id serial PRIMARY KEY,
  name text NOT NULL UNIQUE,
  state text NOT NULL DEFAULT 'up',
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE metrics (
  id bigserial PRIMARY KEY,
  host_id integer NOT NULL REFERENCES hosts,
  taken_at timestamptz NOT NULL DEFAULT now(),
  cpu double precision NOT NULL,
  memory double precision NOT NULL
);
CREATE INDEX metrics_host_taken ON metrics (host_id, taken_at);
INSERT INTO hosts (name) SELECT 'node' || n FROM generate_series(1, 8) AS n;
INSERT INTO metrics (host_id, taken_at, cpu, memory)
  SELECT 1 + n % 8, now() - n * interval '10 minutes', n % 90, n % 70 FROM generate_series(1, 4000) AS n;
ANALYZE hosts, metrics;
