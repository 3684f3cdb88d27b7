import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { didYouMean } from '../text/did-you-mean.ts'
import type { Path } from '../yaml/path.ts'
import type { ProblemInFile } from '../yaml/problem.ts'
import { type ReadDocument, readDocument } from '../yaml/read-document.ts'
import { type Policy, policyActions, type Rule } from './policy.ts'

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1)
const user = z.string().regex(/^[UW][A-Z0-9]{2,20}$/, 'a Slack user is an id such as U0123ABCD')
const usergroup = z.string().regex(/^S[A-Z0-9]{2,20}$/, 'a Slack user group is an id such as S0123ABCD')
const name = z.string().trim().min(1)

const ruleSchema = z.strictObject({
  name: name.max(80).optional().describe('For people who read a decision.'),
  effect: z.enum(['allow', 'deny']).describe('A denial wins over every allowance.'),
  users: z
    .union([z.literal('all'), list(user)])
    .optional()
    .describe('Ids of Slack users, or `all` full members of the workspace.'),
  usergroups: list(usergroup).optional().describe('Ids of Slack user groups.'),
  alerts: z
    .union([z.literal('all'), list(name)])
    .optional()
    .describe('Senders of alerts, by their names in debvisor.yml, or `all` of them. They may only diagnose.'),
  schedules: z
    .union([z.literal('all'), list(name)])
    .optional()
    .describe('Schedules, by their names in debvisor.yml, or `all` of them. They may only diagnose.'),
  topics: list(name).optional().describe('Of runbooks; default: all.'),
  hosts: list(name).optional().describe('Of the inventory; default, where hostGroups is missing too: all.'),
  hostGroups: list(name).optional().describe('Groups of the inventory.'),
  actions: list(z.enum(policyActions)),
})

export const policySchema = z
  .strictObject({ version: z.literal(1), rules: z.array(ruleSchema) })
  .describe("DebVisor's access policy: access.yml. Deny wins; what no rule allows is denied.")

type PolicyFile = z.output<typeof policySchema>
type RuleInFile = PolicyFile['rules'][number]

/** For editors. */
export const policyJsonSchema = () => z.toJSONSchema(policySchema, { io: 'input' })

/**
 * The names that a policy may use. Where the file that holds them cannot be read, they are undefined and the policy's
 * names are not checked.
 */
export interface PolicyNames {
  readonly topics?: readonly string[]
  readonly hosts?: readonly string[]
  readonly hostGroups?: ReadonlyMap<string, readonly string[]>
  /** Senders of alerts. */
  readonly alerts?: readonly string[]
  /** Schedules of the configuration. */
  readonly schedules?: readonly string[]
}

export type LoadedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly ProblemInFile[] }

export function loadPolicy(file: string, names: PolicyNames): LoadedPolicy {
  try {
    return readPolicy(file, readFileSync(file, 'utf8'), names)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    const message =
      code === 'ENOENT'
        ? 'there is no policy here; name yours with `access:` in debvisor.yml, or take that key out'
        : `the policy cannot be read (${code}); let this user read it`
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] }
  }
}

/** Reads a policy from text. Lists every mistake; with a single one there is no policy, and nothing starts. */
export function readPolicy(file: string, text: string, names: PolicyNames): LoadedPolicy {
  const document = readDocument(file, text, policySchema)
  if (!document.ok) return document
  const problems = document.value.rules.flatMap((rule, i) => problemsOf(document, rule, ['rules', i], names))
  if (problems.length > 0) return { ok: false, problems }
  const rules = document.value.rules.map((rule, i) => toRule(rule, labelOf(document, file, rule, i), names))
  const usergroups = [...new Set(rules.flatMap((rule) => [...rule.usergroups]))]
  return { ok: true, policy: { file, rules, hosts: new Set(names.hosts), usergroups } }
}

function problemsOf(
  document: ReadDocument<PolicyFile>,
  rule: RuleInFile,
  path: Path,
  names: PolicyNames,
): ProblemInFile[] {
  const unknown = (
    key: 'topics' | 'hosts' | 'hostGroups' | 'alerts' | 'schedules',
    what: string,
    known?: readonly string[],
  ) =>
    [rule[key] ?? []].flat().flatMap((word, i) => {
      if (!known || known.includes(word) || rule[key] === 'all') return []
      const near = didYouMean(word, known)
      const hint = near ? `did you mean \`${near}\`?` : 'take it out, or add it there first'
      return [document.problem([...path, key, i], `${what} has no \`${word}\`; ${hint}`)]
    })
  const machines = (['alerts', 'schedules'] as const).filter((key) => rule[key] !== undefined)
  const nobody = rule.users === undefined && rule.usergroups === undefined && machines.length === 0
  const [machine] = machines
  const more = machine && rule.actions.find((action) => action !== 'diagnose')
  return [
    ...(nobody
      ? [
          document.problem(
            path,
            'a rule says for whom: `users` (ids, or `all`), `usergroups`, `alerts` or `schedules`',
          ),
        ]
      : []),
    ...(machine && more && rule.effect === 'allow'
      ? [
          document.problem(
            [...path, machine],
            `${machine === 'alerts' ? 'senders of alerts' : 'schedules'} may only diagnose, not ${more}; write a rule of their own`,
          ),
        ]
      : []),
    ...unknown('alerts', 'the list of alert sources in debvisor.yml', names.alerts),
    ...unknown('schedules', 'the list of schedules in debvisor.yml', names.schedules),
    ...unknown('topics', 'the list of runbook topics', names.topics),
    ...unknown('hosts', 'the inventory', names.hosts),
    ...unknown(
      'hostGroups',
      "the list of the inventory's groups",
      names.hostGroups && [...names.hostGroups.keys()],
    ),
  ]
}

function toRule(rule: RuleInFile, label: string, names: PolicyNames): Rule {
  const limited = rule.hosts !== undefined || rule.hostGroups !== undefined
  const members = (rule.hostGroups ?? []).flatMap((group) => names.hostGroups?.get(group) ?? [])
  return {
    label,
    effect: rule.effect,
    users: rule.users === 'all' ? 'all' : new Set(rule.users),
    usergroups: new Set(rule.usergroups),
    alerts: rule.alerts === 'all' ? 'all' : new Set(rule.alerts),
    schedules: rule.schedules === 'all' ? 'all' : new Set(rule.schedules),
    topics: rule.topics && new Set(rule.topics),
    hosts: limited ? new Set([...(rule.hosts ?? []), ...members]) : undefined,
    actions: new Set(rule.actions),
  }
}

function labelOf(document: ReadDocument<PolicyFile>, file: string, { name }: RuleInFile, i: number): string {
  const place = `${file.split('/').at(-1)}:${document.locate(['rules', i]).line}`
  return `rule ${i + 1} (${place}${name ? `, "${name}"` : ''})`
}
