-- Why a run examines the topic that it does, where nobody named one: chosen by the symptoms, or a first look.
ALTER TABLE debvisor.runs ADD COLUMN reason text;
