import { inlineText } from '../../../integrations/github/markdown.ts'
import { utc } from '../../../runs/bundle.ts'
import type { Run } from '../../../runs/run.ts'
import { actionIds } from '../action-ids.ts'
import { headline } from '../run/run-view.ts'

/** One step of an incident. All text in it is other people's. */
export interface TimelineEvent {
  readonly at: Date
  /** Slack user, or a name as the pager says it; null: it happened by itself. */
  readonly by: string | null
  readonly what: string
  /** In somebody's own words. */
  readonly said?: string
  /** Of a row of the audit: the entry point, and which of its commands was typed. `what` goes on from that. */
  readonly door?: string
  readonly command?: string | undefined
}

export interface Timeline {
  /** The run that was asked about. */
  readonly run: Run
  readonly events: readonly TimelineEvent[]
  /** Display names, by id. */
  readonly names: ReadonlyMap<string, string>
  /** Which words of the thread it has, or why none: one sentence. */
  readonly words: string | undefined
  readonly url: string | undefined
}

/** Slack shows no file of more; an incident has a few hundred steps. */
const MOST_EVENTS = 1_000

/** For the post-mortem: Markdown in which what hosts and people wrote is text. Times are UTC. */
export function timelineFile({ run, events, names, words, url }: Timeline): {
  filename: string
  content: string
} {
  const shown = events.slice(0, MOST_EVENTS)
  const more = events.length - shown.length
  const lines = [
    `# Timeline of run ${plain(run.code, 20)}`,
    '',
    plain(headline(run), 400),
    '',
    ...(url ? [`Thread: ${url}`, ''] : []),
    ...(words === undefined ? [] : [words, '']),
    'Times are UTC.',
    '',
    ...shown.map((event) => lineOf(event, names)),
    ...(more > 0 ? [`- and ${more} more`] : []),
    '',
  ]
  return {
    filename: `timeline-${run.topic}-${run.host}-${run.code}.md`.replace(/[^A-Za-z0-9._-]+/g, '_'),
    content: lines.join('\n'),
  }
}

function lineOf(event: TimelineEvent, names: ReadonlyMap<string, string>): string {
  const { at, by, said } = event
  const who = by === null ? '' : `**${plain(names.get(by) ?? by, 100)}** `
  const words = said === undefined ? '' : `: “${plain(withNames(said, names), 1_000)}”`
  return `- ${utc(at).slice(0, 19).replace('T', ' ')} ${who}${stepOf(event)}${words}`
}

/** In the middle of a line and without brackets these are no markup, and the file is read as it stands, too. */
const plain = (text: string, max: number): string => inlineText(text, max).replaceAll(/\\([.:()+-])/g, '$1')

const MENTIONED = /@([UW][A-Z0-9]{2,20})\b/g

/** Whom people wrote to, by their ids. */
export const mentionedIds = (said = ''): string[] => [...said.matchAll(MENTIONED)].map(([, id = '']) => id)

const withNames = (said: string, names: ReadonlyMap<string, string>): string =>
  said.replaceAll(MENTIONED, (all, id: string) => (names.has(id) ? `@${names.get(id)}` : all))

/** What was typed may have been typed in another channel: beyond the command, it is not for the readers of this. */
function stepOf({ door, command, what }: TimelineEvent): string {
  if (door === undefined) return plain(what, 600)
  const typed = command === undefined ? door : `${door} ${command}`
  const way = clicked[door] ?? (door.startsWith('/') ? `typed “${typed}”` : `used ${door}`)
  return plain(`${way}, ${what}`, 600)
}

/** What the buttons are called whose ids the audit has. */
const clicked: Readonly<Record<string, string>> = {
  [actionIds.again]: 'clicked Check again',
  [actionIds.cancel]: 'clicked Cancel',
  [actionIds.ticket]: 'clicked Open ticket',
  [actionIds.lead]: 'clicked Contact DevOps lead',
  [actionIds.page]: 'clicked Page on-call',
  [actionIds.takeTicket]: 'clicked Take it',
  [actionIds.reopenTicket]: 'clicked Reopen',
  [actionIds.acknowledge]: 'clicked Acknowledge',
  [actionIds.deEscalate]: 'clicked De-escalate',
  [actionIds.resolve]: 'clicked Resolve',
  [actionIds.resolveAll]: 'clicked Resolve all',
  [actionIds.approve]: 'clicked Approve',
  [actionIds.decline]: 'clicked Decline',
  [actionIds.fix]: 'clicked Apply fix',
  [actionIds.right]: 'clicked Right',
  [actionIds.wrong]: 'clicked Wrong, it was …',
  [actionIds.editTicket]: 'clicked Edit',
  [actionIds.commentTicket]: 'clicked Comment',
  [actionIds.assignTicket]: 'clicked Assign',
  [actionIds.closeTicket]: 'clicked Close',
  [actionIds.reassign]: 'clicked Reassign',
}
