import type { History } from '../integrations/channel-adapter.ts'
import { utc } from '../runs/bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Delivery } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf, messagesOf } from '../store/posted-messages.ts'
import { oneLine } from '../text/shorten.ts'
import { channelsReached } from './channels.ts'
import type { Escalation } from './escalation.ts'
import { escalationsOfProblem } from './escalation-store.ts'

export interface HistoryDeps {
  readonly db: Db
  readonly delivery: Delivery
  /** Redacts: what people write in Slack leaves it here (S17). */
  readonly clean: { text(text: string): string }
  displayName(user: string): Promise<string>
}

/** What Levels 1 and 2 know of a problem, for the page that follows them. */
export async function historyOf(
  deps: HistoryDeps,
  team: string,
  problemKey: string,
  before: Escalation,
): Promise<History> {
  const all = await escalationsOfProblem(deps.db, team, problemKey)
  // What was closed before this page was made belongs to an earlier time.
  const current = all.filter(
    ({ level, closedAt }) => level < 3 && (closedAt === null || closedAt >= before.createdAt),
  )
  const ticket = current.findLast((escalation) => escalation.level === 1)
  const lines = await Promise.all(current.map((escalation) => linesOf(deps, escalation)))
  return {
    lines: lines.flat(),
    ...(ticket ? { ticket: { name: ticketLine(ticket), url: await ticketUrl(deps, ticket) } } : {}),
  }
}

const ticketLine = ({ number, title }: Escalation): string => `Ticket #${number}: ${oneLine(title, 150)}`

async function ticketUrl({ db, delivery }: HistoryDeps, ticket: Escalation): Promise<string | undefined> {
  const posted = await messageOf(db, ticket.runId, `ticket:${ticket.id}`)
  return posted?.ts ? delivery.permalink(posted.channel, posted.ts) : undefined
}

async function linesOf(deps: HistoryDeps, escalation: Escalation): Promise<string[]> {
  const by = await nameOf(deps, escalation.actor.id)
  const assignee = escalation.assignee && (await nameOf(deps, escalation.assignee))
  if (escalation.level === 1) {
    const worked = assignee ? `, worked at by ${assignee}` : ''
    return [`Level 1: ${ticketLine(escalation)}, opened by ${by} at ${utc(escalation.createdAt)}${worked}`]
  }
  const whom = assignee || 'the DevOps lead'
  const channels = channelsReached(escalation)
  const reached = channels.length > 0 ? `by ${channels.join(' and ')}` : 'not reached yet'
  const answered = escalation.acknowledgedBy
    ? `acknowledged by ${await nameOf(deps, escalation.acknowledgedBy)} at ${utc(escalation.acknowledgedAt ?? escalation.updatedAt)}`
    : 'nobody acknowledged'
  return [
    `Level 2: ${whom} contacted for ${by} at ${utc(escalation.createdAt)} ${reached}; ${answered}`,
    ...(escalation.error ? [`Level 2 failed: ${oneLine(escalation.error, 300)}`] : []),
    ...(await conversation(deps, escalation)),
  ]
}

const MOST_REPLIES = 10

/** The answers under the direct messages, or a line that says that they could not be read. */
async function conversation(deps: HistoryDeps, escalation: Escalation): Promise<string[]> {
  const run = await getRun(deps.db, escalation.runId)
  const messages = run ? await messagesOf(deps.db, run.id) : []
  const directs = messages.filter(({ key, ts }) => ts && key.startsWith(`lead:${escalation.id}:`))
  const lines: string[] = []
  for (const { channel, ts } of directs) {
    const replies = await deps.delivery.replies(channel, ts ?? '', MOST_REPLIES)
    if (!replies) lines.push('What was answered under the direct message could not be read.')
    for (const reply of replies ?? []) {
      const said = oneLine(deps.clean.text(reply.text), 400)
      lines.push(`${await nameOf(deps, reply.user)} at ${utc(reply.at)}: ${said}`)
    }
  }
  return lines
}

const nameOf = async (deps: HistoryDeps, id: string): Promise<string> =>
  oneLine(/^[UW][A-Z0-9]+$/.test(id) ? await deps.displayName(id) : id, 100)
