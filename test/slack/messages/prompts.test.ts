import { expect, it } from 'vitest'
import type { Fix } from '../../../src/fixes/fix-store.ts'
import { type OpenForReader, promptsFor } from '../../../src/slack/messages/prompts.ts'
import { diskReport, run } from './sample-views.ts'

const nothing: OpenForReader = { fixes: [], escalated: [], own: [], tickets: 0, knowsOnCall: false }
const bad = run({ report: diskReport(), code: 'AAAA' })
const good = run({ report: diskReport({ verdict: 'healthy', findings: [] }), code: 'BBBB', host: 'host2' })
const fix = { title: 'Restart PostgreSQL', host: 'host1' } as Fix

it('has what waits for the reader first, and four in all', () => {
  const open = {
    fixes: [{ fix, run: bad }],
    escalated: [bad],
    own: [good, bad],
    tickets: 2,
    knowsOnCall: true,
  }
  expect(promptsFor(open).map(({ message }) => message)).toEqual([
    'why AAAA',
    'again AAAA',
    'tickets mine',
    'history host2',
  ])
  expect(promptsFor(open)[0]?.title).toBe('Waits for your approval: Restart PostgreSQL on host1')
})

it('asks why of a run that ended badly, and not of one that is well or under way', () => {
  const waiting = run({ state: 'running', endedAt: null, code: 'CCCC' })
  const asked = (own: OpenForReader['own']) => promptsFor({ ...nothing, own }).map(({ message }) => message)
  expect(asked([good, bad])).toContain('why AAAA')
  expect(asked([waiting, good]).filter((message) => message.startsWith('why'))).toEqual([])
})

it('always has something to begin with, in titles of one line', () => {
  expect(promptsFor(nothing).map(({ message }) => message)).toEqual(['hosts', 'help'])
  const host = 'a-host-with-a-very-long-name.example.net'.repeat(4)
  const long = promptsFor({ ...nothing, own: [run({ host })], escalated: [run({ host })] })
  for (const { title } of long) expect(title.length).toBeLessThanOrEqual(60)
})
