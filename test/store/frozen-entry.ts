import type { AuditEntry } from '../../src/store/audit/audit.ts'

export const entry = (asked: string): AuditEntry => ({
  team: 'T1',
  actor: 'U1',
  door: '/debvisor',
  action: 'diagnose',
  decision: 'allowed',
  host: null,
  topic: null,
  target: null,
  asked,
  reason: null,
})
