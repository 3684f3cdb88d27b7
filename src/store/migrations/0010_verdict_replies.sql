-- Whether the thread may still call whoever asked: a run that an older version has shown is over, and a late call would wake somebody for it. Runs
-- that have ended get their value from the column, so that none of them is written anew while everybody waits for the table.
ALTER TABLE debvisor.runs ADD COLUMN calls_asker boolean NOT NULL DEFAULT false;
UPDATE debvisor.runs SET calls_asker = true WHERE ended_at IS NULL;
ALTER TABLE debvisor.runs ALTER COLUMN calls_asker SET DEFAULT true;
