import { readRecords } from '../../../../src/escalation/channels.ts'
import type { Escalation } from '../../../../src/escalation/escalation.ts'
import type { MirrorRow } from '../../../../src/escalation/tickets/mirror-store.ts'
import type { Ticket } from '../../../../src/escalation/tickets/ticket-store.ts'
import type { TicketView } from '../../../../src/slack/messages/ticket/ticket-message.ts'

const at = new Date('2026-11-05T14:03:00Z')

export const ticket = (body: string, parts: Partial<Escalation> = {}): Escalation => ({
  id: '5d1c6a8e-1b1f-4b7e-8a77-3d9f3d1e2f10',
  team: 'T1',
  problemKey: 'k',
  level: 1,
  runId: '0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e',
  channel: 'C1',
  actor: { kind: 'user', id: 'U01ANA' },
  state: 'done',
  number: 12,
  title: 'db on host1: PostgreSQL is down',
  body,
  severity: 'critical',
  records: readRecords({}),
  askedBy: null,
  handedBack: 0,
  lastFailure: null,
  error: null,
  version: 1,
  createdAt: at,
  updatedAt: at,
  closedAt: null,
  closedBy: null,
  assignee: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  reason: null,
  dueAt: null,
  dueThen: null,
  overdueAt: null,
  overdueTook: null,
  overdueNote: null,
  ...parts,
})

/** The same as people work at it. */
export const worked = (body: string, parts: Partial<Ticket> = {}): Ticket => ({
  ...ticket(body),
  number: 12,
  problemKey: 'problem-1',
  host: 'host1',
  topic: 'db',
  status: 'open',
  resolution: null,
  revision: 1,
  earlier: null,
  ...parts,
})

export const ticketView = (
  body: string,
  parts: Partial<Ticket> = {},
  more: Partial<TicketView> = {},
): TicketView => ({ ticket: worked(body, parts), events: [], mirrors: [], ...more })

export const mirrorRow = (parts: Partial<MirrorRow> = {}): MirrorRow => ({
  ticketId: '5d1c6a8e-1b1f-4b7e-8a77-3d9f3d1e2f10',
  target: 'github',
  state: 'waiting',
  externalId: null,
  url: null,
  synced: 0,
  tries: 0,
  nextTry: null,
  error: null,
  wanted: 1,
  epoch: 1,
  ...parts,
})
