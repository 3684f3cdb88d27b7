import { authorize, type Decision, type Principal, type User } from '../access/authorize.ts'
import { type Policy, type PolicyAction, policyActions } from '../access/policy.ts'
import { quoteWord } from './output/quote-word.ts'
import { refuse } from './output/refusals.ts'
import { exitCodes, type Terminal } from './output/terminal.ts'
import { didYouMean, type Options } from './read-hosts.ts'
import { type SetUp, setUp } from './set-up.ts'
import { timedPages } from './timed-pages.ts'

export interface ExplainOptions extends Options {
  /** Ids, separated by commas. */
  readonly groups?: string
}

export interface Question {
  /** Id of a Slack user, `alerts:NAME` for a sender of alerts, or `schedules:NAME`. */
  readonly user: string
  readonly action: string
  readonly host: string
  readonly topic?: string | undefined
}

/**
 * Tells which rule decides, without asking Slack: the user is taken for a full member who is in `--groups` and in no
 * other group. Exit status: 0 allowed, 1 refused in at least one topic.
 */
export function explainCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  question: Question,
  options: ExplainOptions,
): number {
  const { action } = question
  if (!isAction(action)) {
    const near = didYouMean(action, policyActions)
    return refuse(term, [
      `There is no action ${quoteWord(action)}.${near} There are ${policyActions.join(', ')}.`,
    ])
  }
  const ready = setUp(env, options)
  if (!ready.ok) return refuse(term, ready.sentences)
  const known = scopeOf(ready, question)
  if (!known.ok) return refuse(term, [known.sentence])
  const { policy } = ready
  const access = { homeTeam: 'home', policy }
  const machine = machineOf(ready, question.user)
  if (machine && 'unknown' in machine) return refuse(term, [machine.unknown])
  const principal = machine ?? member(question.user, options.groups ?? '', policy?.usergroups ?? [])
  const decide = (scope: { readonly host: string; readonly topic?: string }): Decision =>
    authorize(access, { principal, action, ...scope })
  const { host, topic } = known.scope
  const apart = topic === undefined ? topicsApart(ready, (topic) => decide({ host, topic })) : []
  if (apart.length > 0) {
    for (const { topic, decision } of apart) term.out(`${topic}: ${saidOf(decision, policy)}`)
    return apart.every(({ decision }) => decision.allowed) ? exitCodes.healthy : exitCodes.problem
  }
  const decision = decide(known.scope)
  term.out(saidOf(decision, policy))
  if (!decision.allowed) term.out(`${question.user} would read: ${decision.reason}`)
  const timed = action === 'page' ? timedPages(ready, question.host) : undefined
  if (timed) term.out(timed)
  return decision.allowed ? exitCodes.healthy : exitCodes.problem
}

/** Of `alerts:NAME` and `schedules:NAME`; undefined: a person is meant. */
function machineOf({ config }: SetUp, typed: string): Principal | { readonly unknown: string } | undefined {
  const [, kind, name = ''] = /^(alerts|schedules):(.+)$/.exec(typed) ?? []
  if (kind === undefined) return undefined
  const names = (kind === 'alerts' ? config.alerts : config.schedules).map((each) => each.name)
  const what = kind === 'alerts' ? 'source of alerts' : 'schedule'
  if (!names.includes(name))
    return { unknown: `There is no ${what} ${quoteWord(name)}.${didYouMean(name, names)}` }
  return kind === 'alerts' ? { kind, source: name } : { kind: 'schedule', name }
}

function saidOf({ allowed, rule }: Decision, policy: Policy | undefined): string {
  const by = rule ?? (policy ? `no rule of ${policy.file} allows it` : 'there is no access policy')
  return `${allowed ? 'allowed' : 'refused'}: ${by}`
}

/** One answer for each topic, if rules tell topics apart and no single answer would be true. Empty: they do not. */
function topicsApart(
  { runbooks }: SetUp,
  decide: (topic: string) => Decision,
): { readonly topic: string; readonly decision: Decision }[] {
  const all = [...runbooks.topics.keys()].map((topic) => ({ topic, decision: decide(topic) }))
  const kinds = new Set(all.map(({ decision: { allowed, rule } }) => `${allowed} ${rule ?? ''}`))
  return kinds.size > 1 ? all : []
}

function scopeOf({ inventory, runbooks }: SetUp, { host, topic }: Question) {
  const unknown = (what: string, word: string, names: readonly string[]) =>
    ({ ok: false, sentence: `There is no ${what} ${quoteWord(word)}.${didYouMean(word, names)}` }) as const
  if (!inventory.hosts.has(host)) return unknown('host', host, [...inventory.hosts.keys()])
  if (topic === undefined) return { ok: true, scope: { host } } as const
  const runbook = runbooks.find(topic.toLowerCase())
  return runbook
    ? ({ ok: true, scope: { host, topic: runbook.topic } } as const)
    : unknown('topic', topic, runbooks.names())
}

function member(id: string, list: string, usergroups: readonly string[]): User {
  const given = list.split(',').map((group) => group.trim())
  return {
    kind: 'user',
    id,
    team: 'home',
    person: { id, team: 'home', deleted: false, bot: false, guest: false, stranger: false },
    groups: new Map(usergroups.map((group) => [group, given.includes(group)])),
  }
}

const isAction = (word: string): word is PolicyAction => (policyActions as readonly string[]).includes(word)
