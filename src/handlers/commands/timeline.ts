import { mapConcurrently } from '../../async/map-concurrently.ts'
import { withinTime, withSlackDeadline } from '../../escalation/slack-within-deadline.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { mentionedIds, type TimelineEvent, timelineFile } from '../../slack/messages/history/timeline-file.ts'
import { type Incident, incidentOf, storedEvents } from '../../threads/views/timeline.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'
import { commandNames } from './parse-command.ts'

type TimelineCapabilities = Pick<Capabilities, 'store' | 'slack' | 'redactor'>

/** What people said in a thread, at most: Slack gives a hundred messages at once. */
const MOST_REPLIES = 100
/** For the words and all names together. */
const SLACK_MS = 5_000
/** Who people are is asked of Slack for so many at once. */
const AT_ONCE = 8
/** Anybody can write ids that nobody has, and Slack is asked for each. */
const MOST_NAMES = 50

/**
 * `/debvisor timeline RUN`: everything of its thread, as a file for whoever asked, in a direct message. What people said
 * there is read now, and only for whoever asks in that channel: the channel decides who reads it.
 */
export async function sendTimeline(
  bot: TimelineCapabilities,
  request: SlackRequest,
  run: Run,
): Promise<Message> {
  const permit = await request.permit('read', { host: run.host, topic: run.topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const mayRead = ({ host, topic }: Run): boolean => request.may('read', { host, topic }).allowed
  const incident = await incidentOf(bot.store, run, mayRead)
  const slack = withSlackDeadline(bot.slack, SLACK_MS)
  const inTime = withinTime(SLACK_MS)
  const person = (id: string) => inTime(bot.slack.person(id), undefined)
  const said = await wordsOf({ delivery: slack.delivery, person }, request, incident)
  const events = [...(await storedEvents(bot.store, incident, commandNames)), ...said.events]
    // Before anything is escaped: a secret with a backslash in it is none that can be seen.
    .map((event) => redacted(event, bot.redactor.text))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  const people = peopleIn(events).slice(0, MOST_NAMES)
  const names = await mapConcurrently(
    people,
    AT_ONCE,
    async (id) => [id, await slack.displayName(id)] as const,
  )
  const url = incident.thread && (await slack.delivery.permalink(incident.channel, incident.thread))
  const file = timelineFile({ run, events, names: new Map(names), url, words: said.about })
  await bot.store.tx((tx) => permit.audit(tx))
  return sendFile(bot, request, run, file)
}

/** Slack users: who did something, the first ones first, and then whom they only mentioned. */
const peopleIn = (events: readonly TimelineEvent[]): string[] => {
  const ids = [...events.map(({ by }) => by ?? ''), ...events.flatMap(({ said }) => mentionedIds(said))]
  return [...new Set(ids)].filter((id) => /^[UW][A-Z0-9]+$/.test(id))
}

const redacted = (event: TimelineEvent, clean: (text: string) => string): TimelineEvent => ({
  ...event,
  what: clean(event.what),
  ...(event.said === undefined ? {} : { said: clean(event.said) }),
})

interface Said {
  readonly events: readonly TimelineEvent[]
  /** Which words the file has, or why it has none: one sentence. */
  readonly about: string | undefined
}

async function wordsOf(
  { delivery, person }: Pick<Capabilities['slack'], 'delivery' | 'person'>,
  request: SlackRequest,
  { channel, thread }: Incident,
): Promise<Said> {
  if (thread === undefined) return { events: [], about: undefined }
  if (request.channel !== channel)
    return {
      events: [],
      about: 'What people said in the thread is left out: ask in its channel for a timeline with it.',
    }
  const replies = await delivery.replies(channel, thread, MOST_REPLIES)
  if (!replies) return { events: [], about: 'What people said in the thread could not be read.' }
  const writers = [...new Set(replies.map(({ user }) => user))]
  const people = await mapConcurrently(writers, AT_ONCE, async (id) => [id, await person(id)] as const)
  const isBot = new Map(people.map(([id, each]) => [id, each?.bot === true]))
  const events = replies
    .filter(({ user, text }) => !isBot.get(user) && text.trim() !== '')
    .map(({ user, text, at }) => ({ at, by: user, what: 'wrote', said: text }))
  return { events, about: `What people said is from the first ${MOST_REPLIES} messages of the thread.` }
}

async function sendFile(
  { slack }: TimelineCapabilities,
  { user, trigger }: SlackRequest,
  run: Run,
  file: { readonly filename: string; readonly content: string },
): Promise<Message> {
  const direct = await slack.delivery.openDm(user)
  if (!direct.ok) return noticeMessage(NOT_SENT)
  const { channel } = direct
  const name = `The timeline of run ${run.code} (${run.topic} on ${run.host})`
  const key = { run: run.id, key: `timeline:${trigger}`, since: new Date() }
  const posted = await slack.delivery.post({ channel }, noticeMessage(`${name} is in this thread.`), key)
  if (!posted.ok) return noticeMessage(NOT_SENT)
  const sent = await slack.delivery.upload({ channel, thread: posted.ts }, file)
  return noticeMessage(sent.ok ? `${name} is in your direct messages with me.` : NOT_SENT)
}

const NOT_SENT = 'Slack did not take the file, so there is no timeline; try again in a minute.'
