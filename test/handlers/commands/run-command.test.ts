import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Action } from '../../../src/access/authorize.ts'
import { escalationsOfProblem } from '../../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../../src/escalation/open-escalation.ts'
import { noteRecheck, proposeFix } from '../../../src/fixes/fix-store.ts'
import { checkAgain } from '../../../src/handlers/actions/run.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import { slash } from '../../../src/handlers/commands/slash.ts'
import type { Permit, SlackRequest } from '../../../src/handlers/guard.ts'
import type { Run } from '../../../src/runs/run.ts'
import { claimRun, finishRun } from '../../../src/runs/run-lease.ts'
import { createRun, getRun, recentRuns } from '../../../src/runs/run-store.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { saveMessage } from '../../../src/store/posted-messages.ts'
import { makeParts, newRun } from '../../escalation/escalation-world.ts'
import { makePagerStub } from '../../escalation/pager-stub.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
let bot: Capabilities
let run: Run
/** What the audit has: allowed with its target, or refused with its reason. */
const audited: string[] = []
const opened: unknown[] = []
const counted: unknown[] = []

beforeAll(async () => {
  store = await openTestStore(kind)
  const parts = makeParts(store.db, makePagerStub(), { now: 'works' })
  bot = {
    ...parts,
    meter: { add: (name: string, labels: object) => void counted.push({ name, ...labels }), observe() {} },
    limits: {
      waiting: 500,
      waitingPerChannel: 50,
      waitingPerUser: 20,
      watches: 50,
      watchesPerUser: 10,
      schedules: 50,
    },
    store: storeWith(store.db),
    slack: {
      ...parts.slack,
      delivery: {
        ...parts.slack.delivery,
        permalink: async (channel: string, ts: string) => `https://x.slack.com/${channel}/${ts}`,
        openView: async (_trigger: string, view: unknown) => {
          opened.push(view)
          return { ok: true, viewId: 'V1' }
        },
      },
    },
  } as unknown as Capabilities
})
afterAll(() => store?.stop())
beforeEach(async () => {
  audited.splice(0)
  opened.splice(0)
  counted.splice(0)
  run = await newRun(store.db, `problem-${randomUUID()}`)
})

/** Somebody who may do these things only. What is written down has the host that the right was asked for. */
const request = (text: string, may: readonly Action[], user: string): SlackRequest => ({
  team: 'T1',
  user,
  channel: 'C9',
  responseUrl: null,
  trigger: 't',
  text,
  principal: { kind: 'user', id: user, team: 'T1', person: undefined },
  may: (action) => (may.includes(action) ? { allowed: true } : { allowed: false, reason: 'You may not.' }),
  permit: async (action, scope): Promise<Permit> => {
    const what = scope.host ? `${action} ${scope.topic} on ${scope.host}` : action
    if (may.includes(action))
      return { allowed: true, audit: async (_tx, target) => void audited.push(`${what}: ${target}`) }
    audited.push(`refused ${what}`)
    return { allowed: false, reason: `You may not ${action}.` }
  },
  refuse: async (action, _scope, reason) => void audited.push(`refused ${action}: ${reason}`),
})
const all: readonly Action[] = ['ask', 'read', 'diagnose', 'escalate', 'page']
const says = async (text: string, { may = all, user = 'U1' } = {}): Promise<string | undefined> => {
  const answer = await slash(bot, request(text, may, user))
  return answer && toPlain(answer)
}
const states = async () =>
  (await escalationsOfProblem(store.db, 'T1', run.problemKeys[0] ?? '')).map((e) => `${e.level} ${e.state}`)
const open = (level: 1 | 2 | 3) =>
  store.db.tx((tx) =>
    openEscalation(tx, bot, {
      team: 'T1',
      problemKey: run.problemKeys[0] ?? '',
      level,
      runId: run.id,
      channel: 'C1',
      actor: { kind: 'user', id: 'U1' },
      title: 't',
      body: 'b',
      severity: 'critical',
      host: 'host1',
    }),
  )
