import type { Note, TrackedTicket } from '../../src/integrations/tracker.ts'

export const tracked = (parts: Partial<TrackedTicket> = {}): TrackedTicket => ({
  id: '5d1c6a8e-1b1f-4b7e-8a77-3d9f3d1e2f10',
  number: 12,
  title: 'db on host1: PostgreSQL is down',
  severity: 'critical',
  host: 'host1',
  topic: 'db',
  openedBy: 'Ana',
  createdAt: new Date(),
  opening: '## Summary\nPostgreSQL is down\n- Host: host1',
  evidence: '## Reproduction steps\n1. disk: answered\n    $ df -P',
  threadUrl: 'https://x.slack.com/archives/C1/p1',
  recurrenceOf: undefined,
  ...parts,
})

export const aNote = (parts: Partial<Note> = {}): Note => ({
  key: '7',
  kind: 'commented',
  at: new Date(),
  by: 'Bo',
  did: 'wrote',
  text: 'looked at it',
  ...parts,
})
