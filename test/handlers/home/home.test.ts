import { randomUUID } from 'node:crypto'
import type { Receiver } from '@slack/bolt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { checkBlocks } from '../../../playground/slack/blocks/check.ts'
import { addEscalation } from '../../../src/escalation/escalation-store.ts'
import type { Report } from '../../../src/findings/report.ts'
import { type Fix, proposeFix, requestFix } from '../../../src/fixes/fix-store.ts'
import { fillFromButton } from '../../../src/handlers/diagnose-form/fill-diagnose-form.ts'
import { guard } from '../../../src/handlers/guard.ts'
import { makeApp } from '../../../src/handlers/slack-app.ts'
import type { Run } from '../../../src/runs/run.ts'
import { noticeMessage } from '../../../src/slack/messages/command-answers.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { openTestStore, storeKinds, type TestStore } from '../../fakes/stores.ts'
import { diskReport } from '../../slack/messages/sample-views.ts'
import { ran } from '../commands/history-world.ts'
import { type HomeWorld, makeHomeWorld } from './home-world.ts'

const healthy = diskReport({ verdict: 'healthy', summary: 'nothing is wrong', findings: [] })
const warning: Report = diskReport({
  summary: 'the clock is off',
  findings: diskReport()
    .findings.slice(0, 1)
    .map((each) => ({ ...each, severity: 'warning', id: 'host.clock' })),
})
const unclear = diskReport({ verdict: 'inconclusive', summary: 'the log could not be read', findings: [] })

