import type { Listen } from './addresses.ts'
import type { ConfigFile } from './schema.ts'

/** All that the program is told from outside: checked, frozen, paths absolute. What is undefined is not configured. */
export interface Config {
  /** The debvisor.yml that was read; undefined where the defaults hold. */
  readonly file: string | undefined
  readonly slack: {
    readonly mode: 'socket' | 'http'
    readonly team: string | undefined
    readonly apiUrl: string | undefined
    readonly botToken: string | undefined
    readonly appToken: string | undefined
    readonly signingSecret: string | undefined
  }
  readonly http: Listen & { readonly publicUrl: string | undefined }
  /** Undefined: nobody reads metrics. */
  readonly metrics: { readonly listen: Listen | undefined; readonly token: string | undefined } | undefined
  /** Where traces of runs are sent. Undefined: nowhere. */
  readonly traces:
    | { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly service: string }
    | undefined
  /** Without `databaseUrl` the embedded store opens `folder`. */
  readonly store: { readonly folder: string; readonly databaseUrl: string | undefined }
  readonly inventory: string
  /** Else `inventory` is where one is looked for. */
  readonly isInventoryNamed: boolean
  readonly knownHosts: string
  /** The access policy's file. Undefined: there is none, and authorize() decides without one. */
  readonly access: string | undefined
  readonly ssh: {
    readonly user: string | undefined
    readonly keyFile: string | undefined
    readonly passphrase: string | undefined
  }
  /** The login for fixes, where the inventory does not say. */
  readonly fixes: {
    readonly user: string | undefined
    readonly keyFile: string | undefined
    readonly passphrase: string | undefined
  }
  /** How many diagnoses may run and wait; the keys' meaning is in schema.ts. */
  readonly limits: Readonly<ConfigFile['limits']>
  readonly runbooks: readonly string[]
  readonly escalation: {
    readonly lead: { readonly slackUser: string | undefined; readonly email: string; readonly from: string }
    readonly smtp: { readonly url: string; readonly user?: string; readonly password?: string } | undefined
    readonly pagerduty: { readonly eventsUrl: string; readonly routingKey: string } | undefined
    /** PagerDuty's REST API, read only. */
    readonly pagerApi:
      | {
          readonly apiUrl: string
          readonly token: string
          readonly schedules: readonly string[]
          readonly escalationPolicies: readonly string[]
        }
      | undefined
    /** Of PagerDuty's webhook subscription, and the one before while it is replaced; empty: no webhooks. */
    readonly webhookSecrets: readonly string[]
    /** How long the lead has to acknowledge and what follows then; the first that fits decides. */
    readonly acknowledgeWithin: readonly {
      readonly hostGroups?: readonly string[] | undefined
      readonly severities?: readonly ('critical' | 'warning' | 'info')[] | undefined
      readonly minutes: number
      readonly take: 'offer' | 'page'
    }[]
  }
  /** Trackers that tickets are mirrored to. */
  readonly mirrors: {
    readonly github: (Mirror<'github'> & { readonly token: string }) | undefined
    readonly jira: (Mirror<'jira'> & { readonly token: string }) | undefined
    readonly webhook: { readonly url: string; readonly secret: string } | undefined
  }
  /** Senders of alerts. */
  readonly alerts: readonly {
    readonly name: string
    readonly kind: 'alertmanager' | 'grafana' | 'pagerduty' | 'template'
    readonly channel: string
    /** How it proves that it is the sender, and with what; two secrets while one is replaced. */
    readonly proof:
      | { readonly way: 'bearer' | 'pagerduty'; readonly secrets: readonly string[] }
      | { readonly way: 'basic'; readonly user: string; readonly secrets: readonly string[] }
      | { readonly way: 'signature'; readonly header: string; readonly secrets: readonly string[] }
    readonly fields: ConfigFile['alerts'][string]['fields']
    readonly states: ConfigFile['alerts'][string]['states']
    readonly topics: Readonly<Record<string, string>>
    readonly hostGroups: readonly string[] | undefined
    readonly most: number
  }[]
  /** Looks at set times. Null: all topics, and a host or a group. */
  readonly schedules: readonly {
    readonly name: string
    readonly cron: string
    readonly timezone: string
    readonly topic: string | null
    readonly host: string | null
    readonly hostGroup: string | null
    readonly channel: string
  }[]
  /** For how many days what is kept; the keys' meaning is in retention.ts. */
  readonly retention: Readonly<ConfigFile['retention']>
  readonly log: { readonly level: ConfigFile['log']['level'] }
  /** Every secret value, for the redactor. */
  readonly secrets: readonly string[]
}

type Mirror<K extends 'github' | 'jira'> = Omit<NonNullable<ConfigFile['mirrors'][K]>, 'tokenFile'>
