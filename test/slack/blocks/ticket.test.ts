import { describe, expect, it } from 'vitest'
import { leadMessage } from '../../../src/slack/blocks/lead.ts'
import {
  editedBody,
  opening,
  readTicketEdit,
  type Submitted,
  ticketFile,
  ticketMessage,
  ticketModal,
} from '../../../src/slack/blocks/ticket.ts'
import { toPlain } from '../../../src/slack/plain.ts'
import { ticket } from './tickets.ts'
import { diskReport, run, rung, view } from './views.ts'

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

describe('a ticket in its thread', () => {
  it('shows its opening and an Edit button that carries its id only', () => {
    const message = ticketMessage(ticket(body))
    expect(toPlain(message)).toBe(
      [
        '🎫 Ticket #12: db on host1: PostgreSQL is down',
        '  • PostgreSQL is down\n  • Host: host1',
        '[Edit]',
        'opened by @U01ANA · critical · steps and output are in its file',
      ].join('\n'),
    )
    expect(JSON.stringify(message.blocks)).toContain(`"action_id":"ticket_edit"`)
    expect(toPlain(ticketMessage(ticket(body, { version: 3 })))).toContain('edited 2 times')
  })

  it('does not say again what stands above it: the title, and the way to the thread that it is in', () => {
    const long = ticket(
      `## Summary\n${ticket(body).title}\n- Host: host1\nThread: https://x.slack.com/archives/C1/p1`,
    )
    expect(toPlain(ticketMessage(long)).split('\n').slice(1, -2)).toEqual(['  • Host: host1'])
  })

  it('is whole in its file', () => {
    expect(ticketFile(ticket(body)).content).toContain('## Reproduction steps\n- df')
  })
})

describe('editing a ticket', () => {
  it('opens with what the ticket says and remembers which version that was', () => {
    const modal = ticketModal(ticket(body))
    expect(JSON.parse(modal.private_metadata ?? '')).toEqual({ id: ticket(body).id, version: 1 })
    expect(JSON.stringify(modal.blocks)).toContain('PostgreSQL is down\\n- Host: host1')
    expect(JSON.stringify(modal.blocks)).not.toContain('Reproduction steps\\n')
  })

  it('reads a submission, trimmed to one line of title', () => {
    const edit = readTicketEdit(submitted({ title: '  two\nlines ', opening: 'text' }))
    expect(edit).toEqual({ id: '5d1c', version: 2, title: 'two lines', severity: 'warning', opening: 'text' })
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
    const about = { rung: rung(), to: 'U02LEAD' }
    const message = leadMessage({
      ...about,
      run: view(run({ report: diskReport() })),
      threadUrl: 'https://x.slack.com/archives/C1/p1',
    })
    expect(message.text).toBe('🔴 db on host1: PostgreSQL is down because its disk is full')
    expect(toPlain(message)).toContain('Open the thread: https://x.slack.com/archives/C1/p1')
    expect(toPlain(message)).toContain(
      '→ the API answers 500\nFree space there, then `systemctl restart postgresql`\n@U01ANA asks for your help',
    )
    expect(toPlain(leadMessage({ ...about, run: view(run()), threadUrl: undefined }))).not.toContain('thread')
  })
})
