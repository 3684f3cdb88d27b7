import { withSlackDeadline } from '../escalation/slack-within-deadline.ts'
import { threadUrl } from '../runs/load-bundle.ts'
import type { Run } from '../runs/run.ts'
import { startRun } from '../runs/start-run.ts'
import type { Message } from '../slack/message.ts'
import { joinedMessage, noticeMessage, pointerMessage } from '../slack/messages/command-answers.ts'
import type { Capabilities } from './capabilities.ts'
import type { SlackRequest } from './guard.ts'

export type DiagnosisCapabilities = Pick<Capabilities, 'store' | 'hosts' | 'slack'>

/** Slack waits 3 s for the answer. */
const LINK_MS = 1_000

export interface WantedDiagnosis {
  readonly topic: string
  readonly host: string
  /** Why this topic was chosen, if nobody named it. */
  readonly reason?: string | null
  /** The run that is checked again. */
  readonly parent?: Run
}

/**
 * Starts a diagnosis, or joins the one that is under way and says so. A new one answers in the channel by itself; where
 * that is not where it was asked for, whoever asked is told where to look.
 */
export async function startDiagnosis(
  bot: DiagnosisCapabilities,
  request: SlackRequest,
  { topic, reason = null, parent, ...wanted }: WantedDiagnosis,
): Promise<Message | undefined> {
  const host = bot.hosts.inventory.hosts.get(wanted.host)
  if (!host) return noticeMessage(`${wanted.host} is no longer in the inventory; see \`/debvisor hosts\`.`)
  const permit = await request.permit('diagnose', { host: host.name, topic })
  if (!permit.allowed) return noticeMessage(permit.reason)
  const started = await startRun(bot.store, {
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
  })
  if (!started) return undefined
  const { run, joined } = started
  if (joined) {
    const url = await linkTo(bot, run)
    return joinedMessage({ run, by: request, url, now: new Date(), ...(parent ? {} : { reason }) })
  }
  if (run.channel === request.channel || !parent) return undefined
  return pointerMessage(`${topic} on ${host.name} is being checked again.`, await linkTo(bot, parent))
}

/** Permalink of a run's message; undefined where there is none yet, or Slack does not say it in time. */
export const linkTo = ({ store, slack }: Pick<Capabilities, 'store' | 'slack'>, run: Run) =>
  threadUrl({ store, slack: withSlackDeadline(slack, LINK_MS) }, run)
