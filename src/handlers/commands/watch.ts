import { channelsOfGroups } from '../../alerts/channel-groups.ts'
import { runsOfThread } from '../../runs/history/runs-of-thread.ts'
import type { Run } from '../../runs/run.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import { fullSentence, watchedSentence, watchesMessage } from '../../slack/messages/watch/watch-answers.ts'
import type { Queryable } from '../../store/db.ts'
import { seenBy } from '../../watches/after-look.ts'
import { baseRun } from '../../watches/base-run.ts'
import { EVERY_MS, FOR_MS, WANTED, type Watch } from '../../watches/watch.ts'
import { fullFor } from '../../watches/watch-limits.ts'
import { stopWatch } from '../../watches/watch-looks.ts'
import { addWatch, getWatch, openWatches } from '../../watches/watch-store.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRowId, runOf } from '../find-run.ts'
import type { SlackRequest } from '../guard.ts'
import { beginDiagnosis, linkTo } from '../start-diagnosis.ts'
import type { WatchCommand } from './parse-watch-command.ts'

export type WatchCapabilities = Pick<Capabilities, 'store' | 'slack' | 'hosts' | 'runbooks' | 'limits'>

type Wanted = Extract<WatchCommand, { kind: 'watch' }>

/** What is to be watched, and how: of whom a watch is made. */
interface Asked extends Pick<Wanted, 'everyMs' | 'forMs'> {
  readonly topic: string
  readonly host: string
}

const NOT_HERE = 'I am not in this channel, so I could tell nobody here: `/invite @debvisor`, and ask again.'

/** `/debvisor watch HOST TOPIC`, in the thread of the incident: the newest run of it here, or else one that begins now. */
export async function watchCommand(
  bot: WatchCapabilities,
  request: SlackRequest,
  { host, topic, everyMs, forMs }: Wanted,
): Promise<Message | undefined> {
  const place = await placeOf(bot, request, { host, topic })
  if (typeof place === 'string') return noticeMessage(place)
  const asked: Asked = { ...place, everyMs, forMs }
  if (!(await bot.slack.delivery.isIn(request.channel))) return noticeMessage(NOT_HERE)
  if (place.run) return watchRun(bot, request, place.run, asked)
  return watchFromNow(bot, request, asked)
}

interface Place {
  readonly host: string
  readonly topic: string
  /** In whose thread it tells; undefined: there is none yet. */
  readonly run?: Run | undefined
}

/** What is left out, the thread says, or what was asked of that host last. A sentence: nothing does. */
async function placeOf(
  { store }: WatchCapabilities,
  { team, channel, thread, may }: SlackRequest,
  { host, topic }: { readonly host?: string | undefined; readonly topic?: string | undefined },
): Promise<Place | string> {
  const fits = (run: Run): boolean =>
    (host === undefined || run.host === host) && (topic === undefined || run.topic === topic)
  const here = thread === undefined ? [] : await runsOfThread(store, { team, channel, thread })
  const inThread = here.filter((run) => run.state !== 'cancelled' && fits(run) && may('read', run).allowed)
  const places = new Set(inThread.map((run) => `${run.topic} ${run.host}`))
  const [run] = inThread
  if (run && places.size === 1) return { host: run.host, topic: run.topic, run }
  if (host === undefined)
    return places.size > 1
      ? 'This thread has several runs: `@debvisor watch <host> <topic>`.'
      : 'Which host? `/debvisor watch <host> <topic>`.'
  const newest = thread === undefined ? await baseRun(store, { team, channel, host, topic }) : null
  if (newest && may('read', newest).allowed) return { host, topic: newest.topic, run: newest }
  return topic === undefined ? `Which topic? \`/debvisor watch ${host} <topic>\`.` : { host, topic }
}

/** *Watch until healthy*: as often as a watch usually looks. */
export async function watchButton(
  bot: WatchCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const run = await runOf(bot.store, request)
  if (!run) return gone(request, 'diagnose')
  const { host, topic } = run
  const answer = await watchRun(bot, request, run, {
    ...{ host, topic },
    everyMs: EVERY_MS.usual,
    forMs: FOR_MS.usual,
  })
  return answer
}

const GONE = 'This message is older than what the bot keeps, or not its own: nothing was done.'

async function gone(request: SlackRequest, action: 'diagnose' | 'ask'): Promise<Message> {
  await request.refuse(action, {}, GONE)
  return noticeMessage(GONE)
}

