import { randomUUID } from 'node:crypto'
import type { KnownBlock } from '@slack/types'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { getEscalation } from '../../../src/escalation/escalation-store.ts'
import { openEscalation } from '../../../src/escalation/open-escalation.ts'
import { opening } from '../../../src/escalation/tickets/editable-text.ts'
import { openMirrors } from '../../../src/escalation/tickets/mirror-store.ts'
import { eventsOf, getTicket, type Ticket } from '../../../src/escalation/tickets/ticket-store.ts'
import {
  type SaveForm,
  saveAssignment,
  saveClosing,
  saveComment,
  saveTicket,
  type TicketCapabilities,
} from '../../../src/handlers/actions/ticket.ts'
import type { FormResult } from '../../../src/handlers/form-result.ts'
import type { SlackRequest } from '../../../src/handlers/guard.ts'
import type { Run } from '../../../src/runs/run.ts'
import { seen } from '../../../src/slack/messages/ticket/forms.ts'
import { toPlain } from '../../../src/slack/transport/plain-text.ts'
import { makeParts, newRun } from '../../escalation/escalation-world.ts'
import { makePagerStub } from '../../escalation/pager-stub.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../../fakes/stores.ts'

const [kind = 'embedded'] = storeKinds
let store: TestStore
let bot: TicketCapabilities
let escalator: Parameters<typeof openEscalation>[1]
let run: Run
let ticket: Ticket
const audited: string[] = []

beforeAll(async () => {
  store = await openTestStore(kind)
  const { slack, hosts, escalationSettings } = makeParts(store.db, makePagerStub(), { now: 'works' })
  const person = { team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
  bot = {
    store: storeWith(store.db),
    access: { homeTeam: 'T1' },
    slack: { ...slack, memberships: async () => new Map(), person: async (id) => ({ ...person, id }) },
    trackers: [{ target: 'github' }],
    redactor: { text: (text) => text, output: (bytes) => Buffer.from(bytes).toString() },
  }
  escalator = { store: bot.store, hosts, escalationSettings }
})
afterAll(() => store?.stop())

const open = async (level: 1 | 2): Promise<string> => {
  const { team, host, channel, actor, id: runId } = run
  const text = {
    title: 'db on host1: the disk is full',
    body: '## Summary\nfull',
    severity: 'critical',
  } as const
  const wanted = { ...text, team, host, channel, actor, runId, level, problemKey: run.problemKeys[0] ?? '' }
  const { escalation } = await store.db.tx((tx) => openEscalation(tx, escalator, wanted))
  return (await getEscalation(store.db, escalation.id))?.id ?? ''
}

beforeEach(async () => {
  audited.splice(0)
  run = await newRun(store.db, `problem-${randomUUID()}`)
  ticket = (await getTicket(store.db, await open(1))) as Ticket
})

/** A form that somebody has open on the ticket. */
const formOf = (user = 'U1'): SlackRequest => ({
  team: 'T1',
  user,
  channel: '',
  responseUrl: null,
  trigger: `V${randomUUID()}`,
  text: seen(ticket),
  principal: { kind: 'user', id: user, team: 'T1', person: undefined },
  may: () => ({ allowed: true }),
  permit: async () => ({ allowed: true, audit: async (_tx, target) => void audited.push(target ?? '') }),
  refuse: async () => {},
})

/** Its fields, as Slack sends them: of a text, a choice and a person the value stands elsewhere. */
const filled = (fields: Record<string, string>) => ({
  private_metadata: seen(ticket),
  state: {
    values: Object.fromEntries(
      Object.entries(fields).map(([block, value]) => [
        block,
        { value: { value, selected_option: { value }, selected_user: value } },
      ]),
    ),
  },
})

/** What stands in the form's place, or under its field. */
const said = (result: FormResult): string => {
  if (!result.ok) return `refused: ${result.sentence}`
  return toPlain({ text: '', blocks: (result.view?.blocks ?? []) as KnownBlock[] })
}

/** The same form is sent twice at once, as a double click does it. */
async function sentTwice(save: SaveForm, fields: Record<string, string>): Promise<string[]> {
  const form = formOf()
  const send = () => save(bot, form, filled(fields))
  return (await Promise.all([send(), send()])).map(said).sort()
}

const happened = async () => (await eventsOf(store.db, ticket.id)).map(({ kind: what, text }) => [what, text])

it('a comment says that it is there; the same form sent twice comments once, and says so', async () => {
  const fields = { comment: 'looked at it' }
  const [once, twice] = await sentTwice(saveComment, fields)
  expect(twice).toBe(`Your comment is on ticket #${ticket.number}.\nThe thread shows it in a moment.`)
  expect(once).toContain(`This form was sent before: your comment is on ticket #${ticket.number}, once.`)
  expect(await happened()).toEqual([['commented', 'looked at it']])
  // Somebody else may write the same words.
  await saveComment(bot, formOf('U02'), filled(fields))
  expect(await happened()).toHaveLength(2)
})

it('a comment that was corrected in the same form, because the answer was late, is there as well', async () => {
  const form = formOf()
  await saveComment(bot, form, filled({ comment: 'it is host1' }))
  expect(said(await saveComment(bot, form, filled({ comment: 'it is host2' })))).toContain(
    'Your comment is on',
  )
  expect(await happened()).toEqual([
    ['commented', 'it is host1'],
    ['commented', 'it is host2'],
  ])
})

it('an edit says what changed, and that nothing did', async () => {
  const fields = { title: 'the disk of host1 is full', severity: 'warning', opening: opening(ticket.body) }
  const [first, second] = await sentTwice(saveTicket, fields)
  expect([first, second].join()).toContain(`You changed the title and severity of ticket #${ticket.number}.`)
  expect(await happened()).toHaveLength(1)
  expect(said(await saveTicket(bot, formOf('U02'), filled(fields)))).toContain(
    'already says what you sent. Nothing was changed.',
  )
  expect(await happened()).toHaveLength(1)
  expect(audited).toHaveLength(1)
})

it('an assignment says who has it and whether they are told, and that it was so already', async () => {
  const fields = { assignee: 'U02', status: 'in-progress' }
  const first = said(await saveAssignment(bot, formOf(), filled(fields)))
  expect(first).toContain('is now assigned to @U02 and in progress.\nThey are told in the thread.')
  expect(said(await saveAssignment(bot, formOf('U03'), filled(fields)))).toContain(
    'is already assigned to @U02 and in progress.\nNothing was changed.',
  )
  expect(said(await saveAssignment(bot, formOf('U03'), filled({ ...fields, assignee: 'U03' })))).toMatch(
    /^refused: U1 gave ticket #\d+ to U02 /,
  )
  expect(await happened()).toEqual([['started', 'U02']])
})

it('a closing says that the lead still has the problem, and which trackers are told', async () => {
  await open(2)
  // Of Jira nothing is configured any more.
  await openMirrors(store.db, ticket.id, ['github', 'jira'])
  const closed = said(await saveClosing(bot, formOf(), filled({ reason: 'enlarged' })))
  expect(closed).toContain(`You closed ticket #${ticket.number}. The host was not checked again.`)
  expect(closed).toContain('The escalation to the DevOps lead stays open')
  expect(closed).toContain('The thread shows it in a moment; it goes to GitHub as well.')
  expect(said(await saveClosing(bot, formOf('U02'), filled({ reason: 'me too' })))).toMatch(
    /^refused: .* closed ticket/,
  )
  expect(await happened()).toEqual([['closed', 'enlarged']])
})
