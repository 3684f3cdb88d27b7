/**
 * access.yml, read and checked (load-policy.ts): who may do what, where. Deny wins; what no rule allows is denied. Pure:
 * membership and time are the caller's.
 */

export const policyActions = ['read', 'diagnose', 'escalate', 'page', 'fix', 'approve'] as const
export type PolicyAction = (typeof policyActions)[number]

/** A dimension that is undefined is not limited: every topic, every host. */
export interface Rule {
  /** For people: `rule 2 (access.yml:12, "leads fix staging")`. */
  readonly label: string
  readonly effect: 'allow' | 'deny'
  readonly users: 'all' | ReadonlySet<string>
  /** Ids of Slack user groups. */
  readonly usergroups: ReadonlySet<string>
  readonly topics: ReadonlySet<string> | undefined
  /** The hosts that are named, and those of the groups that are named. */
  readonly hosts: ReadonlySet<string> | undefined
  readonly actions: ReadonlySet<PolicyAction>
}

export interface Policy {
  /** As the configuration names it. */
  readonly file: string
  readonly rules: readonly Rule[]
  /** Every host of the inventory: of another one no rule can say which groups it is in. */
  readonly hosts: ReadonlySet<string>
  /** Every user group that a rule names: the ones to look up. */
  readonly usergroups: readonly string[]
}

export interface PolicyRequest {
  readonly user: string
  /** By user group: is the user in it? A group that is not there could not be looked up (S4). */
  readonly groups: ReadonlyMap<string, boolean>
  readonly action: PolicyAction
  /** Undefined: somewhere. What is allowed on one host is allowed somewhere; denied is what is denied everywhere. */
  readonly host?: string | undefined
  readonly topic?: string | undefined
}

export interface Ruling {
  readonly effect: 'allow' | 'deny'
  /** Undefined: no rule speaks of it, and the default is to deny. */
  readonly rule?: Rule
  /** User groups that decided it by not being known. */
  readonly unknown?: readonly string[]
}

export function decide(policy: Policy, request: PolicyRequest): Ruling {
  const { host } = request
  if (host !== undefined && !policy.hosts.has(host)) return { effect: 'deny' }
  const speaking = policy.rules.filter((rule) => covers(rule, request))
  const denial = speaking.find((rule) => rule.effect === 'deny' && concerns(rule, request) !== false)
  if (denial) return { effect: 'deny', rule: denial, unknown: unknownIn(denial, request) }
  const allowance = speaking.find((rule) => rule.effect === 'allow' && concerns(rule, request) === true)
  if (allowance) return { effect: 'allow', rule: allowance }
  const unsure = speaking.find((rule) => rule.effect === 'allow' && concerns(rule, request) === undefined)
  return unsure ? { effect: 'deny', unknown: unknownIn(unsure, request) } : { effect: 'deny' }
}

/**
 * Where the request leaves the host or topic open, a limited denial does not reach all of it; a limited allowance
 * reaches some.
 */
function covers({ effect, actions, topics, hosts }: Rule, { action, topic, host }: PolicyRequest): boolean {
  const within = (limit: ReadonlySet<string> | undefined, value: string | undefined): boolean =>
    limit === undefined || (value === undefined ? effect === 'allow' : limit.has(value))
  return actions.has(action) && within(topics, topic) && within(hosts, host)
}

/** Undefined: it hangs on a user group of which nothing is known. */
function concerns({ users, usergroups }: Rule, { user, groups }: PolicyRequest): boolean | undefined {
  if (users === 'all' || users.has(user)) return true
  const membership = [...usergroups].map((group) => groups.get(group))
  if (membership.includes(true)) return true
  return membership.includes(undefined) ? undefined : false
}

const unknownIn = (rule: Rule, request: PolicyRequest): readonly string[] =>
  concerns(rule, request) === undefined
    ? [...rule.usergroups].filter((group) => request.groups.get(group) === undefined)
    : []
