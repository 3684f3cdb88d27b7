-- Whether the thread may still call whoever asked: a run that an older version has shown is over, and a late call would wake somebody for it.
ALTER TABLE debvisor.runs ADD COLUMN calls_asker boolean NOT NULL DEFAULT true;
UPDATE debvisor.runs SET calls_asker = false WHERE ended_at IS NOT NULL;
