import type { History } from '../integrations/channel-adapter.ts'
import type { Redactor } from '../redact/redact.ts'
import { utc } from '../runs/bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Workspace } from '../slack/workspace/workspace.ts'
import type { Db } from '../store/db.ts'
import { messageOf, messagesOf } from '../store/posted-messages.ts'
import { oneLine } from '../text/shorten.ts'
import { channelsReached } from './channels.ts'
import type { Escalation } from './escalation.ts'
import { escalationsOfProblem } from './escalation-store.ts'

/** Where the history of a problem comes from. */
export interface HistorySources {
  readonly store: Db
  readonly slack: Pick<Workspace, 'delivery' | 'displayName'>
  /** What people write in Slack leaves it here (S17). */
  readonly redactor: Pick<Redactor, 'text'>
}

/** What Levels 1 and 2 know of a problem, for the page that follows them. */
export async function historyOf(
  sources: HistorySources,
  { team, problemKey, createdAt }: Pick<Escalation, 'team' | 'problemKey' | 'createdAt'>,
): Promise<History> {
  const all = await escalationsOfProblem(sources.store, team, problemKey)
  // What was closed before this page was made belongs to an earlier time.
  const current = all.filter(
    ({ level, closedAt }) => level < 3 && (closedAt === null || closedAt >= createdAt),
  )
  const ticket = current.findLast((escalation) => escalation.level === 1)
  const lines = await Promise.all(current.map((escalation) => linesOf(sources, escalation)))
  return {
    lines: lines.flat(),
    ...(ticket ? { ticket: { name: ticketLine(ticket), url: await ticketUrl(sources, ticket) } } : {}),
  }
}

const ticketLine = ({ number, title }: Escalation): string => `Ticket #${number}: ${oneLine(title, 150)}`

async function ticketUrl({ store, slack }: HistorySources, ticket: Escalation): Promise<string | undefined> {
  const posted = await messageOf(store, ticket.runId, `ticket:${ticket.id}`)
  return posted?.ts ? slack.delivery.permalink(posted.channel, posted.ts) : undefined
}

async function linesOf(sources: HistorySources, escalation: Escalation): Promise<string[]> {
  const by = await nameOf(sources, escalation.actor.id)
  const assignee = escalation.assignee && (await nameOf(sources, escalation.assignee))
  if (escalation.level === 1) {
    const worked = assignee ? `, worked at by ${assignee}` : ''
    return [`Level 1: ${ticketLine(escalation)}, opened by ${by} at ${utc(escalation.createdAt)}${worked}`]
  }
  const whom = assignee || 'the DevOps lead'
  const channels = channelsReached(escalation)
  const reached = channels.length > 0 ? `by ${channels.join(' and ')}` : 'not reached yet'
  const answered = escalation.acknowledgedBy
    ? `acknowledged by ${await nameOf(sources, escalation.acknowledgedBy)} at ${utc(escalation.acknowledgedAt ?? escalation.updatedAt)}`
    : 'nobody acknowledged'
  return [
    `Level 2: ${whom} contacted for ${by} at ${utc(escalation.createdAt)} ${reached}; ${answered}`,
    ...(escalation.error ? [`Level 2 failed: ${oneLine(escalation.error, 300)}`] : []),
    ...(await conversation(sources, escalation)),
  ]
}

const MOST_REPLIES = 10

/** The answers under the direct messages, or a line that says that they could not be read. */
async function conversation(sources: HistorySources, escalation: Escalation): Promise<string[]> {
  const { store, slack, redactor } = sources
  const run = await getRun(store, escalation.runId)
  const messages = run ? await messagesOf(store, run.id) : []
  const directs = messages.filter(({ key, ts }) => ts && key.startsWith(`lead:${escalation.id}:`))
  const lines: string[] = []
  for (const { channel, ts } of directs) {
    const replies = await slack.delivery.replies(channel, ts ?? '', MOST_REPLIES)
    if (!replies) lines.push('What was answered under the direct message could not be read.')
    for (const reply of replies ?? []) {
      const said = oneLine(redactor.text(reply.text), 400)
      lines.push(`${await nameOf(sources, reply.user)} at ${utc(reply.at)}: ${said}`)
    }
  }
  return lines
}

const nameOf = async ({ slack }: HistorySources, id: string): Promise<string> =>
  oneLine(/^[UW][A-Z0-9]+$/.test(id) ? await slack.displayName(id) : id, 100)
