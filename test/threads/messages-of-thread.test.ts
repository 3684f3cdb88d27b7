import { expect, it } from 'vitest'
import { mainMessage, messagesBelow } from '../../src/threads/messages-of-thread.ts'
import type { Thread } from '../../src/threads/views/read-thread.ts'
import { runbooks } from '../runbooks/diagnosis.ts'
import { diskReport, run } from '../slack/messages/sample-views.ts'
import { ticketView } from '../slack/messages/ticket/sample-tickets.ts'

const reachable = ['page', 'message', 'mail'] as const
const answer = { status: 'answered', exitCode: 0, ms: 1, command: 'df', stdout: 'x', stderr: '' } as const
const thread = (parts: Partial<Thread> = {}): Thread => ({
  run: run({ report: diskReport() }),
  runbook: runbooks.topics.get('db'),
  records: [{ id: 'disk', ...answer }],
  outputsGone: false,
  escalations: [],
  around: [],
  outbox: [],
  watches: [],
  tickets: [],
  fixes: { asked: [] },
  solved: undefined,
  solvedBefore: undefined,
  otherThreads: new Map(),
  ancestors: [],
  parentThread: undefined,
  callsAsker: true,
  watchers: [],
  alerts: [],
  posted: new Map(),
  ...parts,
})
const keys = (parts?: Partial<Thread>) => messagesBelow(thread(parts), reachable).map(({ key }) => key)
const unseen = [{ probe: 'disk', reason: 'no', remedy: 'look' }]
const failed = run({
  state: 'failed',
  failure: { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' },
})

it('a thread has the evidence first, then its file, then the tickets', () => {
  const ticket = ticketView('## Summary\nx')
  expect(keys()).toEqual(['thread:evidence:1', 'file:output'])
  expect(keys({ tickets: [ticket] })).toEqual([
    'thread:evidence:1',
    'file:output',
    `ticket:${ticket.ticket.id}`,
    expect.stringContaining('file:'),
  ])
})

it('a run under way has its own message alone', () => {
  const running = thread({ run: run({ state: 'running', endedAt: null }) })
  expect(messagesBelow(running, reachable)).toEqual([])
  expect(mainMessage(running, reachable).text).toContain('running')
})

it('a run without evidence calls whoever asked by a reply, unless an older version has shown it already', () => {
  expect(keys({ run: failed, records: [] })).toEqual(['thread:verdict'])
  expect(keys({ run: failed, records: [], callsAsker: false })).toEqual([])
})

it('a healthy run whose longer reply an older version has posted calls nobody again', () => {
  const report = diskReport({ verdict: 'healthy', findings: [] })
  const row = (key: string) => ({ runId: 'r', key, channel: 'C1', ts: '1.1', fileId: null, hash: null })
  const posted = (key: string) => keys({ run: run({ report }), posted: new Map([[key, row(key)]]) })
  expect(posted('thread:rest')).toEqual(['file:output'])
  expect(posted('thread:verdict')).toEqual(['thread:verdict', 'file:output'])
  expect(posted('main')).toEqual(['thread:verdict', 'file:output'])
})

it('a fix’s own look afterwards that found nothing repeats nothing of what was looked at', () => {
  const report = diskReport({ verdict: 'healthy', findings: [], unknown: unseen })
  expect(keys({ run: run({ parent: 'r0', afterFix: true, report }), records: [] })).toEqual([
    'thread:verdict',
  ])
})

it('Check again says what it could not see, also where it found nothing wrong', () => {
  const report = diskReport({ verdict: 'healthy', findings: [], unknown: unseen })
  expect(keys({ run: run({ parent: 'r0', report }), records: [] })).toEqual(['thread:rest'])
})

it('evidence whose outputs are gone is drawn from the verdict where nothing of it was posted, and else stays as it is', () => {
  const row = { runId: 'r', channel: 'C1', ts: '1.1', fileId: null, hash: null }
  const posted = new Map(['main', 'thread:evidence:1'].map((key) => [key, { ...row, key }]))
  expect(keys({ records: [], outputsGone: true })).toEqual(['thread:evidence:1'])
  expect(keys({ records: [], outputsGone: true, posted })).toEqual([])
})