/** The thread says that it is watched. A command may come from elsewhere, so it is told where. */
async function watchRun(
  bot: WatchCapabilities,
  request: SlackRequest,
  run: Run,
  asked: Asked,
): Promise<Message | undefined> {
  const { store } = bot
  const { host, topic } = asked
  if (!bot.hosts.inventory.hosts.has(host))
    return noticeMessage(`${host} is no longer in the inventory; see \`/debvisor hosts\`.`)
  const permit = await request.permit('diagnose', { host, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const full = await tooMany(bot, request, asked)
  if (full) return full
  const added = await store.tx(async (tx) => {
    const watch = await add(tx, request, run, asked)
    if (!watch) return null
    await store.queue.send(tx, { kind: 'redraw', runId: run.id })
    await permit.audit(tx, `watch ${watch.id}, run ${run.code}`)
    return watch
  })
  if (!added) return noticeMessage(alreadyWatched(asked))
  const isTyped = request.text !== run.id && request.opensForms !== false
  if (isTyped) return pointerMessage(watchedSentence(added), await linkTo(bot, run))
  // While its run is under way, the thread has nothing below it yet.
  return run.endedAt ? undefined : noticeMessage(watchedSentence(added))
}

const alreadyWatched = ({ topic, host }: Asked): string =>
  `You are watching ${topic} on ${host} here already; \`/debvisor unwatch ${host}\` ends that.`

/** Nothing of it stands here yet: it is examined now, and watched then. */
async function watchFromNow(
  bot: WatchCapabilities,
  request: SlackRequest,
  asked: Asked,
): Promise<Message | undefined> {
  const { topic, host } = asked
  const full = await tooMany(bot, request, asked)
  if (full) return full
  let added: Watch | null = null
  const begun = await beginDiagnosis(bot, request, {
    ...{ topic, host },
    also: async (tx, run) => {
      added = await add(tx, request, run, asked)
    },
  })
  if (begun.state === 'refused') return noticeMessage(begun.sentence)
  if (begun.state === 'known') return undefined
  return noticeMessage(
    added ? `${topic} on ${host} is being examined first. ${watchedSentence(added)}` : alreadyWatched(asked),
  )
}

const add = (
  tx: Queryable,
  { team, user }: SlackRequest,
  run: Run,
  { topic, host, everyMs, forMs }: Asked,
): Promise<Watch | null> => {
  const seen = seenBy(run)
  const known = seen && !seen.isHealthy ? seen.verdicts : []
  const { channel, id: runId } = run
  return addWatch(tx, { team, user, topic, host, channel, runId, everyMs, wanted: WANTED, known, forMs })
}

/** Counted before, so that of requests of the same moment a few more may get in. */
async function tooMany(
  { store, limits }: WatchCapabilities,
  request: SlackRequest,
  { host, topic }: Asked,
): Promise<Message | undefined> {
  const most = { all: limits.watches, perUser: limits.watchesPerUser }
  const full = await fullFor(store, 'watches', request, most)
  if (!full) return undefined
  const sentence = fullSentence(full)
  await request.refuse('diagnose', { host, topic }, sentence)
  return noticeMessage(sentence)
}

/** `/debvisor watch` alone: what is watched, as far as the asker may see it. */
export async function listWatches(bot: WatchCapabilities, request: SlackRequest): Promise<Message> {
  const permit = await request.permit('read', {})
  if (!permit.allowed) return noticeMessage(permit.reason)
  const all = await openWatches(bot.store, request.team)
  const { groups } = bot.hosts.inventory
  const bound = (await channelsOfGroups(bot.store, request.team)).filter(({ group }) =>
    (groups.get(group) ?? []).some((host) => request.may('read', { host }).allowed),
  )
  const watches = all.filter(({ host, topic }) => request.may('read', { host, topic }).allowed)
  return watchesMessage(watches, bound)
}

/** *Stop watching*: for whoever asked for the watch, and for those who may diagnose there. */
export async function unwatchButton(
  bot: WatchCapabilities,
  request: SlackRequest,
): Promise<Message | undefined> {
  const watch = isRowId(request.text) ? await getWatch(bot.store, request.text) : null
  if (watch?.team !== request.team) return gone(request, 'ask')
  const stopped = await stop(bot, request, watch)
  return stopped === true ? undefined : noticeMessage(stopped)
}

/** True, or why it was not stopped. */
async function stop(
  { store }: WatchCapabilities,
  request: SlackRequest,
  watch: Watch,
): Promise<true | string> {
  const { host, topic } = watch
  const permit = await request.permit(watch.user === request.user ? 'ask' : 'diagnose', { host, topic })
  if (!permit.allowed) return permit.reason
  if (await stopWatch(store, watch, request.user, permit.audit)) return true
  await store.tx((tx) => store.queue.send(tx, { kind: 'redraw', runId: watch.runId }))
  return `The watch of ${topic} on ${host} had ended already.`
}

/** `/debvisor unwatch [HOST [TOPIC]]`: one's own, and where there is none, those of others. */
export async function unwatchCommand(
  bot: WatchCapabilities,
  request: SlackRequest,
  { host, topic }: Pick<Wanted, 'host' | 'topic'>,
): Promise<Message> {
  const { team, channel, thread, user } = request
  const here = thread === undefined ? [] : await runsOfThread(bot.store, { team, channel, thread })
  const ofThread = new Set(host === undefined ? here.map(({ id }) => id) : [])
  const meant = (await openWatches(bot.store, team)).filter(
    (watch) =>
      (host === undefined || watch.host === host) &&
      (topic === undefined || watch.topic === topic) &&
      (ofThread.size === 0 || ofThread.has(watch.runId)) &&
      (watch.user === user || request.may('read', watch).allowed),
  )
  const own = meant.filter((watch) => watch.user === user)
  const others = host === undefined && ofThread.size === 0 ? [] : meant
  const those = own.length > 0 ? own : others
  if (host === undefined && ofThread.size === 0 && own.length > 1)
    return noticeMessage(
      'You are watching several hosts: `/debvisor unwatch <host> [topic]`; `/debvisor watch` lists them.',
    )
  if (those.length === 0)
    return noticeMessage(
      `Nothing${host ? ` of ${host}` : ' of yours'} is being watched; \`/debvisor watch\` lists what is.`,
    )
  const said: string[] = []
  for (const watch of those) {
    const stopped = await stop(bot, request, watch)
    said.push(stopped === true ? `${watch.topic} on ${watch.host} is no longer watched.` : stopped)
  }
  return noticeMessage([...new Set(said)].join(' '))
}
