import type { RichTextElement } from '@slack/types'
import { channels } from '../../escalation/channels.ts'
import type { Escalation } from '../../escalation/escalation.ts'
import type { Backlog } from '../../escalation/outbox/outbox-store.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { Run } from '../../runs/run.ts'
import { oneLine } from '../../text/shorten.ts'
import { type Message, makeMessage } from '../message.ts'
import { fleetLine } from './fleet/fleet-answers.ts'
import type { FleetView } from './fleet/fleet-view.ts'
import {
  bold,
  bullets,
  code,
  inline,
  lines,
  mention,
  moment,
  paragraph,
  rich,
  section,
  text,
} from './rich-text.ts'
import { about, headline, type Solved } from './run/run-view.ts'
import { solvedHeadline, solvedWords } from './run/solved.ts'

/** Of a runbook, what people choose it by. */
export interface TopicLine {
  readonly topic: string
  readonly aliases: readonly string[]
  readonly title: string
  readonly symptoms: readonly string[]
}

const usage = [
  ['/debvisor diagnose <topic> <host>', 'examines a host and posts the verdict here'],
  [
    '/debvisor diagnose <topic> <group|web*|a,b|all:!c>',
    'examines many hosts: one table, what they share, what sets the bad ones apart',
  ],
  ['/debvisor <host> [what is wrong]', 'chooses the topic by what you say, or takes a first look'],
  [
    '/debvisor cancel <run>',
    'ends a run, or a fleet of many hosts, that waits or is under way; `<run>` is its code, such as `7F3K`',
  ],
  ['/debvisor again <run>', 'checks the same again, in its thread: the host, or the hosts of a fleet'],
  ['/debvisor why <run>', 'what its verdict rests on, and what was ruled out'],
  ['/debvisor timeline <run>', 'everything of its thread as a file for a post-mortem, sent to you directly'],
  ['/debvisor ack <run>', 'acknowledges the escalation of its problem'],
  ['/debvisor page <run>', 'pages the on-call about it'],
  ['/debvisor resolve <run>', 'ends all that is open for its problem'],
  [
    '/debvisor history <host> [topic]',
    'its latest verdicts, what changed, and what solved the same trouble before',
  ],
  [
    '/debvisor watch <host> <topic> [every 5m] [for 12h]',
    'looks until it is healthy and stays so, and tells you; alone, lists what is watched',
  ],
  ['/debvisor watch <group>', 'tells alerts on its hosts in this channel'],
  ['/debvisor unwatch <host|group> [topic]', 'ends that'],
  [
    '/debvisor schedule <topic|all> <host|group> <cron>',
    'looks at set times, and tells a verdict that is another than the time before; alone, lists them',
  ],
  ['/debvisor unschedule <number>', 'ends one'],
  ['/debvisor stats [30d]', 'verdicts, common causes, times to acknowledge and resolve, feedback'],
  ['/debvisor hosts', 'the hosts of the inventory'],
  ['/debvisor runbooks', 'the topics and what they are for'],
  ['/debvisor status', 'the latest runs, and what could not be sent yet'],
  ['/debvisor oncall', 'who is on call, as PagerDuty has it'],
  ['/debvisor tickets [mine|open|all]', 'the tickets'],
  ['/debvisor ticket <number>', 'one of them, with what can be done'],
  [
    '/debvisor ticket <number> comment|assign|take|close|reopen',
    'does it: `comment` text, `assign` me or @name',
  ],
  ['/debvisor whoami', 'what Slack says of you, and what you may do'],
  ['/debvisor', 'opens a form; in a thread, where slash commands do not work, mention the bot instead'],
  ['/debvisor help [command]', 'this'],
] as const

/** `about`: the one command that is asked about. */
export function helpMessage(topics: readonly TopicLine[], about?: string): Message {
  const asked = usage.filter(([command]) => about === undefined || commandOf(command) === about)
  const shown = asked.length > 0 ? asked : usage
  const commands = shown.map(([command, does]) => [...code(command), ...text(' '), ...inline(does)])
  const title =
    about === undefined
      ? 'How to use /debvisor: diagnose <topic> <host> examines a host and posts the verdict'
      : `How to use /debvisor ${about}`
  const listed = about === undefined || about === 'diagnose' ? topics : []
  return makeMessage(title, [
    rich(section(...bold('What can be asked')), ...bullets(commands)),
    ...(listed.length > 0
      ? [rich(section(...bold('Topics')), ...bullets(limited(listed.map(topicLine), 30, 'topics')))]
      : []),
  ])
}

