import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../../src/access/authorize.ts'
import { readPolicy } from '../../../src/access/load-policy.ts'
import { addEscalation } from '../../../src/escalation/escalation-store.ts'
import { eventsOf, getTicket } from '../../../src/escalation/tickets/ticket-store.ts'
import type { Capabilities } from '../../../src/handlers/capabilities.ts'
import { ticketCommand } from '../../../src/handlers/commands/tickets.ts'
import { type Caller, guard } from '../../../src/handlers/guard.ts'
import { forms, openers, routes } from '../../../src/handlers/routes.ts'
import { makeLogger } from '../../../src/redact/logger.ts'
import { createRun } from '../../../src/runs/run-store.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { auditRows } from '../../../src/store/audit/audit.ts'
import type { Db } from '../../../src/store/db.ts'
import type { Job } from '../../../src/store/queue.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'

const member = (id: string): Person => ({
  ...{ id, team: 'T1', deleted: false, bot: false, guest: false, stranger: false },
})
/** U1 works on db, U2 only reads, U3 may do nothing. */
const policy = `version: 1
rules:
  - { effect: allow, users: [U0A1], topics: [db], actions: [read, escalate] }
  - { effect: allow, users: [U0A2], actions: [read] }
`

describe('tickets and rights', () => {
  let store: TestStore
  let db: Db
  let bot: Capabilities
  const sent: Job[] = []

  beforeAll(async () => {
    store = await openTestStore(storeKinds[0] ?? 'embedded')
    db = store.db
    const known = { topics: ['db', 'service'], hosts: ['host1'], hostGroups: new Map() }
    const read = readPolicy('access.yml', policy, known)
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    const send = async (_tx: unknown, job: Job) => void sent.push(job)
    const delivery = { openView: async () => ({ ok: true, viewId: 'V1' }), permalink: async () => undefined }
    const displayName = async (user: string) => user
    const parts = {
      store: storeWith(db, send),
      access: { homeTeam: 'T1', policy: read.policy },
      log: makeLogger('fatal', (text) => text, { write() {} }),
      slack: {
        delivery,
        displayName,
        person: async (id: string) => member(id),
        memberships: async () => new Map(),
      },
      redactor: { text: (text: string) => text.replaceAll('hunter2', '[redacted]') },
    }
    // What these ways do not use is not there: it would throw.
    bot = parts as unknown as Capabilities
  })
  afterAll(() => store.stop())

  async function open(team: string, topic = 'db') {
    const actor = { kind: 'user', id: 'U0A1' } as const
    const about = { team, actor, topic, host: 'host1', production: true, channel: 'C1', responseUrl: null }
    return db.tx(async (tx) => {
      const { id: runId } = await createRun(tx, about)
      const text = { title: 'down', body: '## Summary\nx', severity: 'critical' } as const
      const problemKey = crypto.randomUUID()
      return (await addEscalation(tx, { ...text, team, actor, problemKey, level: 1, runId, channel: 'C1' }))
        .escalation
    })
  }
  const caller = (user: string, text: string): Caller => ({
    ...{ team: 'T1', user, channel: 'C1', responseUrl: null, trigger: 't', text },
  })
  /** What is read by whoever clicks, or "its form". */
  async function click(name: string, user: string, value: string): Promise<string> {
    const opener = openers.find((each) => each.name === name)
    if (opener) {
      let said = ''
      const refused = await guard(bot, opener, caller(user, value), async (request) => {
        const filled = await opener.fill(bot, request)
        said = filled.ok ? 'its form' : filled.sentence
        return undefined
      })
      return refused?.text ?? said
    }
    const route = routes.find((each) => each.name === name)
    if (!route) throw new Error(`there is no ${name}`)
    const answer = await guard(bot, route, caller(user, value), (request) => route.handle(bot, request))
    return answer ? toPlain(answer) : ''
  }
  async function submit(name: string, user: string, about: unknown, values: Record<string, object>) {
    const form = forms.find((each) => each.name === name)
    if (!form) throw new Error(`there is no ${name}`)
    let said: string | undefined
    const state = Object.entries(values).map(([block, value]) => [block, { value }])
    const view = { private_metadata: JSON.stringify(about), state: { values: Object.fromEntries(state) } }
    const refused = await guard(bot, form, caller(user, ''), async (request) => {
      const saved = await form.save(bot, request, view)
      said = saved.ok ? 'saved' : saved.sentence
      return undefined
    })
    return refused?.text ?? said ?? ''
  }
  const show = async (
    user: string,
    number: number,
    act: Parameters<typeof ticketCommand>[2] | object = {},
  ) => {
    const command = { kind: 'ticket', number, act: { do: 'show' }, ...act } as Parameters<
      typeof ticketCommand
    >[2]
    const way = { name: '/debvisor', action: 'ask' } as const
    const answer = await guard(bot, way, caller(user, 'ticket'), (request) =>
      ticketCommand(bot, request, command),
    )
    return answer ? toPlain(answer) : ''
  }
  const newest = async () => {
    let last: Record<string, unknown> = {}
    for await (const row of auditRows(db)) last = JSON.parse(row.entry)
    return last
  }

  const acts = [
    'ticket_take',
    'ticket_reopen',
    'ticket_edit',
    'ticket_comment',
    'ticket_assign',
    'ticket_close',
  ]

  it.each(acts)(
    '%s needs the right on the ticket’s host and topic, and a refusal is in the audit',
    async (name) => {
      const ticket = await open('T1', 'service')
      const before = sent.length
      for (const user of ['U0A1', 'U0A2', 'U0A3']) {
        expect(await click(name, user, ticket.id)).toMatch(/^You may not escalate/)
        expect(await newest()).toMatchObject({ actor: user, door: name, decision: 'refused' })
      }
      expect(sent).toHaveLength(before)
      expect(await eventsOf(db, ticket.id)).toEqual([])
    },
  )

  it.each(acts)('%s takes no forged value and no ticket of another team', async (name) => {
    const foreign = await open('T2')
    const forged = [foreign.id, crypto.randomUUID(), "'; DROP TABLE debvisor.tickets; --", '', 'null', '1']
    for (const value of forged)
      expect(await click(name, 'U0A1', value)).toMatch(/gone, or not of this workspace/)
    expect(await newest()).toMatchObject({ actor: 'U0A1', door: name, decision: 'refused', asked: '1' })
    expect(await eventsOf(db, foreign.id)).toEqual([])
  })

  it('its number is that of the team: another team’s says no more than one that nobody has', async () => {
    const foreign = await open('T9-foreign')
    const ours = await open('T1')
    expect(await show('U0A1', ours.number ?? 0)).toContain(`Ticket #${ours.number}`)
    await db.query('UPDATE debvisor.escalations SET number = 99999 WHERE id = $1', [foreign.id])
    const said = (number: number) => `There is no ticket #${number}. \`/debvisor tickets all\` lists them.`
    expect(await show('U0A1', 99_999)).toBe(said(99_999))
    expect(await show('U0A1', 99_998)).toBe(said(99_998))
  })

  it('one who may read reads it, and changes nothing', async () => {
    const { id, number } = await open('T1')
    expect(await show('U0A2', number ?? 0)).toContain(`Ticket #${number}`)
    const said = await show('U0A2', number ?? 0, { act: { do: 'comment', text: 'x' } })
    expect(said).toMatch(/^You may not escalate on host1 \(db\)/)
    expect(await show('U0A3', number ?? 0)).toMatch(/^You may not read/)
    expect(await eventsOf(db, id)).toEqual([])
  })

  it('lists hold what their reader may read', async () => {
    const { number } = await open('T1', 'service')
    expect(await show('U0A2', 0, { kind: 'tickets', filter: 'all', page: 1 })).toContain(`#${number} `)
    expect(await show('U0A1', 0, { kind: 'tickets', filter: 'all', page: 1 })).not.toContain(`#${number} `)
    expect(await click('tickets_more', 'U0A1', 'open 1')).toMatch(/Open tickets: 1 to/)
    expect(await click('tickets_more', 'U0A1', 'open; DROP 1')).toMatch(/There is no list/)
  })

  it('a change, its audit row and its jobs are there together', async () => {
    const { id, number, runId } = await open('T1')
    sent.splice(0)
    expect(
      await submit(
        'ticket_commented',
        'U0A1',
        { id, version: 1 },
        { comment: { value: 'the password is hunter2' } },
      ),
    ).toBe('saved')
    expect(await eventsOf(db, id)).toMatchObject([{ text: 'the password is [redacted]', actor: 'U0A1' }])
    expect(await newest()).toMatchObject({ target: `ticket ${number}`, decision: 'allowed', host: 'host1' })
    expect(sent).toEqual([{ kind: 'redraw', runId }])
  })

  it('an edit with a secret in it is stored without', async () => {
    const { id } = await open('T1')
    const values = {
      title: { value: 'hunter2 is out' },
      severity: { selected_option: { value: 'warning' } },
      opening: { value: 'it is hunter2' },
    }
    expect(await submit('ticket_edited', 'U0A1', { id, version: 1 }, values)).toBe('saved')
    expect(await getTicket(db, id)).toMatchObject({ title: '[redacted] is out', body: 'it is [redacted]' })
    const other = { ...values, severity: { selected_option: { value: 'critical' } } }
    expect(await submit('ticket_edited', 'U0A1', { id, version: 1 }, other)).toMatch(/^U0A1 edited ticket/)
  })

  it.each([
    [
      'ticket_edited',
      {
        title: { value: 'T' },
        severity: { selected_option: { value: 'info' } },
        opening: { value: 'x'.repeat(40_000) },
      },
    ],
    ['ticket_commented', { comment: { value: 'x'.repeat(40_000) } }],
    ['ticket_closed', { reason: { value: 'x'.repeat(40_000) } }],
  ])('%s takes no text of 40,000 characters, says so, and changes nothing', async (name, values) => {
    const { id } = await open('T1')
    expect(await submit(name, 'U0A1', { id, version: 1 }, values)).toMatch(
      /^That text has 40000 characters, and a ticket takes 3000 at a time/,
    )
    expect(await getTicket(db, id)).toMatchObject({ status: 'open', revision: 1 })
    expect(await eventsOf(db, id)).toEqual([])
  })

  it.each([
    ['another team’s ticket', { foreign: true }],
    ['metadata that is not ours', { about: 'x' }],
    ['a version that is no number', { about: { version: 'DROP' } }],
  ])('a form with %s is refused', async (_, { about, foreign }: { about?: unknown; foreign?: boolean }) => {
    const { id } = await open(foreign ? 'T2' : 'T1')
    const given = foreign ? { id, version: 1 } : typeof about === 'object' ? { id, ...about } : about
    for (const [name, values] of [
      ['ticket_assigned', { status: { selected_option: { value: 'open' } } }],
      ['ticket_closed', {}],
      ['ticket_commented', { comment: { value: 'x' } }],
    ] as const) {
      expect(await submit(name, 'U0A1', given, values)).toMatch(/not of this workspace|not one of ours/)
    }
    expect(await eventsOf(db, id)).toEqual([])
  })

  it('lists every ticket that its reader may see, page by page, however many newer ones they may not', async () => {
    const oldest = await open('T1')
    await db.query(
      `WITH more AS (
         INSERT INTO debvisor.escalations (team, problem_key, level, run_id, channel, actor_kind, actor_id, state, number, title, body, severity)
         SELECT team, 'many-' || n, 1, $2::uuid, 'C1', 'user', 'U0A1', 'done', number + 100 + n, 'down', 'b', 'info'
         FROM debvisor.escalations, generate_series(1, 600) n WHERE id = $1 RETURNING id)
       INSERT INTO debvisor.tickets (id) SELECT id FROM more`,
      [oldest.id, (await open('T1', 'service')).runId],
    )
    const list = async (user: string, page: number) => {
      const way = { name: '/debvisor', action: 'ask' } as const
      const command = { kind: 'tickets', filter: 'all', page } as const
      const answer = await guard(bot, way, caller(user, 'tickets'), (request) =>
        ticketCommand(bot, request, command),
      )
      return answer ? toPlain(answer) : ''
    }
    // U0A1 may read db only: the 600 about another topic hide none of theirs.
    expect(await list('U0A1', 1)).toContain(`#${oldest.number} `)
    const all = await list('U0A2', 1)
    const [, total = ''] = /1 to 10 of (\d+)/.exec(all) ?? []
    expect(Number(total)).toBeGreaterThan(600)
    const last = await list('U0A2', Math.ceil(Number(total) / 10))
    expect(last).toContain('#1 ')
    expect(last).not.toContain('[More]')
  })
})
