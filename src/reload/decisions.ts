import type { Config } from '../config/config.ts'

/** Whether a change of it counts at once, or from the next start on. */
type Decision = 'now' | 'restart'

/** Section by section: a new key of the configuration does not compile without a decision. */
type Decisions<T> = {
  readonly [K in keyof T]-?: [T[K]] extends [readonly unknown[]]
    ? Decision
    : [T[K]] extends [object]
      ? Decisions<T[K]>
      : Decision
}

/**
 * Slack's connection, the store's and the listener are opened once; so are the workers of this process. All else is read
 * by each request and each job when it begins.
 */
export const decisions: Decisions<Config> = {
  file: 'now',
  slack: {
    mode: 'restart',
    team: 'restart',
    apiUrl: 'restart',
    botToken: 'restart',
    appToken: 'restart',
    signingSecret: 'restart',
  },
  http: { host: 'restart', port: 'restart', publicUrl: 'restart' },
  store: { folder: 'restart', databaseUrl: 'restart' },
  metrics: 'restart',
  traces: 'restart',
  inventory: 'now',
  isInventoryNamed: 'now',
  knownHosts: 'now',
  access: 'now',
  ssh: { user: 'now', keyFile: 'now', passphrase: 'now' },
  fixes: { user: 'now', keyFile: 'now', passphrase: 'now' },
  limits: {
    running: 'restart',
    runningPerHost: 'now',
    runningAlerts: 'now',
    runningFleets: 'now',
    fleetHosts: 'now',
    waiting: 'now',
    waitingPerChannel: 'now',
    waitingPerUser: 'now',
    watches: 'now',
    watchesPerUser: 'now',
    schedules: 'now',
  },
  runbooks: 'now',
  escalation: {
    lead: { slackUser: 'now', email: 'now', from: 'now' },
    smtp: 'now',
    pagerduty: 'now',
    pagerApi: 'now',
    webhookSecrets: 'now',
    acknowledgeWithin: 'now',
  },
  mirrors: { github: 'now', jira: 'now', webhook: 'now' },
  alerts: 'now',
  schedules: 'now',
  retention: {
    outputs: 'now',
    runs: 'now',
    looks: 'now',
    fleets: 'now',
    snapshots: 'now',
    alerts: 'now',
    size: 'now',
  },
  log: { level: 'now' },
  secrets: 'now',
}

/** As people write them, where that is another name. */
const written: Readonly<Record<string, string>> = {
  'http.host': 'http.listen',
  'http.port': 'http.listen',
  'escalation.smtp': 'smtp',
  'escalation.pagerduty': 'pagerduty',
  'escalation.pagerApi': 'pagerduty.apiUrl or its token',
  'escalation.webhookSecrets': 'pagerduty.webhookSecret',
}
/** These say nothing of their own. */
const unsaid = new Set(['file', 'isInventoryNamed', 'secrets'])

export interface Merged {
  /** The new one, with the old values of what needs a restart. */
  readonly config: Config
  /** Keys that have changed and count from now on. */
  readonly changed: readonly string[]
  /** Keys that have changed and count from the next start on. */
  readonly kept: readonly string[]
}

export function mergeConfig(before: Config, next: Config): Merged {
  const [changed, kept] = [new Set<string>(), new Set<string>()]
  const merge = (table: object, [old, fresh]: readonly [object, object], path: readonly string[]): object =>
    Object.fromEntries(
      Object.entries(table).map(([key, decided]: [string, Decision | object]) => {
        const [one, other] = [settingOf(old, key), settingOf(fresh, key)]
        const at = [...path, key]
        if (typeof decided === 'object') return [key, merge(decided, [one as object, other as object], at)]
        const isSame = JSON.stringify(one) === JSON.stringify(other)
        const name = at.join('.')
        if (!isSame && !unsaid.has(name)) (decided === 'now' ? changed : kept).add(written[name] ?? name)
        return [key, decided === 'now' ? other : one]
      }),
    )
  const config = merge(decisions, [before, next], []) as Config
  return { config, changed: [...changed], kept: [...kept] }
}

const settingOf = (section: object, key: string): unknown =>
  (section as Readonly<Record<string, unknown>>)[key]

/** Keys by their decision, as people write them. */
export function decidedKeys(wanted: Decision): readonly string[] {
  const walk = (table: object, path: readonly string[]): string[] =>
    Object.entries(table).flatMap(([key, decided]: [string, Decision | object]) => {
      const at = [...path, key]
      if (typeof decided === 'object') return walk(decided, at)
      const name = at.join('.')
      return decided === wanted && !unsaid.has(name) ? [written[name] ?? name] : []
    })
  return [...new Set(walk(decisions, []))]
}
