-- Since when the replicas that came to look know no such host, topic or group; null: the last one did.
ALTER TABLE debvisor.watches ADD COLUMN missing_since timestamptz(3);
ALTER TABLE debvisor.schedules ADD COLUMN missing_since timestamptz(3);
CREATE INDEX watches_looking ON debvisor.watches (look) WHERE look IS NOT NULL;