const runOn = (host: string, team = 'T1') =>
  createRun(store.db, {
    team,
    actor: { kind: 'user', id: 'U1' },
    topic: 'db',
    host,
    production: false,
    channel: 'C1',
    responseUrl: null,
  })

/** Host1 is not in production. */
const outside = (): Capabilities => {
  const hosts = new Map(bot.hosts.inventory.hosts)
  const host1 = hosts.get('host1')
  if (host1) hosts.set('host1', { ...host1, production: false })
  return { ...bot, hosts: { ...bot.hosts, inventory: { ...bot.hosts.inventory, hosts } } }
}

describe('/debvisor ack', () => {
  it('acknowledges the highest level that is open for the run’s problem, as the button does', async () => {
    await open(2)
    expect(await says(`ack ${run.code}`)).toBe(
      "You acknowledged the DevOps lead's escalation of db on host1.",
    )
    expect(await states()).toEqual(['2 acknowledged'])
    await open(3)
    expect(await says(`ack run ${run.code.toLowerCase()}`)).toBe('You acknowledged the page of db on host1.')
    expect(await states()).toEqual(['2 acknowledged', '3 acknowledged'])
    expect(audited).toEqual([
      expect.stringMatching(/^escalate db on host1: level 2 acknowledged/),
      expect.stringMatching(/^page db on host1: level 3 acknowledged/),
    ])
    expect(await says(`ack ${run.code}`)).toBe('Somebody has acknowledged the page of db on host1 already.')
  })

  it('says that there is nothing to acknowledge, and that only to whom it concerns', async () => {
    expect(await says(`ack ${run.code}`)).toBe(
      `Run ${run.code} (db on host1) has nothing to acknowledge: neither the DevOps lead nor the on-call has it.`,
    )
    const waiting = await runOn('host9')
    expect(await says(`ack ${waiting.code}`)).toMatch(
      /has nothing to acknowledge: the run is still under way\.$/,
    )
    expect(await says(`ack ${run.code}`, { may: ['ask', 'read'] })).toBe('You may not escalate.')
  })
})

describe('/debvisor page', () => {
  it('pages the on-call for a host in production, once', async () => {
    expect(await says(`page ${run.code}`)).toBe('The on-call is being paged about db on host1.')
    expect(await states()).toEqual(['3 requested'])
    expect(audited).toEqual([expect.stringMatching(/^page db on host1: level 3, escalation/)])
    expect(await says(`page ${run.code}`)).toBe('The on-call was already paged for this problem.')
    expect(opened).toEqual([])
  })

  it('opens the form for a host outside production, as the button does, and pages nobody before it is sent', async () => {
    expect(await slash(outside(), request(`page ${run.code}`, all, 'U1'))).toBeUndefined()
    expect(opened).toMatchObject([{ callback_id: 'page_override', private_metadata: run.id }])
    expect(await states()).toEqual([])
  })

  it('pages nobody for a run that was cancelled, and opens no form for one', async () => {
    const cancelled = await runOn('host1')
    await says(`cancel ${cancelled.code}`)
    const sentence = `Run ${cancelled.code} was cancelled: host1 was not diagnosed. Check again.`
    expect(await says(`page ${cancelled.code}`)).toBe(sentence)
    const answer = await slash(outside(), request(`page ${cancelled.code}`, all, 'U1'))
    expect(answer && toPlain(answer)).toBe(sentence)
    expect(opened).toEqual([])
  })

  it('opens no form for a run that is under way', async () => {
    const waiting = await runOn('host5')
    expect(await says(`page ${waiting.code}`)).toBe(
      'This run is still under way: escalate when it has ended.',
    )
    expect(opened).toEqual([])
  })

  it('outside production, where no form can open, says where to click', async () => {
    const answer = await slash(outside(), { ...request(`page ${run.code}`, all, 'U1'), opensForms: false })
    expect(answer && toPlain(answer)).toMatch(
      new RegExp(
        `Nobody was paged\\. To page all the same, click Page on-call under the verdict of run ${run.code}\\.$`,
      ),
    )
    expect([opened, await states()]).toEqual([[], []])
  })

  it('pages nobody for whom the policy does not allow it', async () => {
    expect(await says(`page ${run.code}`, { may: ['ask', 'read', 'escalate'] })).toBe('You may not page.')
    expect([await states(), audited]).toEqual([[], ['refused page db on host1']])
  })
})

