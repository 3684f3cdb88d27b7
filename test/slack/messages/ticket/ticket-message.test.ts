import { describe, expect, it } from 'vitest'
import { editedBody, opening } from '../../../../src/escalation/tickets/editable-text.ts'
import type { TicketEvent } from '../../../../src/escalation/tickets/ticket-store.ts'
import { leadMessage } from '../../../../src/slack/messages/escalation/lead-message.ts'
import { readTicketEdit, ticketModal } from '../../../../src/slack/messages/ticket/edit-form.ts'
import type { Submitted } from '../../../../src/slack/messages/ticket/forms.ts'
import {
  ticketEventMessage,
  ticketFile,
  ticketMessage,
} from '../../../../src/slack/messages/ticket/ticket-message.ts'
import { toPlain } from '../../../../src/slack/transport/plain-text.ts'
import { diskReport, escalation, run, view } from '../sample-views.ts'
import { mirrorRow, ticket, ticketView, worked } from './sample-tickets.ts'

const body = '## Summary\nPostgreSQL is down\n- Host: host1\n\n## Reproduction steps\n- df'

const submitted = (parts: {
  title?: string
  severity?: string
  opening?: string | null
  about?: string
}): Submitted => ({
  private_metadata: parts.about ?? '{"id":"5d1c","version":2}',
  state: {
    values: {
      title: { value: { value: parts.title ?? 'New title' } },
      severity: { value: { selected_option: { value: parts.severity ?? 'warning' } } },
      opening: { value: { value: parts.opening ?? null } },
    },
  },
})

const shown = (parts: Parameters<typeof ticketView>[1] = {}, more: Parameters<typeof ticketView>[2] = {}) =>
  toPlain(ticketMessage(ticketView(body, parts, more)))
const event = (parts: Partial<TicketEvent>): TicketEvent => ({
  position: 1,
  actor: 'U01BO',
  kind: 'commented',
  text: null,
  at: new Date('2026-11-05T14:10:00Z'),
  ...parts,
})

