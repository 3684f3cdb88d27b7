-- Who posts a message or a file at the moment, of all processes: the others wait, and take over where a hold has run out.
ALTER TABLE debvisor.messages
  ADD COLUMN held_by   text,
  ADD COLUMN held_till timestamptz(3);

-- Everything that happens to a ticket is done by somebody: a check closes none by itself any more.
UPDATE debvisor.ticket_events SET actor = 'a check' WHERE actor IS NULL;
ALTER TABLE debvisor.ticket_events ALTER COLUMN actor SET NOT NULL;
