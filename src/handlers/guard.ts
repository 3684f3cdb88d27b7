import { type Action, authorize, type Decision, isChange, type User } from '../access/authorize.ts'
import { type Fate, fateOf, noteEffect } from '../runs/requests/fate-of-request.ts'
import type { Message } from '../slack/message.ts'
import { noticeMessage } from '../slack/messages/command-answers.ts'
import { whoIs } from '../slack/workspace/who-is.ts'
import type { AuditEntry, WriteAudit } from '../store/audit/audit.ts'
import type { Queryable } from '../store/db.ts'
import type { Capabilities } from './capabilities.ts'

/** What every entry point knows of its caller, whatever Slack sent. */
export interface Caller {
  readonly team: string
  readonly user: string
  readonly channel: string
  /** Ts of the thread that the request was made in; undefined where it was in none. */
  readonly thread?: string | undefined
  readonly responseUrl: string | null
  /** Slack's trigger_id: good for one modal within 3 s, and the name of this delivery. Of an event, its id. */
  readonly trigger: string
  /** False: what Slack calls this delivery opens no modal. */
  readonly opensForms?: false
  /** The command's text, or the button's value: an opaque id. */
  readonly text: string
  /** In the transaction of the effect, before its row in the audit: throws where the request is no longer ours. */
  readonly claim?: (tx: Queryable) => Promise<void>
}

/** The host and topic that a right is asked for. Undefined: the request concerns none, or it is not known yet. */
export interface Scope {
  readonly host?: string
  readonly topic?: string
}

/** What a handler is given: the caller, and what they may. */
export interface SlackRequest extends Caller {
  readonly principal: User
  /** What the caller may do, for lists. Writes nothing. */
  may(action: Action, scope?: Scope): Decision
  /**
   * Asked before an effect. A refusal is in the audit by the time this resolves. A permission has to be written with
   * `audit`, in the transaction of the effect.
   */
  permit(action: Action, scope: Scope): Promise<Permit>
  /** Writes down that somebody who has the right was refused all the same, and why: the second person, an expiry. */
  refuse(action: Action, scope: Scope, reason: string, target?: string): Promise<void>
}

export type Permit =
  | { readonly allowed: true; readonly audit: WriteAudit }
  | { readonly allowed: false; readonly reason: string }

/** A way into the bot, and what whoever takes it must at least be allowed to do. */
export interface EntryPoint {
  readonly name: string
  readonly action: Action
  /**
   * It is asked at each letter that somebody types, or after a click that has a row, and only reads: no row where it is
   * allowed.
   */
  readonly isTypeAhead?: true
}

/** What the guard decides by, and where it writes that down. */
export type GuardCapabilities = Pick<Capabilities, 'access' | 'slack' | 'store' | 'log'>

const failed: Readonly<Record<Fate, string>> = {
  'not stored':
    'Something broke on our side; nothing was started. The log has it; please try again in a minute.',
  stored: 'The store was slow to say so, but what you asked for is stored, and goes on.',
  unknown:
    'Something broke on our side, and nobody knows yet whether what you asked for is stored. Look at `/debvisor status` in a minute, before you ask again.',
}

/**
 * Guards every entry point: it finds out who calls, whether they may, and what they get to read. A message that comes
 * back is private. Each request leaves a row in the audit, and what cannot be written down is not done. An error is
 * logged and told to the user; it never leaves this function.
 */
export async function guard(
  bot: GuardCapabilities,
  entry: EntryPoint,
  caller: Caller,
  handle: (request: SlackRequest) => Promise<Message | undefined>,
): Promise<Message | undefined> {
  try {
    const principal = await whoIs(bot, caller, { fresh: isChange(entry.action) })
    const { request, unwritten } = makeRequest(bot, entry, caller, principal)
    const permit = await request.permit(entry.action, {})
    if (!permit.allowed) return noticeMessage(permit.reason)
    const answer = await handle(request)
    // What had no effect (a list, a mistake, a button that came too late) is noted before its answer is given.
    const audit = unwritten()
    if (audit && !entry.isTypeAhead) await bot.store.tx((tx) => audit(tx))
    return answer
  } catch (error) {
    const mayComeAgain = !('kind' in entry)
    const fate = entry.isTypeAhead ? 'not stored' : await fateOf(bot.store, caller, { mayComeAgain })
    bot.log.error({ err: error, route: entry.name, user: caller.user, fate }, 'a request failed')
    return noticeMessage(failed[fate])
  }
}

function makeRequest(bot: GuardCapabilities, entry: EntryPoint, caller: Caller, principal: User) {
  const { access, store, log } = bot
  /** One fresh look a request is enough, however many rights it asks for. */
  let lookedUp = isChange(entry.action) ? Promise.resolve(principal) : undefined
  const afresh = (): Promise<User> => {
    lookedUp ??= whoIs(bot, caller, { fresh: true })
    return lookedUp
  }
  /** The newest permission, until a row tells of this request. */
  let unwritten: WriteAudit | undefined
  let wrote = false
  const write = async (
    tx: Queryable,
    about: Pick<AuditEntry, 'action' | 'decision' | 'reason' | 'target'>,
    { host = null, topic = null }: { readonly host?: string | null; readonly topic?: string | null },
  ) => {
    const { team, user, text } = caller
    await store.audit(tx, { team, actor: user, door: entry.name, asked: text, host, topic, ...about })
    wrote = true
  }

  async function permit(action: Action, scope: Scope): Promise<Permit> {
    const asker = isChange(action) ? await afresh() : principal
    const decision = authorize(access, { principal: asker, action, ...scope })
    if (decision.allowed) {
      const reason = decision.rule ?? null
      unwritten = async (tx, target = null) => {
        await caller.claim?.(tx)
        await write(tx, { action, decision: 'allowed', reason, target }, scope)
      }
      const withoutEffect = unwritten
      const audit: WriteAudit = async (tx, target) => {
        await noteEffect(tx, caller)
        await withoutEffect(tx, target)
      }
      return { allowed: true, audit }
    }
    await refuse(action, scope, decision.reason)
    return { allowed: false, reason: decision.reason }
  }

  async function refuse(action: Action, scope: Scope, reason: string, target?: string): Promise<void> {
    log.warn({ route: entry.name, user: caller.user, team: caller.team, ...scope }, `refused: ${reason}`)
    // A refusal stands, whether or not it can be written down.
    await store
      .tx((tx) => write(tx, { action, decision: 'refused', reason, target: target ?? null }, scope))
      .catch((error: unknown) => log.error({ err: error }, 'a refusal is missing in the audit'))
    wrote = true
  }

  const may = (action: Action, scope: Scope = {}): Decision =>
    authorize(access, { principal, action, ...scope })
  return {
    request: { ...caller, principal, may, permit, refuse } satisfies SlackRequest,
    unwritten: () => (wrote ? undefined : unwritten),
  }
}
