-- A mention asks which run's message a thread hangs from.
CREATE INDEX messages_by_place ON debvisor.messages (channel, ts) WHERE key = 'main';
