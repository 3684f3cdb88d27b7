import type { Logger } from 'pino'
import { type Action, authorize, type Decision, type Gate, type Person } from '../access/authorize.ts'
import type { Message } from '../slack/message.ts'

/** What every entry point knows of its caller, whatever Slack sent. */
export interface Ask {
  readonly team: string
  readonly user: string
  readonly channel: string
  readonly responseUrl: string | null
  /** Slack's trigger_id: good for one modal within 3 s, and the name of this delivery. */
  readonly trigger: string
  /** The command's text, or the button's value: an opaque id. */
  readonly text: string
  may(action: Action, host?: string): Decision
}

export interface DoorDeps {
  readonly gate: Gate
  readonly log: Logger
  people(user: string, team: string): Promise<Person | undefined>
  /** A private answer. */
  notice(sentence: string): Message
}

export interface Caller {
  readonly team: string
  readonly user: string
  readonly channel: string
  readonly responseUrl: string | null
  readonly trigger: string
  readonly text: string
}

const FAILED =
  'Something broke on our side; nothing was started. The log has it; please try again in a minute.'

/**
 * The wrapper of every door: who is it, may they, what do they get to read. A message that comes back is private. An error is
 * logged and told to the user; it never leaves this function.
 */
export async function enter(
  deps: DoorDeps,
  route: { readonly name: string; readonly action: Action },
  caller: Caller,
  handle: (ask: Ask) => Promise<Message | undefined>,
): Promise<Message | undefined> {
  try {
    const person = await deps.people(caller.user, caller.team)
    const principal = { kind: 'user', id: caller.user, team: caller.team, person } as const
    const may = (action: Action, host?: string): Decision =>
      authorize(deps.gate, { principal, action, ...(host === undefined ? {} : { host }) })
    const entry = may(route.action)
    if (!entry.allowed) {
      deps.log.warn({ route: route.name, user: caller.user, team: caller.team }, `refused: ${entry.reason}`)
      return deps.notice(entry.reason)
    }
    return await handle({ ...caller, may })
  } catch (error) {
    deps.log.error({ err: error, route: route.name, user: caller.user }, 'a request failed')
    return deps.notice(FAILED)
  }
}