describe('/debvisor resolve', () => {
  it('ends all that is open for the problem', async () => {
    await open(1)
    await open(2)
    expect(await says(`resolve ${run.code}`)).toBe('All that was open for db on host1 was resolved.')
    const all = await escalationsOfProblem(store.db, 'T1', run.problemKeys[0] ?? '')
    expect(all.map(({ level, closedBy }) => [level, closedBy])).toEqual([
      [1, 'U1'],
      [2, 'U1'],
    ])
    expect(await says(`resolve ${run.code}`)).toMatch(/has nothing to resolve/)
  })

  it('of a problem that nobody but a ticket has names the ticket, and closes nothing', async () => {
    const { escalation } = await open(1)
    expect(await says(`resolve ${run.code}`)).toMatch(
      `has nothing to resolve: neither the DevOps lead nor the on-call has it. Ticket #${escalation.number} is open: \`/debvisor ticket ${escalation.number} close\`.`,
    )
    expect(await states()).toEqual(['1 requested'])
  })

  it('of a healthy run ends what earlier ones left open', async () => {
    await open(2)
    const after = await runOn('host1')
    const { epoch } = (await claimRun(store.db, after.id, 'w')) as Run
    const found = { findings: [], ruledOut: [], unknown: [], probes: [], ms: 1, summary: 'fine' }
    const report = { topic: 'db', host: 'host1', verdict: 'healthy', ...found } as const
    await finishRun(store.db, { runId: after.id, epoch }, { state: 'done', report, problemKeys: ['healthy'] })
    expect(await says(`resolve ${after.code}`)).toBe('All that was open for db on host1 was resolved.')
    expect(await states()).toEqual(['2 resolved'])
    const status = await says('status')
    expect(status).toMatch(new RegExp(`☑️ db on host1: .* run ${run.code},`))
    expect(status).toMatch(new RegExp(`🟢 db on host1: .* run ${after.code},`))
  })
})

describe('/debvisor cancel', () => {
  it('is for whoever asked, whatever else they may, and for who may diagnose the host', async () => {
    const own = await runOn('host2')
    expect(await says(`cancel ${own.code}`, { may: ['ask'] })).toBe(
      `Run ${own.code} (db on host2) was cancelled.`,
    )
    expect(audited).toEqual([`ask db on host2: cancelled run ${own.code}`])
    expect(counted).toEqual([{ name: 'debvisor_runs_total', topic: 'db', verdict: 'cancelled' }])
    const other = await runOn('host3')
    expect(await says(`cancel ${other.code}`, { user: 'U02BO', may: ['ask', 'read'] })).toBe(
      'You may not diagnose.',
    )
    expect(await getRun(store.db, other.id)).toMatchObject({ state: 'queued' })
    expect(await says(`cancel ${other.code}`, { user: 'U02BO' })).toContain('was cancelled.')
    expect(await getRun(store.db, other.id)).toMatchObject({ state: 'cancelled', cancelledBy: 'U02BO' })
    expect(await says(`cancel ${other.code}`)).toBe(`Run ${other.code} was cancelled already, by @U02BO.`)
  })

  it('does not end the check whether a fix worked', async () => {
    const look = await runOn('host4')
    const fix = await proposeFix(store.db, {
      ...{ team: 'T1', runId: run.id, topic: 'db', host: 'host4', production: false, requester: 'U1' },
      ...{ finding: 'pg.stopped', subject: 's', fix: 'restart', title: 't', effect: 'e', risk: 'r' },
      ...{ runbookDigest: 'd', hostKey: 'SHA256:x', settleMs: 0, touches: null, steps: [] },
    })
    await noteRecheck(store.db, fix.id, look.id)
    expect(await says(`cancel ${look.code}`)).toBe(
      `Run ${look.code} is checking whether a fix worked, so it cannot be cancelled; it ends by itself within minutes.`,
    )
    expect(await getRun(store.db, look.id)).toMatchObject({ state: 'queued', afterFix: true })
  })

  it('leaves a run that has ended as it is, and says how it ended', async () => {
    expect(await says(`cancel ${run.code}`)).toBe(
      `Run ${run.code} had already ended: ⚫ db on host1: not examined, host1 cannot be reached`,
    )
  })
})

