/**
 * The one gate that every entry point passes (S3). Without a policy file: full members of the home team may read, diagnose, and
 * escalate; nobody may apply a fix. What is missing or could not be looked up is a denial (S4).
 */

/** `health` and `receive` (a request that Slack signed) are for whoever reaches the listener; all others are for people. */
export type Action = 'read' | 'diagnose' | 'escalate' | 'page' | 'fix' | 'health' | 'receive'

/** What Slack says of a user: read from users.info by slack/people.ts. Undefined: it could not be read. */
export interface Person {
  readonly id: string
  readonly team: string
  readonly deleted: boolean
  readonly bot: boolean
  /** Single- and multi-channel guests. */
  readonly guest: boolean
  /** From another workspace, in a shared channel. */
  readonly stranger: boolean
}

export type Principal =
  | { readonly kind: 'user'; readonly id: string; readonly team: string; readonly person: Person | undefined }
  | { readonly kind: 'cli'; readonly id: string }
  /** Someone at the HTTP listener. */
  | { readonly kind: 'anonymous' }

export interface Request {
  readonly principal: Principal
  readonly action: Action
  /** Inventory name; undefined for what concerns no host. */
  readonly host?: string
}

export interface Gate {
  readonly homeTeam: string
}

/** `reason` is one sentence for the person who was refused. */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

export function authorize(gate: Gate, request: Request): Decision {
  const { principal, action } = request
  if (action === 'health' || action === 'receive') return allow
  if (action === 'fix') return deny('Nobody may apply a fix: there is no policy file that allows it.')
  if (principal.kind === 'cli') return allow
  if (principal.kind === 'anonymous') return deny('This needs a Slack user of the home team.')
  if (principal.team !== gate.homeTeam) return deny('This bot serves its own workspace only.')
  const person = principal.person
  if (!person) return deny('Slack did not say who you are, so nothing was done. Try again in a minute.')
  if (person.team !== gate.homeTeam || person.stranger)
    return deny('This bot serves members of its own workspace only.')
  if (person.deleted) return deny('This account is deactivated.')
  if (person.bot) return deny('Bots may not use this command.')
  if (person.guest) return deny('Guests may not use this command; ask a full member of the workspace.')
  return allow
}

const allow: Decision = { allowed: true }
const deny = (reason: string): Decision => ({ allowed: false, reason })
