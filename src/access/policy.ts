/**
 * Who may do what, and where, as access.yml says it (load-policy.ts reads it). Deny wins, and what no rule allows is
 * denied. Pure: the caller knows the time and looks up memberships.
 */

export const policyActions = ['read', 'diagnose', 'escalate', 'page', 'fix', 'approve'] as const
export type PolicyAction = (typeof policyActions)[number]

/** An undefined dimension is not limited: it covers every topic, or every host. */
export interface Rule {
  /** For people: `rule 2 (access.yml:12, "leads fix staging")`. */
  readonly label: string
  readonly effect: 'allow' | 'deny'
  readonly users: 'all' | ReadonlySet<string>
  /** Senders of alerts, by name. `users: all` are people: it covers none of them. */
  readonly alerts?: 'all' | ReadonlySet<string>
  /** Schedules of the configuration, by name. They are no people either. */
  readonly schedules?: 'all' | ReadonlySet<string>
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
  /** Every host of the inventory. No rule can cover another one, because nobody knows its groups. */
  readonly hosts: ReadonlySet<string>
  /** Every user group that a rule names: the ones to look up. */
  readonly usergroups: readonly string[]
}

export interface PolicyRequest {
  readonly user: string
  /** The sender of alerts that asks, in place of a user. */
  readonly source?: string
  /** The schedule of the configuration that looks, in place of a user. */
  readonly schedule?: string
  /** By user group: is the user in it? A group that is not there could not be looked up (S4). */
  readonly groups: ReadonlyMap<string, boolean>
  readonly action: PolicyAction
  /**
   * Undefined: the question is whether it is allowed anywhere. One host on which it is allowed is enough; it is denied
   * if it is denied on every host.
   */
  readonly host?: string | undefined
  readonly topic?: string | undefined
}

export interface Ruling {
  readonly effect: 'allow' | 'deny'
  /** Undefined: no rule speaks of it, and the default is to deny. */
  readonly rule?: Rule
  /** User groups whose unknown membership decided it. */
  readonly unknown?: readonly string[]
}

export function applyPolicy(policy: Policy, request: PolicyRequest): Ruling {
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

/** What only senders of alerts and schedules may do says nothing of who reads it. */
const readingRules = (policy: Policy | undefined): readonly Rule[] =>
  (policy?.rules ?? []).filter(
    ({ actions, users, usergroups }) =>
      (actions.has('read') || actions.has('diagnose')) &&
      (users === 'all' || users.size + usergroups.size > 0),
  )

/** Whether everybody who may look at one of these hosts may look at the other: no rule tells them apart. */
export const haveSameReaders = (policy: Policy | undefined, one: string, other: string): boolean =>
  readingRules(policy).every(({ hosts }) => hosts === undefined || hosts.has(one) === hosts.has(other))

/** Whether everybody who may look at one of these topics may look at the other, on any host. */
export const areReadBySame = (policy: Policy | undefined, one: string, other: string): boolean =>
  readingRules(policy).every(({ topics }) => topics === undefined || topics.has(one) === topics.has(other))

/**
 * If the request leaves the host or topic open, a denial with a limit does not cover all of it, and an allowance with a
 * limit covers some of it.
 */
function covers({ effect, actions, topics, hosts }: Rule, { action, topic, host }: PolicyRequest): boolean {
  const within = (limit: ReadonlySet<string> | undefined, value: string | undefined): boolean =>
    limit === undefined || (value === undefined ? effect === 'allow' : limit.has(value))
  return actions.has(action) && within(topics, topic) && within(hosts, host)
}

/** Undefined: it depends on a user group that could not be looked up. */
function concerns(
  { users, usergroups, alerts = new Set(), schedules = new Set() }: Rule,
  { user, source, schedule, groups }: PolicyRequest,
): boolean | undefined {
  if (schedule !== undefined) return schedules === 'all' || schedules.has(schedule)
  if (source !== undefined) return alerts === 'all' || alerts.has(source)
  if (users === 'all' || users.has(user)) return true
  const membership = [...usergroups].map((group) => groups.get(group))
  if (membership.includes(true)) return true
  return membership.includes(undefined) ? undefined : false
}

const unknownIn = (rule: Rule, request: PolicyRequest): readonly string[] =>
  concerns(rule, request) === undefined
    ? [...rule.usergroups].filter((group) => request.groups.get(group) === undefined)
    : []