describe('the Home tab', () => {
  let store: TestStore
  let world: HomeWorld
  beforeAll(async () => {
    store = await openTestStore(storeKinds[0] ?? 'embedded')
  })
  afterAll(() => store?.stop())
  beforeEach(async () => {
    for (const table of ['fixes', 'escalations', 'runs'])
      await store.db.query(`DELETE FROM debvisor.${table}`)
    world = makeHomeWorld(store.db)
  })

  const waits = async (run: Run, requester = 'U02BO'): Promise<Fix> => {
    const about = { team: 'T1', runId: run.id, topic: run.topic, host: run.host, production: true, requester }
    const { id } = await store.db.tx((tx) =>
      proposeFix(tx, {
        ...about,
        ...{ finding: 'pg.stopped', subject: 's', fix: 'restart', runbookDigest: 'd', hostKey: 'k' },
        steps: [{ as: 'root', argv: ['x'], text: 'sudo systemctl restart postgresql', timeoutMs: 1 }],
        ...{ title: 'Restart PostgreSQL', effect: 'it runs again', risk: 'open sessions end' },
        ...{ settleMs: 0, touches: null },
      }),
    )
    return (await requestFix(store.db, id, requester)) as Fix
  }
  const escalated = (run: Run, level: 1 | 2 | 3) =>
    store.db.tx((tx) =>
      addEscalation(tx, {
        ...{ team: 'T1', problemKey: randomUUID(), level, runId: run.id, channel: run.channel },
        actor: { kind: 'user', id: 'U1' },
        ...{ title: `${run.topic} on ${run.host}`, body: 'b', severity: 'critical' },
      }),
    )
  /** Everything that there can be, on a host. */
  const everythingOn = async (host: string) => {
    const run = await ran(store.db, diskReport(), { host })
    await waits(run)
    await escalated(run, 2)
    const { escalation } = await escalated(run, 1)
    await store.db.query('UPDATE debvisor.tickets SET assignee = $2 WHERE id = $1', [escalation.id, 'U06ONE'])
    await store.db.query('UPDATE debvisor.runs SET actor_id = $2 WHERE id = $1', [run.id, 'U06ONE'])
    return run
  }

  it.each([
    ['a guest', 'U08GUEST', 'T1', 'Guests may not use this command; ask a full member of the workspace.'],
    ['somebody of another workspace', 'U1', 'T2', 'This bot serves its own workspace only.'],
    [
      'a stranger in a shared channel',
      'U09OTHER',
      'T1',
      'This bot serves members of its own workspace only.',
    ],
    ['a member who may not read', 'U07NONE', 'T1', 'You may not read:'],
  ])(
    'says one sentence to %s, nothing of any host, and the refusal is in the audit',
    async (_, user, team, said) => {
      await everythingOn('host1')
      const shown = await world.opens(user, team)
      expect(shown).toContain(said)
      expect(shown).not.toMatch(/host1|PostgreSQL/)
      expect(world.tab().blocks).toHaveLength(1)
      expect(world.rows).toMatchObject([
        { door: 'the Home tab', action: 'read', decision: 'refused', actor: user },
      ])
    },
  )

  it('shows of each part what its reader may see, and counts nothing else', async () => {
    await everythingOn('host1')
    await everythingOn('host2')
    const shown = await world.opens('U06ONE')
    expect(shown).not.toContain('host2')
    expect(shown).toContain(
      '1 fix waits for your approval · 1 escalation is open · 1 host is not healthy · you have 1 open ticket',
    )
    for (const title of [
      'Waits for your approval',
      'Open escalations',
      'Hosts',
      'Your tickets',
      'Your latest runs',
    ])
      expect(shown).toContain(title)
    expect(world.rows).toMatchObject([{ door: 'the Home tab', action: 'read', decision: 'allowed' }])
  })

  it('shows a fix with its commands to whoever may approve it, and not to whoever asked for it', async () => {
    await waits(await ran(store.db, diskReport()))
    const shown = await world.opens('U1')
    expect(shown).toContain('$ sudo systemctl restart postgresql')
    expect(JSON.stringify(world.tab())).toContain('fix_approve')
    const own = await world.opens('U02BO')
    expect(own).not.toContain('systemctl')
    expect(JSON.stringify(world.tab())).not.toContain('fix_approve')
    await store.db.query(`UPDATE debvisor.fixes SET expires_at = now() - interval '1 second'`)
    expect(await world.opens('U1')).not.toContain('systemctl')
  })

  it('has the worst hosts first, each with the worst of the newest verdicts of its topics', async () => {
    await ran(store.db, warning, { host: 'host3' })
    await ran(store.db, diskReport(), { host: 'host2', topic: 'service' })
    await ran(store.db, healthy, { host: 'host2' })
    await ran(store.db, diskReport(), { host: 'host1' })
    await ran(store.db, healthy, { host: 'host1' })
    const shown = await world.opens('U1')
    expect([...shown.matchAll(/^(\S+) (host\d) ·/gmu)].map(([, mark, host]) => [mark, host])).toEqual([
      ['🔴', 'host2'],
      ['🟠', 'host3'],
      ['🟢', 'host1'],
    ])
    expect(shown).toContain('PostgreSQL is down because its disk is full')
  })

  it('tells a host that was solved from one that is not, and one that could not be reached from a healthy one', async () => {
    const solved = await ran(store.db, diskReport(), { host: 'host1' })
    await store.db.query(
      `INSERT INTO debvisor.escalations (team, problem_key, level, run_id, channel, actor_kind, actor_id, title, body,
         severity, state, closed_at, closed_by) VALUES ('T1', $1, 2, $2, 'C1', 'user', 'U1', 't', 'b', 'critical',
         'resolved', now(), 'U02BO')`,
      [solved.problemKeys[0], solved.id],
    )
    await ran(store.db, unclear, { host: 'host2' })
    await ran(store.db, healthy, { host: 'host3' })
    await ran(store.db, 'unreachable', { host: 'host3' })
    const shown = await world.opens('U1')
    expect([...shown.matchAll(/^(\S+) (host\d) ·/gmu)].map(([, mark, host]) => [mark, host])).toEqual([
      ['⚫', 'host3'],
      ['🟡', 'host2'],
      ['☑️', 'host1'],
    ])
    expect(shown).toContain('2 hosts are not healthy')
  })

  it('is bounded however many hosts there are, and counts the rest', async () => {
    const hosts = Array.from({ length: 60 }, (_, at) => `host${at + 1}`)
    world = makeHomeWorld(store.db, hosts)
    for (const host of hosts.slice(0, 30)) await ran(store.db, diskReport(), { host })
    for (const host of hosts.slice(30, 40)) await ran(store.db, healthy, { host })
    const shown = await world.opens('U1')
    expect(shown).toContain('30 hosts are not healthy')
    expect(shown).toContain('More hosts: 22 not healthy, 10 healthy or solved, 20 not looked at in 30 days.')
    expect(checkBlocks('home', JSON.parse(JSON.stringify(world.tab().blocks)), new Set())).toEqual([])
  })

  it('links the threads, and offers to diagnose what was never looked at', async () => {
    const run = await ran(store.db, diskReport())
    await saveMessage(store.db, {
      ...{ runId: run.id, key: 'main', channel: 'C1', ts: '5.0', fileId: null, hash: null },
    })
    await world.opens('U1')
    const json = JSON.stringify(world.tab())
    expect(json).toContain('https://x.slack.com/C1/5.0')
    expect(json).toContain(`"action_id":"history_show","text":{"type":"plain_text","text":"History"`)
    for (const value of [run.id, 'host2', 'host3', '*']) expect(json).toContain(`"value":"${value}"`)
  })

  it.each([
    ['of a run', async (run: Run) => run.id, 'host1', 'db'],
    ['of a host', async () => 'host2', 'host2', '*'],
    ['of nothing yet', async () => '*', undefined, '*'],
  ])(
    'its button opens the form %s, whose answer goes where the reader chooses',
    async (_, value, host, topic) => {
      const run = await ran(store.db, diskReport())
      const caller = { team: 'T1', user: 'U1', channel: '', responseUrl: null, trigger: 't' }
      let form = ''
      await guard(
        world.bot,
        { name: 'x', action: 'ask' },
        { ...caller, text: await value(run) },
        async (request) => {
          form = JSON.stringify(await fillFromButton(world.bot, request))
          return undefined
        },
      )
      expect(form.includes('"initial_option":{"text":{"type":"plain_text","text":"host')).toBe(
        host !== undefined,
      )
      if (host) expect(form).toContain(`"value":"${host}"`)
      expect(form).toContain(
        `"initial_option":{"text":{"type":"plain_text","text":"${topic === '*' ? 'By symptom' : topic}`,
      )
      expect(form).toContain('Where the answer goes')
    },
  )

  it('answers a click in a form and is drawn anew; where no form opens any more, the answer stands at its top', async () => {
    await ran(store.db, diskReport())
    const answer = noticeMessage('This changed meanwhile.')
    expect(await world.clicks('U1', answer)).not.toContain('This changed meanwhile.')
    expect(world.modals).toEqual(['This changed meanwhile.'])
    world.triggers.areLate = true
    const shown = await world.clicks('U1', answer)
    expect(shown.startsWith('This changed meanwhile.')).toBe(true)
    expect(shown).toContain('host1')
    // The click itself has its row.
    expect(world.rows).toEqual([])
  })

  it('has the buttons of the threads: a click does what it does there, with one row, and the tab shows it', async () => {
    const { escalation } = await escalated(await ran(store.db, diskReport()), 2)
    await store.db.query(`UPDATE debvisor.escalations SET state = 'done' WHERE id = $1`, [escalation.id])
    await world.opens('U1')
    expect(JSON.stringify(world.tab())).toContain('ladder_acknowledge')
    world.rows.length = 0
    const receiver: Receiver = { init: () => {}, start: async () => {}, stop: async () => {} }
    const self = { token: 'xoxb-1', id: 'B0BOT', user: 'U0BOT', team: 'T1' }
    const app = makeApp(world.bot, { receiver, self, apiUrl: undefined })
    const click = async () => {
      const action = { type: 'button', action_id: 'ladder_acknowledge', block_id: 'b', value: escalation.id }
      const body = {
        ...{
          type: 'block_actions',
          user: { id: 'U1' },
          team: { id: 'T1' },
          trigger_id: 't',
          actions: [action],
        },
        ...{ api_app_id: 'A1', container: { type: 'view' }, view: { id: 'V0', type: 'home' } },
      }
      await app.processEvent({ body, ack: async () => {} })
      return JSON.stringify(world.tab())
    }
    expect(await click()).not.toContain('ladder_acknowledge')
    expect(world.rows).toMatchObject([
      { door: 'ladder_acknowledge', action: 'escalate', decision: 'allowed' },
    ])
    expect(world.modals).toEqual([])
    // The same button on a tab that was left open.
    await click()
    expect(world.modals).toEqual([expect.stringContaining('This changed meanwhile')])
  })

  it('does not wait for a pager that is slow, and says so', async () => {
    const bot = { ...world.bot, pagerApi: { onCall: () => new Promise<never>(() => {}) } }
    Object.assign(world.bot, bot)
    const shown = await world.opens('U1')
    expect(shown).toContain('PagerDuty did not answer in time')
    expect(shown).toContain('Nothing waits for you, and no trouble is known.')
  })
})