describe('a ticket in its thread', () => {
  it('shows how it stands, its opening and what can be done', () => {
    expect(shown()).toBe(
      [
        '🎫 Ticket #12: db on host1: PostgreSQL is down',
        '⚪ open · unassigned',
        '  • PostgreSQL is down\n  • Host: host1',
        '[Take it] [Assign] [Comment] [Edit] [Close]',
        'opened by @U01ANA · critical · steps and output are in its file',
      ].join('\n'),
    )
  })

  it('has buttons that carry its id and nothing else', () => {
    const text = JSON.stringify(ticketMessage(ticketView(body)).blocks)
    const values = [...text.matchAll(/"value":"([^"]*)"/g)].map((match) => match[1])
    expect(new Set(values)).toEqual(new Set([worked(body).id]))
  })

  it('that somebody has is not offered to be taken', () => {
    const taken = shown({ status: 'in-progress', assignee: 'U01BO' })
    expect(taken).toContain('🔵 in progress · @U01BO')
    expect(taken).not.toContain('[Take it]')
  })

  it('that is closed says by whom and why, and offers to reopen it', () => {
    const closedAt = new Date('2026-11-05T15:00:00Z')
    const closed = shown(
      { status: 'closed', resolution: 'the disk was enlarged', closedAt },
      { events: [event({ kind: 'closed', text: 'the disk was enlarged' })] },
    )
    expect(closed).toMatch(/✅ closed by @U01BO · .*: the disk was enlarged/)
    expect(closed).toContain('[Comment] [Reopen]')
    expect(closed).not.toContain('[Edit]')
  })

  it('tells what was done, the last of it', () => {
    const events = Array.from({ length: 9 }, (_, at) => event({ position: at, text: `note ${at}` }))
    const told = shown({}, { events })
    expect(told).toContain('3 earlier changes')
    expect(told).toMatch(/@U01BO: note 8 · /)
    expect(told).not.toContain('note 2')
  })

  it('has a message of its own for a comment, whole, and for whom it was given to', () => {
    const own = (parts: Partial<TicketEvent>) => ticketEventMessage(worked(body), event(parts))
    const said = own({ text: `<!channel> ${'long '.repeat(500)}end` })
    expect(toPlain(said ?? { text: '' })).toMatch(/^💬 @U01BO on ticket #12: <!channel> (long ){500}end$/)
    expect(JSON.stringify(said?.blocks)).toContain('"text":" on ticket #12: <!channel> ')
    const given = own({ kind: 'assigned', text: 'U01ANA' })
    expect(toPlain(given ?? { text: '' })).toBe('👉 @U01ANA: @U01BO gave you ticket #12')
    expect(given?.text).toMatch(/^👉 <@U01ANA>: <@U01BO> gave you ticket #12, db on host1: /)
    expect(said?.text).toMatch(/^💬 <@U01BO> on ticket #12, db on host1: &lt;!channel&gt; /)
    expect(own({ kind: 'started', text: 'U01BO' })).toBeUndefined()
    expect(own({ kind: 'assigned', text: null })).toBeUndefined()
    expect(own({ kind: 'closed', actor: 'U01ANA', text: 'gone' })).toBeUndefined()
  })

  it('names the one before it on the same problem', () => {
    const earlier = { number: 9, closedAt: new Date('2026-11-04T10:00:00Z') }
    expect(shown({ earlier })).toMatch(/🔁 again: ticket #9 was closed /)
  })

  it.each([
    [{}, 'GitHub: on its way'],
    [
      { nextTry: new Date('2026-11-05T14:07:00Z'), error: 'GitHub answered 503' },
      /GitHub: waits, next try .* \(GitHub answered 503\)/,
    ],
    [{ state: 'failed', error: 'GitHub answered 401' }, 'GitHub: not mirrored: GitHub answered 401'],
    [
      { state: 'done', externalId: 'acme/ops#7', url: 'https://github.com/acme/ops/issues/7' },
      'GitHub: acme/ops#7',
    ],
  ] as const)('says how its mirror stands: %j', (row, said) => {
    expect(shown({}, { mirrors: [mirrorRow(row)] })).toMatch(said)
  })

  it('does not say again what stands above it: the title, and the way to the thread that it is in', () => {
    const long = `## Summary\n${worked(body).title}\n- Host: host1\nThread: https://x.slack.com/archives/C1/p1`
    const said = toPlain(ticketMessage(ticketView(long)))
    expect(said.split('\n').slice(2, -2)).toEqual(['  • Host: host1'])
  })

  it('shown elsewhere has the way to its thread, whose address is escaped', () => {
    const message = ticketMessage(ticketView(body), 'https://x.slack.com/archives/C1/p1?thread_ts=1.1&cid=C1')
    expect(JSON.stringify(message.blocks)).toContain(
      '<https://x.slack.com/archives/C1/p1?thread_ts=1.1&amp;cid=C1|',
    )
  })

  it('is whole in its file', () => {
    expect(ticketFile(worked(body)).content).toContain('## Reproduction steps\n- df')
  })
})

describe('editing a ticket', () => {
  it('opens with what the ticket says and remembers which version that was', () => {
    const modal = ticketModal(worked(body))
    expect(JSON.parse(modal.private_metadata ?? '')).toEqual({ id: ticket(body).id, version: 1 })
    expect(JSON.stringify(modal.blocks)).toContain('PostgreSQL is down\\n- Host: host1')
    expect(JSON.stringify(modal.blocks)).not.toContain('Reproduction steps\\n')
  })

  it('reads a submission, trimmed to one line of title', () => {
    const edit = readTicketEdit(submitted({ title: '  two\nlines ', opening: 'text' }))
    expect(edit).toEqual({
      id: '5d1c',
      revision: 2,
      title: 'two lines',
      severity: 'warning',
      opening: 'text',
    })
  })

  it.each([
    ['without a title', { title: ' \n ' }],
    ['with a severity that is none', { severity: 'fatal' }],
    ['with metadata that is not ours', { about: 'x' }],
  ])('refuses a submission %s', (_, parts) => {
    expect(readTicketEdit(submitted(parts))).toBeUndefined()
  })

  it('replaces the opening and keeps what follows', () => {
    expect(editedBody(body, 'Mended.\r\n')).toBe('Mended.\n\n## Reproduction steps\n- df')
    expect(editedBody(body, opening(body))).toBe(body)
    expect(editedBody('no heading', 'x')).toBe('x')
  })
})

describe('the message to the lead', () => {
  it('says what, who asks, and where the thread is', () => {
    const about = { escalation: escalation(), to: 'U02LEAD' }
    const message = leadMessage({
      ...about,
      run: view(run({ report: diskReport() })),
      threadUrl: 'https://x.slack.com/archives/C1/p1',
    })
    expect(message.text).toBe(
      '<@U01ANA> asks for your help: db on host1: critical: PostgreSQL is down because its disk is full. Please acknowledge',
    )
    expect(toPlain(message)).toContain('Open the thread: https://x.slack.com/archives/C1/p1')
    expect(toPlain(message)).toContain(
      '→ the API answers 500\nWhat to do: Free space there, then `systemctl restart postgresql`\nPlease acknowledge',
    )
    expect(toPlain(leadMessage({ ...about, run: view(run()), threadUrl: undefined }))).not.toContain('thread')
    const due = leadMessage({
      to: 'U02LEAD',
      escalation: escalation({ dueAt: new Date('2026-11-05T14:32:11Z'), dueThen: 'offer' }),
      run: view(run({ report: diskReport() })),
      threadUrl: undefined,
    })
    expect(toPlain(due)).toContain(
      'Please acknowledge by 2026-11-05 14:32 UTC, or @U01ANA is asked whether to page the on-call\n',
    )
    const resolved = { by: 'U03EVE', at: new Date('2026-11-05T14:12:11Z') }
    const solved = leadMessage({
      ...about,
      run: view(run({ report: diskReport() }), { solved: { resolved } }),
      threadUrl: undefined,
    })
    expect(solved.text).toBe('☑️ db on host1: resolved by <@U03EVE> 2026-11-05 14:12 UTC')
    expect(toPlain(solved)).toContain('☑️ db on host1: resolved by @U03EVE')
  })
})
