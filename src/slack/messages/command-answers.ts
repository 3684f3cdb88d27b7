import type { RichTextElement } from '@slack/types'
import { channels } from '../../escalation/channels.ts'
import type { Escalation } from '../../escalation/escalation.ts'
import type { Backlog } from '../../escalation/outbox/outbox-store.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { Run } from '../../runs/run.ts'
import { oneLine } from '../../text/shorten.ts'
import { type Message, makeMessage } from '../message.ts'
import { bold, bullets, code, inline, mention, moment, paragraph, rich, section, text } from './rich-text.ts'
import { headline } from './run/run-view.ts'

/** Of a runbook, what people choose it by. */
export interface TopicLine {
  readonly topic: string
  readonly aliases: readonly string[]
  readonly title: string
  readonly symptoms: readonly string[]
}

const usage = [
  ['/debvisor diagnose <topic> <host>', 'examines a host and posts the verdict here'],
  ['/debvisor diagnose <host> [what is wrong]', 'chooses the topic by what you say'],
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
  ['/debvisor help', 'this'],
] as const

export function helpMessage(topics: readonly TopicLine[]): Message {
  const commands = usage.map(([command, does]) => [...code(command), ...text(' '), ...inline(does)])
  return makeMessage('How to use /debvisor', [
    rich(section(...bold('What can be asked')), ...bullets(commands)),
    rich(section(...bold('Topics')), ...bullets(limited(topics.map(topicLine), 30, 'topics'))),
  ])
}

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
  return makeMessage('The runbooks and their symptoms', blocks)
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
  return makeMessage('The hosts of the inventory', [rich(...bullets(limited(shown, 40, 'groups')))])
}

function listed(names: readonly string[], max: number): string {
  const shown = names.slice(0, max).map((name) => oneLine(name, 60))
  return shown.join(', ') + (names.length > max ? ` and ${names.length - max} more` : '')
}

/** `unsent`: what did not reach its people yet. `tickets`: a line for each tracker that tickets wait for. */
export function statusMessage(
  runs: readonly Run[],
  unsent: readonly Backlog[] = [],
  tickets: readonly string[] = [],
): Message {
  const waiting = [...unsent.map(waitingLine), ...tickets.map((line) => text(oneLine(line, 300)))]
  if (runs.length === 0 && waiting.length === 0)
    return noticeMessage('Nothing has been diagnosed yet: `/debvisor diagnose <topic> <host>`.')
  const shown = runs
    .slice(0, 20)
    .map((run): RichTextElement[] => [
      ...text(`${oneLine(headline(run), 200)} · run ${run.code}, `),
      ...moment(run.createdAt),
      ...text(', '),
      ...mention(run.actor.id),
    ])
  return makeMessage('The latest runs', [
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

/** One sentence of ours, `backticks` as code. */
export const noticeMessage = (sentence: string): Message =>
  makeMessage(sentence.replaceAll('`', ''), [paragraph(...inline(sentence || '…', 2_000))])

/**
 * For the asker alone, where the bot is not in the channel: how to invite it, and what it would have posted.
 */
export function inviteMessage(shown?: Message): Message {
  const sentence =
    'I am not in this channel, so only you can read this: `/invite @debvisor`, then check again.'
  const notice = noticeMessage(sentence)
  if (!shown) return notice
  const blocks = shown.blocks.filter((block) => block.type !== 'actions')
  return { text: shown.text, blocks: [...notice.blocks, ...blocks].slice(0, 50) }
}

const limited = (
  items: readonly RichTextElement[][],
  max: number,
  noun: string,
): readonly RichTextElement[][] =>
  items.length <= max ? items : [...items.slice(0, max), text(`and ${items.length - max} more ${noun}`)]