/** The word behind `/debvisor`; a host there is as in `diagnose`. */
const commandOf = (usage: string): string => usage.split(' ')[1]?.replace('<host>', 'diagnose') ?? ''

function topicLine({ topic, aliases, title }: TopicLine): RichTextElement[] {
  const others = aliases.length > 0 ? ` (${oneLine(aliases.join(', '), 100)})` : ''
  return [...code(topic), ...text(`${others} ${oneLine(title, 120)}`)]
}

export function runbooksMessage(topics: readonly TopicLine[]): Message {
  if (topics.length === 0) return noticeMessage('There is no runbook.')
  const blocks = topics.slice(0, 20).map((topic) => {
    const symptoms = topic.symptoms.slice(0, 5).map((symptom) => inline(symptom, 100))
    return rich(section(...topicLine(topic)), ...bullets(symptoms))
  })
  const named = topics.map(({ topic }) => topic).join(', ')
  return makeMessage(`What can be diagnosed: ${oneLine(named, 300)}`, blocks)
}

/** Groups with their hosts; hosts without a group last. */
export function hostsMessage({ hosts, groups }: Inventory): Message {
  if (hosts.size === 0) return noticeMessage('The inventory has no host yet.')
  const grouped = new Set([...groups.values()].flat())
  const alone = [...hosts.keys()].filter((name) => !grouped.has(name))
  const named = [...groups, ...(alone.length > 0 ? [['no group', alone] as const] : [])]
  const shown = named.slice(0, 40).map(([group, members]): RichTextElement[] => {
    const production = members.some((name) => hosts.get(name)?.production)
    return [
      ...bold(oneLine(group, 80)),
      ...text(`${production && group !== 'production' ? ' (production)' : ''}: ${listed(members, 40)}`),
    ]
  })
  return makeMessage(`The hosts of the inventory: ${listed([...hosts.keys()], 20)}`, [
    rich(...bullets(limited(shown, 40, 'groups'))),
  ])
}

function listed(names: readonly string[], max: number): string {
  const shown = names.slice(0, max).map((name) => oneLine(name, 60))
  return shown.join(', ') + (names.length > max ? ` and ${names.length - max} more` : '')
}

export interface ListedRun {
  readonly run: Run
  /** Why it is over. Undefined: nothing says so. */
  readonly solved?: Solved | undefined
}

/**
 * `unsent`: what did not reach its people yet. `tickets`: a line for each tracker that tickets wait for. `fleets`: a line
 * each, above the runs.
 */
export function statusMessage(
  runs: readonly ListedRun[],
  unsent: readonly Backlog[] = [],
  tickets: readonly string[] = [],
  fleets: readonly FleetView[] = [],
): Message {
  const waiting = [...unsent.map(waitingLine), ...tickets.map((line) => text(oneLine(line, 300)))]
  if (runs.length === 0 && waiting.length === 0 && fleets.length === 0)
    return noticeMessage('Nothing has been diagnosed yet: `/debvisor diagnose <topic> <host>`.')
  const shown = runs
    .slice(0, 20)
    .map(({ run, solved }): RichTextElement[] => [
      ...(solved ? solvedHeadline(run, solved) : text(oneLine(headline(run), 200))),
      ...text(` · run ${run.code}, `),
      ...moment(run.createdAt),
      ...text(', '),
      ...mention(run.actor.id),
    ])
  const [first] = runs
  const latest = first
    ? `The latest run: ${oneLine(first.solved ? solvedWords(first.run) : headline(first.run), 200)}`
    : 'Nothing has been diagnosed yet'
  const left = waiting.length > 0 ? `; ${waiting.length} not sent yet` : ''
  return makeMessage(`${latest}${left}`, [
    ...(fleets.length > 0
      ? [rich(section(...bold('Many hosts at once')), ...bullets(fleets.map(fleetLine)))]
      : []),
    ...(shown.length > 0 ? [rich(...bullets(shown))] : []),
    ...(waiting.length > 0 ? [rich(section(...bold('Not sent yet')), ...bullets(waiting))] : []),
  ])
}