describe('/debvisor again and why', () => {
  it('check the same again in the run’s thread, and say what the verdict rests on', async () => {
    expect(await says(`again ${run.code}`)).toBe('db on host1 is being checked again.')
    const [newest] = await recentRuns(store.db, 'T1', 1)
    expect(newest).toMatchObject({ parent: run.id, topic: 'db', host: 'host1', channel: 'C1' })
    await says(`cancel ${newest?.code}`)
    expect(await says(`why ${run.code}`)).toMatch(
      /not examined, host1 cannot be reached[\s\S]*At host1: no answer/,
    )
  })

  it('do nothing, and tell nothing, for whom the policy does not allow it', async () => {
    const before = (await recentRuns(store.db, 'T1', 100)).length
    expect(await says(`again ${run.code}`, { may: ['ask', 'read'] })).toBe('You may not diagnose.')
    expect(await says(`why ${run.code}`, { may: ['ask', 'diagnose'] })).toBe('You may not read.')
    expect(await recentRuns(store.db, 'T1', 100)).toHaveLength(before)
  })
})

it('a run that there is not, or of another workspace, is told so, and the audit has it', async () => {
  const other = await runOn('host1', 'T2')
  for (const code of ['ZZZZ', other.code]) {
    audited.splice(0)
    for (const act of ['ack', 'page', 'resolve', 'cancel', 'again', 'why'])
      expect((await says(`${act} ${code}`))?.replaceAll('`', '')).toBe(
        `There is no run ${code}: nothing was done. /debvisor status lists the latest.`,
      )
    expect(audited.map((row) => row.split(':')[0])).toEqual([
      'refused escalate',
      'refused page',
      'refused escalate',
      'refused diagnose',
      'refused diagnose',
      'refused read',
    ])
  }
  expect(await getRun(store.db, other.id)).toMatchObject({ state: 'queued' })
})

it('a host in the place of a run is told apart, for who may know of it, and nothing counts as refused', async () => {
  expect(await says('cancel host1')).toBe(
    '`host1` is a host, and this takes the code of a run: `/debvisor cancel 7F3K`. `/debvisor status` lists them.',
  )
  expect(audited).toEqual([])
  expect(await says('cancel host1', { may: ['ask'] })).toMatch(/^There is no run `host1`: nothing was done\./)
})

it('*Check again* from elsewhere answers in the thread of the run, and says where that is', async () => {
  const main = { runId: run.id, key: 'main', channel: 'C1', ts: '1.1', fileId: null, hash: null }
  await saveMessage(store.db, main)
  const from = (channel: string): SlackRequest => ({
    ...request(run.id, all, 'U1'),
    channel,
    trigger: channel,
  })
  const answer = await checkAgain(bot, from('D1'))
  expect(answer && toPlain(answer)).toBe(
    'db on host1 is being checked again. Open the thread: https://x.slack.com/C1/1.1',
  )
  const [again] = await recentRuns(store.db, 'T1', 1)
  expect(again).toMatchObject({ channel: 'C1', parent: run.id, reason: `checks run ${run.code} again` })
  const joined = await checkAgain(bot, from('C1'))
  expect(joined && toPlain(joined)).toMatch(
    /^You already asked for db on host1 a moment ago: the answer comes here/,
  )
})
