-- Slots that a run was given because the job of the one before was given up (src/runs/diagnose.ts).
ALTER TABLE debvisor.runs ADD COLUMN slots_given integer NOT NULL DEFAULT 0;
