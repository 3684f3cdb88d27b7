/** A sender of alerts, as the configuration names it. */
export interface AlertSource {
  /** Small letters, digits and `-`: it is part of a path, and never looks like a Slack user. */
  readonly name: string
  readonly kind: 'alertmanager' | 'grafana' | 'pagerduty' | 'template'
  /** Slack conversation in which its alerts are told and looked into. */
  readonly channel: string
  readonly proof: Proof
  readonly fields: TemplateFields | undefined
  readonly states: TemplateStates
  /** Names of alerts that no runbook lists, with their topics. */
  readonly topics: Readonly<Record<string, string>>
  /** Of the inventory; undefined: all. */
  readonly hostGroups: readonly string[] | undefined
  /** Runs that it starts in ten minutes. */
  readonly most: number
}

/** How long after the end a notice of the same firing is one that came late. An incident begins once. */
export const STALE_MS: Readonly<Record<AlertSource['kind'], number>> = {
  alertmanager: 5 * 60_000,
  grafana: 5 * 60_000,
  template: 5 * 60_000,
  pagerduty: 7 * 86_400_000,
}

/** How a sender proves who it is; several secrets while one is replaced. */
export type Proof =
  | { readonly way: 'bearer' | 'pagerduty'; readonly secrets: readonly string[] }
  | { readonly way: 'basic'; readonly user: string; readonly secrets: readonly string[] }
  | { readonly way: 'signature'; readonly header: string; readonly secrets: readonly string[] }

/** Where a template's body has what is read of it: keys joined by dots. */
export interface TemplateFields {
  readonly name: string
  readonly host: string
  readonly state: string
  readonly fingerprint?: string | undefined
  readonly startsAt?: string | undefined
  readonly labels?: string | undefined
}

export interface TemplateStates {
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
}
