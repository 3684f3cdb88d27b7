import { withSlackDeadline } from '../../escalation/slack-within-deadline.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { mentionedIds, type TimelineEvent, timelineFile } from '../../slack/messages/history/timeline-file.ts'
import { type Incident, incidentOf, storedEvents } from '../../threads/views/timeline.ts'
import type { Capabilities } from '../capabilities.ts'
import type { SlackRequest } from '../guard.ts'

type TimelineCapabilities = Pick<Capabilities, 'store' | 'slack' | 'redactor'>

/** What people said in a thread, at most: Slack gives a hundred messages at once. */
const MOST_REPLIES = 100
/** For the words and all names together. */
const SLACK_MS = 5_000

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
  const said = await wordsOf({ delivery: slack.delivery, person: bot.slack.person }, request, incident)
  const events = [...(await storedEvents(bot.store, incident)), ...said.events]
    // Before anything is escaped: a secret with a backslash in it is none that can be seen.
    .map((event) => redacted(event, bot.redactor.text))
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  const people = [...new Set(events.flatMap((each) => [each.by ?? [], mentionedIds(each.said)].flat()))]
  const names = new Map(await Promise.all(people.map(async (id) => [id, await nameOf(slack, id)] as const)))
  const url = incident.thread && (await slack.delivery.permalink(incident.channel, incident.thread))
  return sendFile(bot, request, run, timelineFile({ run, events, names, url, words: said.about }))
}

const redacted = (event: TimelineEvent, clean: (text: string) => string): TimelineEvent => ({
  ...event,
  what: clean(event.what),
  ...(event.said === undefined ? {} : { said: clean(event.said) }),
  ...(event.asked === undefined ? {} : { asked: clean(event.asked) }),
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
  const bots = new Set<string>()
  for (const id of new Set(replies.map(({ user }) => user))) if ((await person(id))?.bot) bots.add(id)
  const events = replies
    .filter(({ user, text }) => !bots.has(user) && text.trim() !== '')
    .map(({ user, text, at }) => ({ at, by: user, what: 'wrote', said: text }))
  return { events, about: `What people said is from the first ${MOST_REPLIES} messages of the thread.` }
}

const nameOf = async (
  { displayName }: Pick<Capabilities['slack'], 'displayName'>,
  id: string,
): Promise<string> => (/^[UW][A-Z0-9]+$/.test(id) ? displayName(id) : id)

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