const waitingLine = ({ channel, topic, host, code, reason, tries, nextAt }: Backlog): RichTextElement[] => [
  ...text(`${channels[channel].label} about ${oneLine(`${topic} on ${host}`, 150)}, run ${code}: `),
  ...text(
    `${oneLine(reason ?? '', 200).replace(/\.$/, '')}; tried ${tries === 1 ? 'once' : `${tries} times`}, next try `,
  ),
  ...moment(nextAt),
]

/** A click that joined what somebody had asked for before. */
export function alreadyEscalated({ level, number }: Pick<Escalation, 'level' | 'number'>): string {
  if (level === 1) return `Ticket #${number} is already open for this problem.`
  if (level === 2) return 'The DevOps lead was already contacted about this problem.'
  return 'The on-call was already paged for this problem.'
}

/** A request for what is being asked already; `by` is whoever made it, and where. */
export interface Joined {
  readonly run: Run
  readonly by: { readonly user: string; readonly channel: string }
  /** Of the run's message; undefined: it has none yet. */
  readonly url: string | undefined
  readonly now: Date
  /** Why this topic, where `by` named none. */
  readonly reason?: string | null
  /** Everybody reads it: nobody is called for it by name. */
  readonly isPublic?: boolean
}

/** "@ana already asked for db on host1 20 s ago: the answer comes in that thread and mentions you." */
export function joinedMessage({ run, by, url, now, reason = null, isPublic = false }: Joined): Message {
  const own = run.actor.id === by.user
  const elsewhere = run.channel !== by.channel
  const asked = ` already asked for ${about(run)} ${ago(run.createdAt, now)}`
  // In a channel without the bot there is no message to link to, and nobody is mentioned, but told alone.
  const what = own ? '' : url ? ' and mentions you' : ', and you are told'
  const where: RichTextElement[] = elsewhere
    ? [...text(' in '), { type: 'channel', channel_id: run.channel }]
    : []
  const answer = url
    ? [...text(': the answer comes in '), link(url, 'that thread'), ...text(`${what}.`)]
    : text(
        `: the answer comes ${elsewhere ? 'there' : 'here'}${run.state === 'queued' ? ' once its turn comes' : ''}${what}.`,
      )
  const who = own ? 'You' : 'Somebody'
  const named = own || isPublic ? text(who) : mention(run.actor.id)
  return makeMessage(`${who}${asked}; the answer is on its way`, [
    lines([...named, ...text(asked), ...where, ...answer], reason === null ? [] : text(oneLine(reason, 300))),
  ])
}

function ago(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000))
  if (seconds < 2) return 'a moment ago'
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`
}

const link = (url: string, words: string): RichTextElement => ({ type: 'link', url, text: words })

/** One sentence, and where to look. */
export const pointerMessage = (sentence: string, url: string | undefined): Message =>
  makeMessage(sentence.replaceAll('`', ''), [
    paragraph(...inline(sentence, 2_000), ...(url ? [...text(' '), link(url, 'Open the thread')] : [])),
  ])

/** Somebody wants to cancel what has ended. */
export function tooLateMessage(run: Run): Message {
  if (run.state !== 'cancelled') return noticeMessage(`Run ${run.code} had already ended: ${headline(run)}`)
  return makeMessage(`Run ${run.code} was cancelled already`, [
    paragraph(
      ...text(`Run ${run.code} was cancelled already`),
      ...(run.cancelledBy ? [...text(', by '), ...mention(run.cancelledBy)] : []),
      ...text('.'),
    ),
  ])
}

/** One sentence of ours, `backticks` as code. */
export const noticeMessage = (sentence: string): Message =>
  makeMessage(sentence.replaceAll('`', ''), [paragraph(...inline(sentence || '…', 2_000))])

const limited = (
  items: readonly RichTextElement[][],
  max: number,
  noun: string,
): readonly RichTextElement[][] =>
  items.length <= max ? items : [...items.slice(0, max), text(`and ${items.length - max} more ${noun}`)]
