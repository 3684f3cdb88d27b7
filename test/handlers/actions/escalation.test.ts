import { randomUUID } from 'node:crypto'
import type { KnownBlock } from '@slack/types'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Escalation } from '../../../src/escalation/escalation.ts'
import { escalationsOfProblem, getEscalation } from '../../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../../src/escalation/open-escalation.ts'
import { entriesOf } from '../../../src/escalation/outbox/outbox-store.ts'
import {
  acknowledgeButton,
  deEscalateButton,
  type EscalationCapabilities,
  resolveAllButton,
  resolveButton,
  saveReassignment,
} from '../../../src/handlers/actions/escalation.ts'
import {
  leadInsteadButton,
  type PageCapabilities,
  saveOverride,
} from '../../../src/handlers/actions/page-outside-production.ts'
import { escalateButton } from '../../../src/handlers/actions/run.ts'
import type { FormResult } from '../../../src/handlers/form-result.ts'
import type { Permit, SlackRequest } from '../../../src/handlers/guard.ts'
import type { Run } from '../../../src/runs/run.ts'
import { claimRun, finishRun } from '../../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../../src/runs/run-store.ts'
import { overrideForm } from '../../../src/slack/messages/escalation/forms.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { makeParts, newRun } from '../../escalation/escalation-world.ts'
import { makePagerStub } from '../../escalation/pager-stub.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'

