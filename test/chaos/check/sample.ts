import { createHash } from 'node:crypto'
import { faultCounts } from '../faults/fault-counts.ts'
import { GAUGE } from '../hosts/host-kinds.ts'
import type { Facts } from './facts.ts'

const AT = Date.UTC(2026, 0, 1)
const PROBLEM = 'T1 gauge1 gauge.broken gauge'

const asked = {
  kind: 'diagnose',
  user: 'U1',
  channel: 'C1',
  topic: 'gauge',
  host: 'gauge1',
  about: '',
  trigger: 'trigger1',
  twice: false,
  sentAt: AT,
  endedAt: AT + 100,
  acknowledged: true,
  answers: [],
} as const

const run = {
  id: 'run1',
  code: '7K2Q',
  actor: 'U1',
  topic: 'gauge',
  host: 'gauge1',
  channel: 'C1',
  state: 'done',
  verdict: 'problem',
  failure: null,
  epoch: 1,
  startedAt: AT,
  endedAt: AT + 1_000,
}

const audit = {
  actor: 'U1',
  door: '/debvisor',
  action: 'diagnose',
  decision: 'allowed',
  host: 'gauge1',
  topic: 'gauge',
}
const escalation = { problemKey: PROBLEM, state: 'done', createdAt: AT, closedAt: null, overdueAt: null }

/** A small round in which all went well, with one of everything: what no check complains of, and each can be shown broken on. */
export const sampleFacts: Facts = {
  team: 'T1',
  asked: [asked],
  alertsSent: [{ startedAt: AT, host: 'gauge1', accepted: true, notices: 2 }],
  deliveries: ['request:T1:trigger1'],
  runs: [run, { ...run, id: 'run2', code: '8K2Q', actor: 'U2', topic: 'db', host: 'recorded1' }],
  audit: [
    { ...audit, target: 'run 7K2Q' },
    {
      ...audit,
      actor: 'U2',
      door: 'fix_approve',
      action: 'approve',
      target: 'fix fix1 approved, asked for by U1',
    },
    {
      ...audit,
      actor: 'time limit',
      door: 'time limit',
      action: 'page',
      target: 'level 2, escalation escalation2',
    },
  ],
  stored: [
    { run: 'run1', key: 'main', ts: '1.1' },
    { run: 'run2', key: 'main', ts: '1.2' },
    { run: 'run1', key: 'fix:fix1', ts: '1.3' },
  ],
  shown: [
    {
      channel: 'C1',
      ts: '1.1',
      run: 'run1',
      key: 'main',
      text: '🔴 gauge on gauge1',
      buttons: ['run_again'],
    },
    { channel: 'C1', ts: '1.2', run: 'run2', key: 'main', text: '🔴 db on recorded1', buttons: [] },
    { channel: 'C1', ts: '1.3', run: 'run1', key: 'fix:fix1', text: '✅ Mend the gauge: ran', buttons: [] },
  ],
  writes: [
    { at: AT, method: 'post', channel: 'C1', ts: '1.1', text: '⏳ gauge on gauge1: running' },
    { at: AT + 1_000, method: 'update', channel: 'C1', ts: '1.1', text: '🔴 gauge on gauge1' },
  ],
  files: [{ thread: 'C1 1.1', name: 'gauge-gauge1-7K2Q.txt' }],
  fixes: [
    {
      id: 'fix1',
      run: 'run1',
      host: 'gauge1',
      state: 'succeeded',
      production: true,
      requester: 'U1',
      approver: 'U2',
      begun: 2,
      steps: 2,
      startedAt: AT + 2_000,
      endedAt: AT + 4_000,
    },
  ],
  fixCommands: [
    { host: 'gauge1', step: GAUGE.count, at: AT + 2_500 },
    { host: 'gauge1', step: GAUGE.mend, at: AT + 3_500 },
  ],
  escalations: [
    { ...escalation, id: 'escalation2', level: 2, overdueAt: AT + 9_000 },
    { ...escalation, id: 'escalation3', level: 3 },
  ],
  sendings: [{ escalation: 'escalation3', channel: 'page', act: 'open', state: 'sent' }],
  pages: [{ dedupKey: `debvisor-${createHash('sha256').update(PROBLEM).digest('hex')}`, triggers: 1 }],
  alerts: [{ startedAt: AT, outcome: 'started', run: 'run1' }],
  hosts: [
    { name: 'gauge1', kind: 'gauge', topic: 'gauge' },
    { name: 'recorded1', kind: 'recorded', topic: 'db', verdict: 'problem' },
  ],
  unsettled: {},
  auditVerify: { status: 0, said: 'Good: 3 rows.' },
  crashes: [],
  exits: [{ name: 'replica1', status: 0 }],
  faults: Object.fromEntries(faultCounts.map((name) => [name, 1])) as Facts['faults'],
}
