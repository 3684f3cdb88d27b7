import { type Escalation, isOpen } from '../../escalation/escalation.ts'
import { escalationsOfProblem, escalationsOfRun } from '../../escalation/escalation-store.ts'
import { offerFor } from '../../escalation/request-escalation.ts'
import { findFleetByCode } from '../../fleet/runs/fleet-store.ts'
import type { Run } from '../../runs/run.ts'
import { findRunByCode } from '../../runs/run-store.ts'
import type { Message } from '../../slack/message.ts'
import { noticeMessage, pointerMessage } from '../../slack/messages/command-answers.ts'
import { whyMessage } from '../../slack/messages/run/why.ts'
import { acknowledgeButton, resolveAllButton, resolveButton } from '../actions/escalation.ts'
import { cancelButton, checkAgain, escalateButton } from '../actions/run.ts'
import type { Capabilities } from '../capabilities.ts'
import { fleetCommand } from '../fleet/fleet-command.ts'
import type { SlackRequest } from '../guard.ts'
import { linkTo } from '../start-diagnosis.ts'
import { isHost, type RunAct, type RunCommand, rightFor } from './parse-run-command.ts'
import { sendTimeline } from './timeline.ts'

/**
 * `/debvisor ack|page|resolve|cancel|again|why|timeline RUN`: what the buttons in the run's thread do, by their own handlers, which ask for
 * the right. They answer nothing where the thread shows what was done; a command may come from anywhere, so it is told
 * in a sentence, with the way there.
 */
export async function runCommand(
  bot: Capabilities,
  request: SlackRequest,
  { act, code, host }: RunCommand,
): Promise<Message | undefined> {
  const run = await findRunByCode(bot.store, request.team, code)
  const fleet = run ? null : await findFleetByCode(bot.store, request.team, code)
  if (fleet) return fleetCommand(bot, request, act, fleet)
  if (!run && host !== undefined && request.may('read', { host }).allowed)
    return noticeMessage(isHost(host, act))
  if (!run) return unknownRun(request, act, code)
  const { answer, done } = await actOnRun(bot, request, act, run)
  return answer ?? (done ? pointerMessage(done, await linkTo(bot, run)) : undefined)
}

export const actOnRun = (bot: Capabilities, request: SlackRequest, act: RunAct, run: Run): Promise<Acted> =>
  acts[act](bot, request, run)

/** What its button answers, or what was done; neither: a form is open. */
export interface Acted {
  readonly answer?: Message | undefined
  readonly done?: string
}

type Act = (bot: Capabilities, request: SlackRequest, run: Run) => Promise<Acted>

/** The request as the button's click with this value would be. */
const clicking = (request: SlackRequest, value: string): SlackRequest => ({ ...request, text: value })

const acts: Readonly<Record<RunAct, Act>> = {
  async again(bot, request, run) {
    return {
      answer: await checkAgain(bot, clicking(request, run.id)),
      done: `${about(run)} is being checked again.`,
    }
  },

  async why(_, request, run) {
    const permit = await request.permit('read', { host: run.host, topic: run.topic })
    return { answer: permit.allowed ? whyMessage(run) : noticeMessage(permit.reason) }
  },

  async timeline(bot, request, run) {
    return { answer: await sendTimeline(bot, request, run) }
  },

  async cancel(bot, request, run) {
    return {
      answer: await cancelButton(bot, clicking(request, run.id)),
      done: `Run ${run.code} (${about(run)}) was cancelled.`,
    }
  },

  async page(bot, request, run) {
    // Outside production a form takes the reason; what is done then, it says itself.
    const form = offerFor(bot, run, 3).state === 'guarded'
    const answer = await escalateButton(3)(bot, clicking(request, run.id))
    return form ? { answer } : { answer, done: `The on-call is being paged about ${about(run)}.` }
  },

  async ack(bot, request, run) {
    const open = await openAbove(bot, request, run, 'to acknowledge')
    if ('none' in open) return { answer: open.none }
    const { top } = open
    const who = top.level === 3 ? 'the page' : "the DevOps lead's escalation"
    if (top.state === 'acknowledged')
      return {
        answer: await told(request, run, `Somebody has acknowledged ${who} of ${about(run)} already.`),
      }
    return {
      answer: await acknowledgeButton(bot, clicking(request, top.id)),
      done: `You acknowledged ${who} of ${about(run)}.`,
    }
  },

  async resolve(bot, request, run) {
    const done = `All that was open for ${about(run)} was resolved.`
    if (run.report?.verdict === 'healthy')
      return { answer: await resolveAllButton(bot, clicking(request, run.id)), done }
    const open = await openAbove(bot, request, run, 'to resolve')
    if ('none' in open) return { answer: open.none }
    return { answer: await resolveButton(bot, clicking(request, open.top.id)), done }
  },
}

const about = ({ topic, host }: Run): string => `${topic} on ${host}`

const aboveTicket = ({ level }: Escalation): boolean => level > 1

/** What is open of the run's problem, from the lowest level to the highest, whichever run asked for it. */
async function openOf({ store }: Pick<Capabilities, 'store'>, run: Run): Promise<Escalation[]> {
  const [key] = run.problemKeys
  const own = await escalationsOfRun(store, run.id)
  const shared = key === undefined ? [] : await escalationsOfProblem(store, run.team, key)
  return [...own, ...shared].filter(isOpen).sort((one, other) => one.level - other.level)
}

/** The highest that is open above the ticket, or why there is nothing. */
export async function openAbove(
  bot: Pick<Capabilities, 'store'>,
  request: SlackRequest,
  run: Run,
  what: 'to acknowledge' | 'to resolve',
): Promise<{ readonly top: Escalation } | { readonly none: Message }> {
  const open = await openOf(bot, run)
  const top = open.findLast(aboveTicket)
  if (top) return { top }
  const ticket = what === 'to resolve' ? open[0] : undefined
  return { none: await nothingOpen(request, run, what, ticket) }
}

/** Whoever may not escalate there is told that, and not how things stand. */
async function told(request: SlackRequest, { host, topic }: Run, sentence: string): Promise<Message> {
  const permit = await request.permit('escalate', { host, topic })
  return noticeMessage(permit.allowed ? sentence : permit.reason)
}

function nothingOpen(request: SlackRequest, run: Run, what: string, ticket?: Escalation): Promise<Message> {
  const why = run.endedAt ? 'neither the DevOps lead nor the on-call has it' : 'the run is still under way'
  const number = ticket?.number
  const close = number ? ` Ticket #${number} is open: \`/debvisor ticket ${number} close\`.` : ''
  return told(request, run, `Run ${run.code} (${about(run)}) has nothing ${what}: ${why}.${close}`)
}

async function unknownRun(request: SlackRequest, act: RunAct, code: string): Promise<Message> {
  const sentence = `There is no run \`${code}\`: nothing was done. \`/debvisor status\` lists the latest.`
  await request.refuse(rightFor[act], {}, sentence)
  return noticeMessage(sentence)
}
