import type { Logger } from 'pino'
import {
  type Action,
  authorize,
  type Decision,
  type Gate,
  isChange,
  type Person,
  type User,
} from '../access/authorize.ts'
import type { Message } from '../slack/message.ts'
import type { AuditEntry, WriteAudit } from '../store/audit/audit.ts'
import type { Db, Queryable } from '../store/db.ts'

/** What every entry point knows of its caller, whatever Slack sent. */
export interface Caller {
  readonly team: string
  readonly user: string
  readonly channel: string
  readonly responseUrl: string | null
  /** Slack's trigger_id: good for one modal within 3 s, and the name of this delivery. */
  readonly trigger: string
  /** The command's text, or the button's value: an opaque id. */
  readonly text: string
}

/** Undefined: it concerns none, or it is not known yet. */
export interface Place {
  readonly host?: string
  readonly topic?: string
}

export interface Ask extends Caller {
  readonly principal: User
  /** What the caller may: for lists. Writes nothing. */
  may(action: Action, place?: Place): Decision
  /** Before an effect: a refusal is in the audit by now; a permission is to be written with `audit`, in the transaction of the effect. */
  permit(action: Action, place: Place): Promise<Permit>
  /** Writes down that somebody who has the right was refused all the same, and why: the second person, an expiry. */
  refuse(action: Action, place: Place, reason: string, target?: string): Promise<void>
}

export type Permit =
  | { readonly allowed: true; readonly audit: WriteAudit }
  | { readonly allowed: false; readonly reason: string }

export interface DoorDeps {
  readonly db: Db
  readonly gate: Gate
  readonly log: Logger
  /** `fresh`: asked now, not from the cache. */
  people(user: string, team: string, fresh?: boolean): Promise<Person | undefined>
  /** In which of these user groups the user is; what Slack did not say is left out. `fresh`: not from the cache. */
  memberships(user: string, of: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, boolean>>
  /** Redacts the entry and appends it. */
  audit(tx: Queryable, entry: AuditEntry): Promise<unknown>
  /** A private answer. */
  notice(sentence: string): Message
}

interface Way {
  readonly name: string
  readonly action: Action
}

const FAILED =
  'Something broke on our side; nothing was started. The log has it; please try again in a minute.'

/**
 * The wrapper of every door: who is it, may they, what do they get to read. A message that comes back is private. Each request leaves a row in the
 * audit, and what cannot be written down is not done. An error is logged and told to the user; it never leaves this function.
 */
export async function enter(
  deps: DoorDeps,
  way: Way,
  caller: Caller,
  handle: (ask: Ask) => Promise<Message | undefined>,
): Promise<Message | undefined> {
  try {
    const principal = await whoIs(deps, caller, isChange(way.action))
    const { ask, unwritten } = makeAsk(deps, way, caller, principal)
    const entry = await ask.permit(way.action, {})
    if (!entry.allowed) return deps.notice(entry.reason)
    const answer = await handle(ask)
    // What had no effect (a list, a mistake, a button that came too late) is noted before its answer is given.
    const audit = unwritten()
    if (audit) await deps.db.tx((tx) => audit(tx))
    return answer
  } catch (error) {
    deps.log.error({ err: error, route: way.name, user: caller.user }, 'a request failed')
    return deps.notice(FAILED)
  }
}

/** As Slack has them: before a change everything is asked afresh (S5), what they are as well as where they belong. */
export async function whoIs(
  deps: Pick<DoorDeps, 'gate' | 'people' | 'memberships'>,
  { user, team }: Pick<Caller, 'user' | 'team'>,
  fresh: boolean,
): Promise<User> {
  const named = deps.gate.policy?.usergroups ?? []
  const [person, groups] = await Promise.all([
    deps.people(user, team, fresh),
    deps.memberships(user, named, fresh),
  ])
  return { kind: 'user', id: user, team, person, groups }
}

function makeAsk(deps: DoorDeps, way: Way, caller: Caller, principal: User) {
  /** One fresh look a request is enough, however many rights it asks for. */
  let lookedUp = isChange(way.action) ? Promise.resolve(principal) : undefined
  const afresh = (): Promise<User> => {
    lookedUp ??= whoIs(deps, caller, true)
    return lookedUp
  }
  /** The newest permission, until a row tells of this request. */
  let unwritten: WriteAudit | undefined
  let wrote = false
  const write = async (
    tx: Queryable,
    about: Pick<AuditEntry, 'action' | 'decision' | 'reason' | 'target'>,
    place: Place,
  ) => {
    const { team, user, text } = caller
    const { host = null, topic = null } = place
    await deps.audit(tx, { team, actor: user, door: way.name, asked: text, host, topic, ...about })
    wrote = true
  }

  async function permit(action: Action, place: Place): Promise<Permit> {
    const asker = isChange(action) ? await afresh() : principal
    const decision = authorize(deps.gate, { principal: asker, action, ...place })
    if (decision.allowed) {
      const reason = decision.rule ?? null
      const audit: WriteAudit = (tx, target = null) =>
        write(tx, { action, decision: 'allowed', reason, target }, place)
      unwritten = audit
      return { allowed: true, audit }
    }
    await refuse(action, place, decision.reason)
    return { allowed: false, reason: decision.reason }
  }

  async function refuse(action: Action, place: Place, reason: string, target?: string): Promise<void> {
    deps.log.warn({ route: way.name, user: caller.user, team: caller.team, ...place }, `refused: ${reason}`)
    // A refusal stands, whether or not it can be written down.
    await deps.db
      .tx((tx) => write(tx, { action, decision: 'refused', reason, target: target ?? null }, place))
      .catch((error: unknown) => deps.log.error({ err: error }, 'a refusal is missing in the audit'))
    wrote = true
  }

  const may = (action: Action, place: Place = {}): Decision =>
    authorize(deps.gate, { principal, action, ...place })
  return {
    ask: { ...caller, principal, may, permit, refuse } satisfies Ask,
    unwritten: () => (wrote ? undefined : unwritten),
  }
}
