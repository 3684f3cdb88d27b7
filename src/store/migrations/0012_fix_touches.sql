-- What a fix would change beyond its commands, and whom else it concerns, as the form showed it (fix-touches.ts), with the time at which the
-- run saw it. Null: it was asked for before anybody wrote that down.
ALTER TABLE debvisor.fixes ADD COLUMN touches jsonb;
