import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkBlocks } from '../../../playground/slack/blocks/check.ts'
import { refuseContent } from '../../../playground/slack/state/messages.ts'
import type { ProbeRecord } from '../../../src/findings/probe-record.ts'
import { verdictChange } from '../../../src/findings/verdict-change.ts'
import type { Message } from '../../../src/slack/message.ts'
import { chooseMessage } from '../../../src/slack/messages/choose-diagnosis.ts'
import {
  helpMessage,
  hostsMessage,
  joinedMessage,
  noticeMessage,
  pointerMessage,
  runbooksMessage,
  statusMessage,
  tooLateMessage,
} from '../../../src/slack/messages/command-answers.ts'
import { overdueMessage, unreachedMessage } from '../../../src/slack/messages/escalation/alarms.ts'
import { escalationMessage } from '../../../src/slack/messages/escalation/escalation-message.ts'
import { leadMessage } from '../../../src/slack/messages/escalation/lead-message.ts'
import { historyMessage } from '../../../src/slack/messages/history/history-message.ts'
import { statsMessage } from '../../../src/slack/messages/history/stats-message.ts'
import { notHereMessage, privateCopy } from '../../../src/slack/messages/run/private-copy.ts'
import { runningMessage } from '../../../src/slack/messages/run/progress-message.ts'
import type { RunView } from '../../../src/slack/messages/run/run-view.ts'
import { threadMessages } from '../../../src/slack/messages/run/thread-messages.ts'
import { verdictMessage } from '../../../src/slack/messages/run/verdict-message.ts'
import { whyMessage } from '../../../src/slack/messages/run/why.ts'
import { ticketModal } from '../../../src/slack/messages/ticket/edit-form.ts'
import { assignForm, closeForm, commentForm } from '../../../src/slack/messages/ticket/forms.ts'
import { ticketList } from '../../../src/slack/messages/ticket/ticket-list.ts'
import { ticketEventMessage, ticketMessage } from '../../../src/slack/messages/ticket/ticket-message.ts'
import { simplified } from '../../../src/slack/transport/plain-text-fallback.ts'
import { anyEscalation, anyView, diskReport, run, unexplainedError, view } from './sample-views.ts'
import { mirrorRow, ticketView } from './ticket/sample-tickets.ts'

const none: ReadonlySet<string> = new Set()

/** What Slack would say against it, as an update: the stricter of the two. */
function refusals({ text, blocks }: Message): unknown {
  if (text === '') return 'no_text'
  return refuseContent({ text, blocks: JSON.parse(JSON.stringify(blocks)) }, none, true)
}

const records = (ids: readonly string[]): ProbeRecord[] =>
  ids.map((id) => ({
    id,
    status: 'answered',
    exitCode: 0,
    ms: 1,
    command: 'x'.repeat(9_000),
    stdout: '',
    stderr: '',
  }))

/** What was learned, with as much of it as there can be. */
function learned({ run: any, solved, solvedBefore: before }: RunView): Message[] {
  const { report } = any
  const feedback = (['right', 'wrong', 'wrong'] as const).map(
    (rating) =>
      ({
        by: 'U01ANA',
        rating,
        said: rating === 'wrong' ? any.host.repeat(9) : null,
        at: any.createdAt,
      }) as const,
  )
  const past = { run: any, solved, url: 'https://x.slack.com/archives/C1/p1', feedback }
  return [
    historyMessage({
      ...{ host: any.host, topic: any.topic, verdicts: Array.from({ length: 8 }, () => past) },
      ...(report ? { change: { from: any, to: any, what: verdictChange({ findings: [] }, report) } } : {}),
      trouble: { run: any, times: 200, solved, before },
    }),
    historyMessage({ host: any.host, topic: undefined, verdicts: [] }),
    statsMessage({
      days: 365,
      topics: Array.from({ length: 40 }, () => ({
        topic: any.host,
        problem: 1e6,
        healthy: 1e6,
        unclear: 1e6,
      })),
      causes: Array.from({ length: 40 }, () => ({ title: any.host, times: 1e6, hosts: 1e6 })),
      times: [{ what: 'acknowledged', seconds: Array.from({ length: 99 }, () => 1e9) }],
      ratings: { right: 1e6, wrong: 1 },
    }),
  ]
}

