import { utc } from '../runs/bundle.ts'
import { getRun } from '../runs/run-store.ts'
import type { Delivery } from '../slack/transport/delivery.ts'
import type { Db } from '../store/db.ts'
import { messageOf, messagesOf } from '../store/posted-messages.ts'
import { oneLine } from '../text/document.ts'
import { type Rung, rungsOfProblem } from './move-escalation.ts'
import { isOpen } from './moves.ts'

export interface HistoryDeps {
  readonly db: Db
  readonly delivery: Delivery
  /** Redacts: what people write in Slack leaves it here (S17). */
  readonly clean: { text(text: string): string }
  displayName(user: string): Promise<string>
}

export interface History {
  readonly ticket?: { readonly name: string; readonly url: string | undefined }
  /** Who was contacted, when, by which ways, who acknowledged, what was answered: a line each, oldest first. */
  readonly lines: readonly string[]
}

/** What Levels 1 and 2 know of a problem, for the page that follows them. */
export async function historyOf(
  deps: HistoryDeps,
  team: string,
  problemKey: string,
  before: Rung,
): Promise<History> {
  const rungs = (await rungsOfProblem(deps.db, team, problemKey)).filter(
    (rung) => rung.level < 3 && (isOpen(rung.state) || rung.state === 'failed' || rung.closedBy !== null),
  )
  // Those of this time: what was closed before this page's ladder began belongs to an earlier one.
  const current = rungs.filter((rung) => rung.closedAt === null || rung.closedAt >= before.createdAt)
  const ticket = current.findLast((rung) => rung.level === 1)
  const lines = await Promise.all(current.map((rung) => linesOf(deps, rung)))
  return {
    lines: lines.flat(),
    ...(ticket ? { ticket: { name: ticketLine(ticket), url: await ticketUrl(deps, ticket) } } : {}),
  }
}

const ticketLine = ({ number, title }: Rung): string => `Ticket #${number}: ${oneLine(title, 150)}`

async function ticketUrl({ db, delivery }: HistoryDeps, ticket: Rung): Promise<string | undefined> {
  const posted = await messageOf(db, ticket.runId, `ticket:${ticket.id}`)
  return posted?.ts ? delivery.permalink(posted.channel, posted.ts) : undefined
}

async function linesOf(deps: HistoryDeps, rung: Rung): Promise<string[]> {
  const by = await nameOf(deps, rung.actor.id)
  const assignee = rung.assignee && (await nameOf(deps, rung.assignee))
  if (rung.level === 1) {
    const worked = assignee ? `, worked at by ${assignee}` : ''
    return [`Level 1: ${ticketLine(rung)}, opened by ${by} at ${utc(rung.createdAt)}${worked}`]
  }
  const whom = assignee || 'the DevOps lead'
  const ways = [
    ...(rung.external.dmTs ? ['direct message'] : []),
    ...(rung.external.messageId ? [`e-mail to ${rung.external.mailedTo}`] : []),
  ]
  const reached = ways.length > 0 ? `by ${ways.join(' and ')}` : 'not reached yet'
  const answered = rung.acknowledgedBy
    ? `acknowledged by ${await nameOf(deps, rung.acknowledgedBy)} at ${utc(rung.acknowledgedAt ?? rung.updatedAt)}`
    : 'nobody acknowledged'
  return [
    `Level 2: ${whom} contacted for ${by} at ${utc(rung.createdAt)} ${reached}; ${answered}`,
    ...(rung.error ? [`Level 2 failed: ${oneLine(rung.error, 300)}`] : []),
    ...(await conversation(deps, rung)),
  ]
}

const MOST_REPLIES = 10

/** What was answered under the direct messages; what Slack does not let us read is said. */
async function conversation(deps: HistoryDeps, rung: Rung): Promise<string[]> {
  const run = await getRun(deps.db, rung.runId)
  const messages = run ? await messagesOf(deps.db, run.id) : []
  const directs = messages.filter(({ key, ts }) => ts && key.startsWith(`lead:${rung.id}:`))
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
