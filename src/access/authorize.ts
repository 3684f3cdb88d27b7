import { applyPolicy, type Policy, type PolicyAction, type Ruling } from './policy.ts'

/**
 * The one check that every entry point passes (S3). Without a policy file, full members of the home team may read,
 * diagnose, escalate and page, and nobody may apply or approve a fix. With one, the policy decides about members: what
 * no rule allows is denied, and deny wins. Everybody else stays refused either way. A fact that is missing or could not
 * be looked up is a denial (S4).
 */

/**
 * `health` and `receive` (a request that Slack signed) are for whoever reaches the listener, `metrics` for a scraper. All
 * others are for people.
 * `ask` only lets a full member speak to the bot; what they then ask for is checked by itself.
 */
export type Action = PolicyAction | 'ask' | 'health' | 'metrics' | 'receive'

/** Whether an action changes a host or lets somebody else do so. Rights are looked up afresh before it (S5). */
export const isChange = (action: Action): boolean => action === 'fix' || action === 'approve'

/** What Slack says of a user: read from users.info by slack/directory/people.ts. Undefined: it could not be read. */
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

export interface User {
  readonly kind: 'user'
  readonly id: string
  readonly team: string
  readonly person: Person | undefined
  /**
   * For each user group that the policy names, whether the user is in it. A group that is missing could not be looked
   * up.
   */
  readonly groups?: ReadonlyMap<string, boolean>
}

export type Principal =
  | User
  | { readonly kind: 'cli'; readonly id: string }
  /** A sender of alerts, by its name in the configuration, whose request was proven. */
  | { readonly kind: 'alerts'; readonly source: string }
  /** A schedule of the configuration, by its name. */
  | { readonly kind: 'schedule'; readonly name: string }
  /** Whoever collects metrics: it has the token, or none is configured. */
  | { readonly kind: 'scraper' }
  /** Someone at the HTTP listener. */
  | { readonly kind: 'anonymous' }

type Machine = Extract<Principal, { readonly kind: 'alerts' | 'schedule' }>

export interface Request {
  readonly principal: Principal
  readonly action: Action
  /** Inventory name; undefined for what concerns no host, or where it is not known yet. */
  readonly host?: string | undefined
  /** Of a runbook. */
  readonly topic?: string | undefined
}

/** Who may do what: members of the home team, as far as the policy allows it. */
export interface Access {
  readonly homeTeam: string
  readonly policy?: Policy | undefined
}

/** `reason` is one sentence for the person who was refused; `rule` the rule of the policy that decided. */
export type Decision =
  | { readonly allowed: true; readonly rule?: string }
  | { readonly allowed: false; readonly reason: string; readonly rule?: string }

export function authorize(access: Access, request: Request): Decision {
  const { principal, action } = request
  if (action === 'health' || action === 'receive') return allow
  if (action === 'metrics')
    return principal.kind === 'scraper' ? allow : deny('Metrics take the token of the configuration.')
  if (principal.kind === 'scraper') return deny('Who collects metrics may do nothing else.')
  if (isChange(action) && !access.policy)
    return deny(`Nobody may ${doing[action]}: there is no policy file that allows it.`)
  if (principal.kind === 'cli')
    return isChange(action) ? deny('Fixes are asked for and approved in Slack.') : allow
  if (principal.kind === 'alerts' || principal.kind === 'schedule')
    return ofMachine(access, principal, request)
  if (principal.kind === 'anonymous') return deny('This needs a Slack user of the home team.')
  if (principal.team !== access.homeTeam) return deny('This bot serves its own workspace only.')
  const person = principal.person
  if (!person) return deny('Slack did not say who you are, so nothing was done. Try again in a minute.')
  if (person.team !== access.homeTeam || person.stranger)
    return deny('This bot serves members of its own workspace only.')
  if (person.deleted) return deny('This account is deactivated.')
  if (person.bot) return deny('Bots may not use this command.')
  if (person.guest) return deny('Guests may not use this command; ask a full member of the workspace.')
  return access.policy && action !== 'ask'
    ? byPolicy(access.policy, principal, { ...request, action })
    : allow
}

/**
 * The monitoring and the configuration's schedules have hosts looked at, and do nothing else. Without a policy they may do
 * that as members may.
 */
function ofMachine({ policy }: Access, principal: Machine, request: Request): Decision {
  const { action } = request
  const [who, key, name] =
    principal.kind === 'alerts'
      ? [`Alerts of ${principal.source}`, 'alerts', principal.source]
      : [`The schedule ${principal.name}`, 'schedules', principal.name]
  if (action !== 'diagnose')
    return deny('Senders of alerts and schedules have hosts diagnosed, and nothing else.')
  if (!policy) return allow
  const machine = principal.kind === 'alerts' ? { source: name } : { schedule: name }
  const ruling = applyPolicy(policy, { ...request, action, user: '', ...machine, groups: new Map() })
  const rule = ruling.rule ? { rule: ruling.rule.label } : {}
  if (ruling.effect === 'allow') return { allowed: true, ...rule }
  const what = whatOf(request)
  if (ruling.rule) return { ...deny(`${who} may not ${what}: ${ruling.rule.label} denies it.`), ...rule }
  return deny(`${who} may not ${what}: no rule of the access policy with \`${key}: [${name}]\` allows it.`)
}

const whatOf = ({ action, host, topic }: Request): string =>
  `${doing[action]}${host ? ` on ${host}` : ''}${topic ? ` (${topic})` : ''}`

function byPolicy(policy: Policy, user: User, request: Request & { action: PolicyAction }): Decision {
  const { action, host, topic } = request
  const ruling = applyPolicy(policy, { user: user.id, groups: user.groups ?? new Map(), action, host, topic })
  const rule = ruling.rule ? { rule: ruling.rule.label } : {}
  return ruling.effect === 'allow'
    ? { allowed: true, ...rule }
    : { allowed: false, reason: reasonFor(policy, ruling, request), ...rule }
}

function reasonFor(policy: Policy, { rule, unknown = [] }: Ruling, request: Request): string {
  const { host } = request
  if (host !== undefined && !policy.hosts.has(host)) return `${host} is no longer in the inventory.`
  if (unknown.length > 0)
    return `Slack did not say whether you are in ${unknown.join(', ')}, so nothing was done. Try again in a minute.`
  const what = whatOf(request)
  if (rule) return `You may not ${what}: ${rule.label} denies it.`
  return `You may not ${what}: no rule of the access policy allows it. \`/debvisor whoami\` shows what you may do.`
}

const doing: Readonly<Record<Action, string>> = {
  read: 'read',
  diagnose: 'diagnose',
  escalate: 'escalate',
  page: 'page the on-call',
  fix: 'apply a fix',
  approve: 'approve a fix',
  ask: 'ask',
  health: 'see the health',
  metrics: 'read metrics',
  receive: 'deliver',
}

const allow: Decision = { allowed: true }
const deny = (reason: string): Decision => ({ allowed: false, reason })
