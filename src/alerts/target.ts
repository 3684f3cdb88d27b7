import type { Inventory } from '../inventory/inventory.ts'
import { type AlertedRunbook, type AlertTarget, targetOfAlert } from '../runs/requests/target-of-alert.ts'
import type { Alert } from './formats/alert.ts'
import type { AlertSource } from './source.ts'

export interface Known {
  readonly runbooks: readonly AlertedRunbook[]
  readonly inventory: Inventory
}

/** Which topic of which host an alert asks for: by its labels, or by the words of an incident. */
export function targetOf(
  alert: Alert,
  { kind, topics }: Pick<AlertSource, 'kind' | 'topics'>,
  { runbooks, inventory }: Known,
): AlertTarget {
  const known = { runbooks: withTopics(runbooks, topics), inventory }
  return kind === 'pagerduty' ? targetOfWords(alert, known) : targetOfAlert(alert.labels, known)
}

/** As if the runbooks listed the names that the configuration gives to their topics: those come first. */
function withTopics(runbooks: readonly AlertedRunbook[], topics: AlertSource['topics']): AlertedRunbook[] {
  const given = Object.entries(topics).map(([name, topic]) => ({ topic, alerts: [name] }))
  return [...given, ...runbooks]
}

/** An incident's title names its alert and its host among other words; its service may have a topic too. */
function targetOfWords({ labels: { alertname = '', service = '' } }: Alert, known: Known): AlertTarget {
  const words = alertname.match(/[A-Za-z0-9_[][A-Za-z0-9_.:[\]/-]*/g)?.slice(0, MOST_WORDS) ?? []
  const listed = new Set(known.runbooks.flatMap(({ alerts }) => alerts.map((name) => name.toLowerCase())))
  const name = [...words, alertname, service].find((word) => listed.has(word.toLowerCase())) ?? alertname
  const found = words.map((word) =>
    targetOfAlert({ alertname: name, host: word.replace(/[.:]+$/, '') }, known),
  )
  const hosts = new Set(found.flatMap(({ kind, ...rest }) => ('host' in rest ? (rest.host ?? []) : [])))
  const [host] = hosts
  // Of two hosts nobody knows which one is meant.
  return targetOfAlert({ alertname: name, ...(hosts.size === 1 && host ? { host } : {}) }, known)
}

const MOST_WORDS = 60
