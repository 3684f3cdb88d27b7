import { withSlackDeadline } from '../escalation/slack-within-deadline.ts'
import { runsOfThread } from '../runs/history/runs-of-thread.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { type Request, startRun } from '../runs/start-run.ts'
import type { Message } from '../slack/message.ts'
import { joinedMessage, noticeMessage, pointerMessage } from '../slack/messages/command-answers.ts'
import { overLimitSentence } from '../slack/messages/over-limit.ts'
import type { Queryable } from '../store/db.ts'
import type { Capabilities } from './capabilities.ts'
import type { SlackRequest } from './guard.ts'

export type DiagnosisCapabilities = Pick<Capabilities, 'store' | 'hosts' | 'slack' | 'limits'>

/** Slack waits 3 s for the answer. */
const LINK_MS = 1_000

export interface WantedDiagnosis {
  readonly topic: string
  readonly host: string
  /** Why this topic was chosen, if nobody named it. */
  readonly reason?: string | null
  /** The run that is checked again; undefined: the one of the thread that asks the same, if there is one. */
  readonly parent?: Run
  /** What else is stored with the run. */
  readonly also?: Request['also']
}

/** What became of it. `known`: Slack delivered the same before. */
export type Begun =
  | { readonly state: 'refused'; readonly sentence: string }
  | { readonly state: 'joined'; readonly run: Run; readonly message: Message }
  | { readonly state: 'started'; readonly run: Run }
  | { readonly state: 'known' }

/** Starts a diagnosis, or joins the one that is under way and says so. */
export async function beginDiagnosis(
  bot: DiagnosisCapabilities,
  request: SlackRequest,
  wanted: WantedDiagnosis,
): Promise<Begun> {
  const { topic } = wanted
  const host = bot.hosts.inventory.hosts.get(wanted.host)
  if (!host)
    return {
      state: 'refused',
      sentence: `${wanted.host} is no longer in the inventory; see \`/debvisor hosts\`.`,
    }
  const permit = await request.permit('diagnose', { host: host.name, topic })
  if (!permit.allowed) return { state: 'refused', sentence: permit.reason }
  const parent = wanted.parent ?? (await runInThread(bot.store, request, { topic, host: host.name }))
  const reason = wanted.reason ?? (parent ? `checks run ${parent.code} again` : null)
  const asked: Request = {
    team: request.team,
    actor: { kind: 'user', id: request.user },
    topic,
    reason,
    host,
    channel: request.channel,
    thread: request.thread ?? null,
    responseUrl: request.responseUrl,
    delivery: request.trigger,
    audit: permit.audit,
    ...(parent ? { parent } : {}),
    ...(wanted.also ? { also: wanted.also } : {}),
  }
  const started = await startRun(bot.store, asked, bot.limits)
  if (!started) return { state: 'known' }
  if ('limit' in started) {
    const sentence = overLimitSentence(started)
    await request.refuse('diagnose', { host: host.name, topic }, sentence)
    return { state: 'refused', sentence }
  }
  const { run, joined } = started
  if (!joined) return { state: 'started', run }
  const url = await linkTo(bot, run)
  // A mention is answered in its thread.
  const isPublic = request.opensForms === false
  const about = { run, by: request, url, now: new Date(), isPublic }
  const message = joinedMessage({ ...about, ...(parent ? {} : { reason }) })
  return { state: 'joined', run, message }
}

/** The newest run of the same topic and host in that thread: its problem, its ladder and its end are one with ours. */
async function runInThread(
  db: Queryable,
  { team, channel, thread }: SlackRequest,
  { topic, host }: Pick<Run, 'topic' | 'host'>,
): Promise<Run | undefined> {
  if (thread === undefined) return undefined
  const runs = await runsOfThread(db, { team, channel, thread })
  return runs.find((run) => run.topic === topic && run.host === host)
}

/**
 * The same for a command or a button. A new run answers in the channel by itself; where that is not where it was asked
 * for, whoever asked is told where to look.
 */
export async function startDiagnosis(
  bot: DiagnosisCapabilities,
  request: SlackRequest,
  wanted: WantedDiagnosis,
): Promise<Message | undefined> {
  const begun = await beginDiagnosis(bot, request, wanted)
  switch (begun.state) {
    case 'refused':
      return noticeMessage(begun.sentence)
    case 'joined':
      return begun.message
    case 'known':
      return undefined
    case 'started': {
      const { parent } = wanted
      if (begun.run.channel === request.channel || !parent) return undefined
      const { topic, host } = begun.run
      return pointerMessage(`${topic} on ${host} is being checked again.`, await linkTo(bot, parent))
    }
  }
}

/** Permalink of a run's message; undefined where there is none yet, or Slack does not say it in time. */
export const linkTo = (
  { store, slack }: Pick<Capabilities, 'store' | 'slack'>,
  run: Pick<Run, 'id' | 'channel'>,
) => threadUrl({ store, slack: withSlackDeadline(slack, LINK_MS) }, run)
