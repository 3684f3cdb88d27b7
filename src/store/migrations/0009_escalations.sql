-- An escalation that found nothing configured has failed: a state of its own, which early versions stored, told nobody more than its error does.
UPDATE debvisor.escalations SET state = 'failed' WHERE state = 'not-configured';
ALTER TABLE debvisor.escalations DROP CONSTRAINT escalations_state_check;
ALTER TABLE debvisor.escalations ADD CONSTRAINT escalations_state_check
  CHECK (state IN ('requested', 'done', 'acknowledged', 'resolved', 'de-escalated', 'failed'));

-- The channels stand in one table of the code (escalation/channels.ts); an entry of a channel that this version does not know waits for one that does.
ALTER TABLE debvisor.sendings DROP CONSTRAINT sendings_channel_check;
