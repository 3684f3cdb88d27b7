-- Its pattern means hosts too that whoever asked may not see, and that were not asked.
ALTER TABLE debvisor.fleet_runs ADD COLUMN is_partial boolean NOT NULL DEFAULT false;