const [kind = 'embedded'] = storeKinds
const member = { team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
let store: TestStore
let bot: EscalationCapabilities & PageCapabilities
let run: Run
let lead: Escalation
const audited: string[] = []
const permitted: string[] = []

beforeAll(async () => {
  store = await openTestStore(kind)
  const { slack, hosts, runbooks, escalationSettings } = makeParts(store.db, makePagerStub(), {
    now: 'works',
  })
  bot = {
    store: storeWith(store.db),
    access: { homeTeam: 'T1' },
    slack: {
      ...slack,
      memberships: async () => new Map(),
      person: async (id) => ({
        ...member,
        id,
        guest: id === 'UGUEST',
        stranger: id === 'USTRANGE',
        bot: id === 'UBOT',
      }),
    },
    hosts,
    runbooks,
    escalationSettings,
    redactor: { text: (text) => text, output: (bytes) => Buffer.from(bytes).toString() },
  }
})
afterAll(() => store?.stop())

const open = async (level: 1 | 2 | 3, team = 'T1'): Promise<Escalation> => {
  const { escalation } = await store.db.tx((tx) =>
    openEscalation(tx, bot, {
      team,
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
  return (await getEscalation(store.db, escalation.id)) as Escalation
}

beforeEach(async () => {
  audited.splice(0)
  permitted.splice(0)
  run = await newRun(store.db, `problem-${randomUUID()}`)
  lead = await open(2)
})

/** Somebody of team T1 whom the policy allows, or not. */
const request = (text: string, may = true): SlackRequest => ({
  team: 'T1',
  user: 'U1',
  channel: 'C1',
  responseUrl: null,
  trigger: `V${randomUUID()}`,
  text,
  principal: { kind: 'user', id: 'U1', team: 'T1', person: undefined },
  may: () => ({ allowed: may, reason: 'no' }) as never,
  permit: async (action): Promise<Permit> => {
    permitted.push(action)
    return may
      ? { allowed: true, audit: async (_tx, target) => void audited.push(target ?? '') }
      : { allowed: false, reason: 'You may not.' }
  },
  refuse: async () => {},
})
const buttons = { acknowledgeButton, deEscalateButton, resolveButton } as const
const states = async () =>
  (await escalationsOfProblem(store.db, 'T1', run.problemKeys[0] ?? '')).map((r) => r.state)
const form = (private_metadata: string, values: Record<string, object>) =>
  ({
    private_metadata,
    state: { values: Object.fromEntries(Object.entries(values).map(([k, v]) => [k, { value: v }])) },
  }) as never
/** What stands in the form's place. */
const said = (result: FormResult): string =>
  result.ok && result.view ? toPlain({ text: '', blocks: result.view.blocks as KnownBlock[] }) : ''

describe.each(Object.entries(buttons))('%s', (_, press) => {
  it.each([
    ['nothing', ''],
    ['a sentence', "' OR true --"],
    ['an id of nothing', randomUUID()],
    ['an id and more', `${randomUUID()} `],
  ])('with %s is answered, and nothing is done', async (_name, forged) => {
    expect((await press(bot, request(forged)))?.text).toMatch(/nothing was done/i)
    expect(await states()).toEqual(['requested'])
    expect(audited).toEqual([])
  })

  it("with a ticket's id, or with one of another workspace, is answered, and nothing is done", async () => {
    const ticket = await open(1)
    const foreign = await open(2, 'T2')
    for (const { id } of [ticket, foreign])
      expect((await press(bot, request(id)))?.text).toMatch(/nothing was done/i)
    expect(await states()).toEqual(['requested', 'requested'])
  })

  it('of somebody without the right is refused with the reason', async () => {
    expect((await press(bot, request(lead.id, false)))?.text).toBe('You may not.')
    expect(await states()).toEqual(['requested'])
  })

  it('works once: the second click, on a message that is old by then, says so', async () => {
    expect(await press(bot, request(lead.id))).toBeUndefined()
    const after = await states()
    expect((await press(bot, request(lead.id)))?.text).toMatch(
      /(changed meanwhile:|Nothing was open any more;) the thread shows how it stands\./,
    )
    expect(await states()).toEqual(after)
    expect(audited.filter((target) => target !== '')).toHaveLength(1)
  })

  it('works once of twenty clicks at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => press(bot, request(lead.id))))
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1)
  })
})

describe('rights', () => {
  it('on a page are those to page; what ends a page along with the rest needs them too', async () => {
    const page = await open(3)
    await acknowledgeButton(bot, request(page.id))
    await resolveButton(bot, request(lead.id))
    expect(permitted).toEqual(['page', 'page'])
    expect(await states()).toEqual(['resolved', 'resolved'])
  })

  it('on the lead are those to escalate', async () => {
    await acknowledgeButton(bot, request(lead.id))
    await resolveButton(bot, request(lead.id))
    expect(permitted).toEqual(['escalate', 'escalate'])
  })
})

describe('forms', () => {
  it.each([
    ['nobody', undefined],
    ['a channel', 'C0123'],
    ['a name', '@bo'],
  ])('to reassign to %s are refused in place', async (_, to) => {
    const filed = await saveReassignment(bot, request(''), form(lead.id, { to: { selected_user: to } }))
    expect(filed).toEqual({ ok: false, sentence: 'Choose a person of this workspace.' })
    expect((await getEscalation(store.db, lead.id))?.assignee).toBe('U9')
  })

  it.each(['UGUEST', 'USTRANGE', 'UBOT'])('to reassign to %s write nothing to them', async (to) => {
    const filed = await saveReassignment(bot, request(''), form(lead.id, { to: { selected_user: to } }))
    expect(filed).toMatchObject({ ok: false, sentence: expect.stringMatching(/full member/) })
    expect((await getEscalation(store.db, lead.id))?.assignee).toBe('U9')
    expect(
      await saveReassignment(bot, request(''), form(lead.id, { to: { selected_user: 'U777' } })),
    ).toMatchObject({ ok: true })
    expect((await getEscalation(store.db, lead.id))?.assignee).toBe('U777')
  })

  it('to reassign say who is written to and until when they have time, and write once however often they are sent', async () => {
    const sent = { ...request(''), trigger: `V${randomUUID()}` }
    const toBo = form(lead.id, { to: { selected_user: 'U777' } })
    const first = said(await saveReassignment(bot, sent, toBo))
    expect(first).toContain('@U777 is being written to about db on host1. This pages nobody.')
    expect(first).toMatch(/They have until .* to acknowledge/)
    const written = async () => (await entriesOf(store.db, [lead.id])).map(({ position }) => position)
    const before = await written()
    const again = said(await saveReassignment(bot, sent, toBo))
    expect(again).toContain('@U777 has db on host1 already. They were not written to again.')
    expect(await written()).toEqual(before)
    expect(audited).toHaveLength(1)
    // Slack had kept it open: somebody else was chosen in it.
    await saveReassignment(bot, sent, form(lead.id, { to: { selected_user: 'U888' } }))
    expect((await getEscalation(store.db, lead.id))?.assignee).toBe('U888')
  })

  it('with a forged id are refused in place', async () => {
    const user = { to: { selected_user: 'U777' } }
    expect(await saveReassignment(bot, request(''), form('x', user))).toMatchObject({ ok: false })
    const page = {
      what: { selected_option: { value: 'page' } },
      reason: { value: 'the release hangs on it' },
    }
    expect(await saveOverride(bot, request(''), form('x', page))).toMatchObject({ ok: false })
    const odd = { what: { selected_option: { value: 'all' } } }
    expect(await saveOverride(bot, request(''), form(run.id, odd))).toMatchObject({ ok: false })
  })

  it('from somebody who may escalate but not page, do not page', async () => {
    const page = {
      what: { selected_option: { value: 'page' } },
      reason: { value: 'the release hangs on it' },
    }
    expect(await saveOverride(bot, request('', false), form(run.id, page))).toEqual({
      ok: false,
      sentence: 'You may not.',
    })
    expect(permitted).toEqual(['page'])
  })
})

describe('the form of a page outside production', () => {
  const REASON = 'the release of tonight hangs on it'
  const reason = { reason: { value: REASON } }
  /** As version c4090bf posted it, with a choice of two. */
  const chosen = (value: string) => ({ what: { selected_option: { value } } })
  const levels = async () =>
    (await escalationsOfProblem(store.db, 'T1', run.problemKeys[0] ?? '')).map(({ level, reason: why }) => [
      level,
      why,
    ])
  const told = (filed: unknown) => JSON.stringify((filed as { view?: unknown }).view)
  let outside: typeof bot

  beforeEach(async () => {
    const { inventory } = bot.hosts
    const [host1] = inventory.hosts.values()
    if (!host1) throw new Error('there is no host')
    outside = {
      ...bot,
      hosts: {
        inventory: { ...inventory, hosts: new Map([['host1', { ...host1, production: false }]]) },
      },
    }
    run = await newRun(store.db, `problem-${randomUUID()}`)
  })

  it('has two plain buttons, and nothing is selected beforehand', () => {
    const view = overrideForm(run.id, 'Pages are for production outages.', true)
    expect(JSON.stringify(view.blocks)).not.toMatch(/radio|initial_option/)
    expect(view.submit?.text).toBe('Page on-call')
    const actions = view.blocks.filter(({ type }) => type === 'actions')
    expect(actions).toMatchObject([
      { elements: [{ type: 'button', text: { text: 'Contact DevOps lead' }, value: run.id }] },
    ])
    expect(JSON.stringify(overrideForm(run.id, 'x', false))).not.toContain('DevOps lead')
  })

  it('pages when it is sent with a reason, and says so', async () => {
    const filed = await saveOverride(outside, request(''), form(run.id, reason))
    expect(filed).toMatchObject({ ok: true })
    expect(told(filed)).toMatch(
      /The on-call is being paged about db on host1\. No message went to the DevOps lead\./,
    )
    expect(await levels()).toEqual([[3, REASON]])
    expect(permitted).toEqual(['page'])
    expect(audited).toEqual([expect.stringMatching(`^level 3, .* not in production, because: ${REASON}$`)])
  })

  it('takes no reason that says nothing, and then pages nobody', async () => {
    for (const value of [null, '', 'x', '         x'])
      expect(await saveOverride(outside, request(''), form(run.id, { reason: { value } }))).toMatchObject({
        ok: false,
        block: 'reason',
      })
    expect(await levels()).toEqual([])
  })

  it('contacts the lead by its button, pages nobody, and says both', async () => {
    const said = await leadInsteadButton(outside, request(run.id))
    expect(said.text).toBe('The DevOps lead is being contacted about db on host1. No page was sent.')
    expect(await levels()).toEqual([[2, null]])
    expect(permitted).toEqual(['escalate'])
    expect(audited).toEqual([expect.stringMatching(/^level 2, escalation /)])
  })

  it('does each once, however often it is clicked', async () => {
    const pages = await Promise.all(
      Array.from({ length: 5 }, () => saveOverride(outside, request(''), form(run.id, reason))),
    )
    const leads = await Promise.all(
      Array.from({ length: 5 }, () => leadInsteadButton(outside, request(run.id))),
    )
    expect((await levels()).map(([level]) => level).sort()).toEqual([2, 3])
    expect(pages.filter((filed) => /is being paged/.test(told(filed)))).toHaveLength(1)
    expect(
      pages.filter((filed) => /already paged.*No second page was sent\./.test(told(filed))),
    ).toHaveLength(4)
    expect(leads.filter(({ text }) => /is being contacted/.test(text))).toHaveLength(1)
    expect(leads.filter(({ text }) => /already contacted/.test(text))).toHaveLength(4)
  })

  it.each([
    ['page', [[3, REASON]], /The on-call is being paged about db on host1/],
    [
      'lead',
      [[2, null]],
      /The DevOps lead is being contacted.*No page was sent.*Your reason was not sent.*“Page on-call” again/,
    ],
  ])('that an older version opened still does what is selected in it: %s', async (value, done, words) => {
    const filed = await saveOverride(outside, request(''), form(run.id, { ...chosen(value), ...reason }))
    expect(filed).toMatchObject({ ok: true })
    expect(told(filed)).toMatch(words)
    expect(await levels()).toEqual(done)
  })

  it('of an older version without a reason says nothing of one', async () => {
    const filed = await saveOverride(
      outside,
      request(''),
      form(run.id, { ...chosen('lead'), reason: { value: null } }),
    )
    expect(told(filed)).not.toContain('Your reason')
  })

  it('does nothing for whom the policy does not allow it, and says why', async () => {
    expect(await saveOverride(outside, request('', false), form(run.id, reason))).toEqual({
      ok: false,
      sentence: 'You may not.',
    })
    expect((await leadInsteadButton(outside, request(run.id, false))).text).toBe('You may not.')
    expect((await leadInsteadButton(outside, request('x'))).text).toMatch(/nothing was done/)
    expect(permitted).toEqual(['page', 'escalate'])
    expect(await levels()).toEqual([])
  })
})

/** A later run of the same topic on the same host. */
const check = async (verdict: 'healthy' | 'problem', problemKeys: readonly string[] = []): Promise<Run> => {
  const about = {
    team: 'T1',
    actor: { kind: 'user', id: 'U1' },
    topic: 'db',
    host: 'host1',
    channel: 'C1',
  } as const
  const made = await store.db.tx((tx) => createRun(tx, { ...about, production: true, responseUrl: null }))
  const { epoch } = (await claimRun(store.db, made.id, 'w')) as Run
  const report = {
    topic: 'db',
    host: 'host1',
    verdict,
    summary: '',
    findings: [],
    ruledOut: [],
    unknown: [],
    probes: [],
    ms: 1,
  }
  await finishRun(store.db, { runId: made.id, epoch }, { state: 'done', report, problemKeys })
  return (await getRun(store.db, made.id)) as Run
}

describe('a click on an old message, or one that no message of ours has', () => {
  const page = (of: Run) => escalateButton(3)(bot, request(of.id))

  it('pages nobody for a run that found nothing wrong', async () => {
    const healthy = await check('healthy', [`problem-${randomUUID()}`])
    expect((await page(healthy))?.text).toMatch(/^Nobody was paged: run \w+ found nothing wrong on host1/)
    expect(await escalationsOfProblem(store.db, 'T1', healthy.problemKeys[0] ?? '')).toEqual([])
  })

  it('pages nobody for what a later check found to be over, and says how to page if it is back', async () => {
    await check('healthy')
    expect((await page(run))?.text).toMatch(/a check after run \w+ found nothing wrong on host1.*Check again/)
    expect(await states()).toEqual(['requested'])
    await check('problem')
    expect(await page(run)).toBeUndefined()
    // Who is paged already stays paged, and the second click is told so.
    await check('healthy')
    expect((await page(run))?.text).toBe('The on-call was already paged for this problem.')
  })

  it('resolves nothing where a later check found something again', async () => {
    const healthy = await check('healthy')
    await check('problem')
    expect((await resolveAllButton(bot, request(healthy.id)))?.text).toMatch(
      /A later check found something again/,
    )
    expect(await states()).toEqual(['requested'])
    expect((await resolveAllButton(bot, request(run.id)))?.text).toMatch(/nothing was resolved/)
    expect(await states()).toEqual(['requested'])
    expect(await resolveAllButton(bot, request((await check('healthy')).id))).toBeUndefined()
    expect(await states()).toEqual(['resolved'])
  })
})

it('Resolve all of a run that left nothing open says so', async () => {
  const other = await check('healthy')
  await resolveButton(bot, request(lead.id))
  await store.db.query('UPDATE debvisor.escalations SET closed_at = now() WHERE closed_at IS NULL')
  expect((await resolveAllButton(bot, request(other.id)))?.text).toBe(
    'Nothing was open any more; the thread shows how it stands.',
  )
})
