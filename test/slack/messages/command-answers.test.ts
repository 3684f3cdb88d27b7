import { describe, expect, it } from 'vitest'
import {
  helpMessage,
  hostsMessage,
  type Joined,
  joinedMessage,
  runbooksMessage,
  statusMessage,
} from '../../../src/slack/messages/command-answers.ts'
import { whoamiMessage } from '../../../src/slack/messages/whoami.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { diskReport, run } from './sample-views.ts'

it('the status shows what is solved as its thread does', () => {
  const disk = run({ report: diskReport() })
  const solved = { resolved: { by: 'U02BO', at: new Date(0) } }
  const { text, blocks } = statusMessage([{ run: disk, solved }, { run: disk }])
  expect(text).toBe(
    'The latest run: ☑️ db on host1: solved. It was: PostgreSQL is down because its disk is full',
  )
  const [first, second] = toPlain({ text: '', blocks }).split('\n')
  expect(first).toMatch(`☑️ db on host1: resolved by @U02BO`)
  expect(second).toMatch('🔴 db on host1: PostgreSQL is down')
})

describe('who asks for what is being asked already', () => {
  const under = run({ state: 'running', report: null, endedAt: null, channel: 'C1' })
  const said = (more: Partial<Joined>) =>
    toPlain(
      joinedMessage({
        run: under,
        by: { user: 'U02BO', channel: 'C1' },
        url: 'https://x.slack.com/C1/1.1',
        now: new Date(under.createdAt.getTime() + 20_000),
        ...more,
      }),
    )

  it('reads where the answer comes, and why this topic where they named none', () => {
    expect(said({ reason: 'chosen by "disk"' })).toBe(
      '@U01ANA already asked for db on host1 20 s ago: the answer comes in that thread: https://x.slack.com/C1/1.1 and mentions you.\nchosen by "disk"',
    )
  })

  it('is promised no mention where the run has no message to mention them below', () => {
    expect(said({ url: undefined })).toBe(
      '@U01ANA already asked for db on host1 20 s ago: the answer comes here, and you are told.',
    )
  })
})

/** As a screen reader or a lock screen has it, without the blocks. */
it('the text of an answer says by itself what was asked for', () => {
  const topic = { topic: 'db', aliases: [], title: 'Database', symptoms: ['It is slow'] }
  const host = { name: 'host1', production: true } as never
  expect(helpMessage([topic]).text).toBe(
    'How to use /debvisor: diagnose &lt;topic&gt; &lt;host&gt; examines a host and posts the verdict',
  )
  expect(runbooksMessage([topic, { ...topic, topic: 'service' }]).text).toBe(
    'What can be diagnosed: db, service',
  )
  expect(hostsMessage({ hosts: new Map([['host1', host]]), groups: new Map() }).text).toBe(
    'The hosts of the inventory: host1',
  )
  expect(statusMessage([{ run: run({ report: diskReport() }) }], [], []).text).toBe(
    'The latest run: 🔴 db on host1: PostgreSQL is down because its disk is full',
  )
  const rights = [
    { group: 'web', everywhere: ['read'], partly: [] },
    { group: 'db', everywhere: [], partly: [] },
  ]
  expect(whoamiMessage({ user: 'U01ANA', team: 'Acme', usergroups: [], rights }).text).toBe(
    'You are a full member of Acme. You may do something in 1 of 2 groups of hosts: web',
  )
  expect(whoamiMessage({ user: 'U01ANA', team: 'Acme', usergroups: [], rights: [] }).text).toBe(
    'You are a full member of Acme. You may do nothing on any host',
  )
})