describe('every message of a run', () => {
  it('fits what Slack takes, whatever the host answered', () => {
    fc.assert(
      fc.property(
        anyView,
        anyEscalation(1),
        anyEscalation(2),
        anyEscalation(3),
        (any, ticket, lead, page) => {
          const escalations = { run: any, levels: [ticket, lead, page] }
          const asked = records(any.run.report?.findings.flatMap((f) => f.evidence.map((e) => e.probe)) ?? [])
          const messages = [
            runningMessage(any),
            verdictMessage(any),
            ...threadMessages(any, asked),
            leadMessage({
              run: any,
              escalation: lead,
              to: 'U02LEAD',
              threadUrl: 'https://x.slack.com/archives/C1/p1',
            }),
            escalationMessage(escalations),
            ...[overdueMessage(escalations, lead), unreachedMessage(escalations, page)].filter(
              (message) => message !== null,
            ),
            privateCopy(any.run, verdictMessage(any)),
            whyMessage(any.run),
            ...learned(any),
            notHereMessage(any.run),
            statusMessage(Array.from({ length: 30 }, () => any)),
          ]
          for (const message of messages) {
            expect(refusals(message)).toBeUndefined()
            expect(refusals(simplified(message, 'plain', new Set()))).toBeUndefined()
          }
        },
      ),
      { numRuns: 250 },
    )
  }, 60_000)

  it('fits with as many and as long unexplained errors as a host can have', () => {
    const said = '<!channel> "&" \u202E'.repeat(600)
    const unexplained = Array.from({ length: 12 }, () => unexplainedError({ said, of: 'x'.repeat(40) }))
    for (const verdict of ['inconclusive', 'problem'] as const) {
      const any = view(run({ report: diskReport({ verdict, unexplained, summary: said.slice(0, 120) }) }))
      for (const message of [
        verdictMessage(any),
        ...threadMessages(any, records(['disk'])),
        privateCopy(any.run, verdictMessage(any)),
      ]) {
        expect(refusals(message)).toBeUndefined()
        expect(refusals(simplified(message, 'plain', new Set()))).toBeUndefined()
      }
    }
  })

  it('holds no markup but ours: what a host wrote is never mrkdwn', () => {
    fc.assert(
      fc.property(anyView, (any) => {
        for (const message of [verdictMessage(any), runningMessage(any)]) {
          const marked = [message.text, ...mrkdwn(message.blocks)]
          for (const text of marked)
            expect(text.replace(/<@[UW][A-Z0-9]+>|&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/)
        }
      }),
      { numRuns: 250 },
    )
  }, 60_000)
})

describe('tickets and answers', () => {
  it('fit what Slack takes, however long', () => {
    const body = `## Summary\n${'<!channel> "&" \u202E'.repeat(3_000)}\n\n## Output\n${'y'.repeat(30_000)}`
    const long = { title: 'T'.repeat(500), assignee: 'U01BO', earlier: { number: 9, closedAt: new Date(0) } }
    const said = { actor: 'U01BO', kind: 'commented', text: 'C'.repeat(3_000), at: new Date(0) } as const
    const events = Array.from({ length: 50 }, (_, at) => ({ ...said, position: at + 1 }))
    const mirrors = ['github', 'jira', 'webhook'].map((target) =>
      mirrorRow({ target, error: 'E'.repeat(3_000) }),
    )
    const view = ticketView(body, long, { events, mirrors })
    expect(refusals(ticketMessage(view))).toBeUndefined()
    expect(refusals(ticketMessage({ ...view, ticket: { ...view.ticket, status: 'closed' } }))).toBeUndefined()
    for (const event of events.slice(0, 1)) {
      const own = ticketEventMessage(view.ticket, { ...event, text: '\\"'.repeat(1_500) })
      expect(own && refusals(own)).toBeUndefined()
    }
    for (const form of [ticketModal, commentForm, assignForm, closeForm]) {
      const { blocks } = form(view.ticket)
      expect(checkBlocks('modal', JSON.parse(JSON.stringify(blocks)), none)).toEqual([])
    }
    const list = Array.from({ length: 10 }, () => view.ticket)
    expect(refusals(ticketList(list, { filter: 'open', page: 2, from: 10, total: 500 }))).toBeUndefined()
    const topics = Array.from({ length: 50 }, (_, i) => ({
      topic: `topic${i}`,
      aliases: Array.from({ length: 30 }, () => 'alias'.repeat(8)),
      title: 'T'.repeat(500),
      symptoms: Array.from({ length: 40 }, () => 'S'.repeat(500)),
    }))
    expect(refusals(helpMessage(topics))).toBeUndefined()
    expect(refusals(runbooksMessage(topics))).toBeUndefined()
    expect(refusals(helpMessage([]))).toBeUndefined()
    expect(refusals(runbooksMessage([]))).toBeUndefined()
    expect(refusals(noticeMessage('`x` '.repeat(9_000)))).toBeUndefined()
    expect(refusals(noticeMessage(''))).toBeUndefined()
    const many = Array.from({ length: 300 }, (_, at) => ({ host: 'h'.repeat(at + 1), topic: 'db' }))
    expect(refusals(chooseMessage('Which one?', many))).toBeUndefined()
    expect(refusals(chooseMessage('None.', []))).toBeUndefined()
  })

  it('list an inventory of thousands of hosts in one message', () => {
    const names = Array.from({ length: 3_000 }, (_, i) => `host-with-a-rather-long-name-${i}`)
    const route = { kind: 'local' } as const
    const hosts = new Map(
      names.map((name) => [name, { name, groups: [], production: false, route, variables: {} }]),
    )
    const groups = new Map(Array.from({ length: 200 }, (_, i) => [`group${i}`, names]))
    expect(refusals(hostsMessage({ hosts, groups }))).toBeUndefined()
    expect(refusals(hostsMessage({ hosts, groups: new Map() }))).toBeUndefined()
    expect(refusals(hostsMessage({ hosts: new Map(), groups }))).toBeUndefined()
  })

  it('about a run fit, whatever the run is called', () => {
    const by = { user: 'U02BO', channel: 'C2' }
    fc.assert(
      fc.property(
        anyView,
        fc.constantFrom(undefined, 'https://x.slack.com/archives/C1/p1'),
        ({ run }, url) => {
          for (const message of [
            joinedMessage({ run, by, url, now: new Date(), reason: run.reason }),
            tooLateMessage(run),
            pointerMessage(`Run ${run.code} (${run.host}) was cancelled.`, url),
          ])
            expect(refusals(message)).toBeUndefined()
        },
      ),
      { numRuns: 100 },
    )
    expect(refusals(helpMessage([], 'ticket'))).toBeUndefined()
  })
})

function mrkdwn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, text } = node as { type?: unknown; text?: unknown }
  return type === 'mrkdwn' ? [String(text)] : Object.values(node).flatMap(mrkdwn)
}
