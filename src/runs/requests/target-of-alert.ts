import type { Runbook } from '../../engine/load-runbooks.ts'
import type { Inventory } from '../../inventory/inventory.ts'

/** What an alert of the monitoring asks for, by its labels (Prometheus: alertname, instance, job, name, …). */
export type AlertTarget =
  | {
      readonly kind: 'topic'
      readonly topic: string
      readonly host: string
    }
  /** Of something that no runbook looks at: `about` names it. Undefined: nobody knows the alert. */
  | { readonly kind: 'no-topic'; readonly about: string | undefined; readonly host: string | undefined }
  /** `named`: what the labels say of a host; empty where they say nothing. */
  | { readonly kind: 'no-host'; readonly topic: string; readonly named: readonly string[] }

/** The rules that the platform ships beside those of the runbooks' topics: by how their names begin. */
const beyondTopics: readonly (readonly [beginning: string, about: string])[] = [
  ['DebVisorBackup', 'backups'],
  ['DebVisorLicense', 'the licence'],
  ['Kube', 'Kubernetes'],
  ['Ceph', 'Ceph'],
  ['Libvirt', 'virtual machines'],
  ['VM', 'virtual machines'],
  ['Network', 'the network between hosts'],
  ['TSIG', 'DNS keys'],
]

/** Labels that name the host, the surest first: `instance` is often the address of an exporter. */
const hostLabels = ['host', 'hostname', 'nodename', 'node', 'exported_instance', 'instance']

/**
 * Labels come from outside: a host is one of the inventory or none, a topic one of the runbooks, and what they say
 * reaches nothing else. A topic looks at all units of the platform, so that the one that an alert names is among them.
 */
export function targetOfAlert(
  labels: Readonly<Record<string, string>>,
  { runbooks, inventory }: { readonly runbooks: Iterable<AlertedRunbook>; readonly inventory: Inventory },
): AlertTarget {
  const name = (labels.alertname ?? '').trim()
  const named = hostLabels.flatMap((label) => hostNameIn(labels[label]))
  const host = hostOf(named, inventory)
  const runbook = [...runbooks].find(({ alerts }) =>
    alerts.some((alert) => alert.toLowerCase() === name.toLowerCase()),
  )
  if (!runbook) {
    const beyond = beyondTopics.find(([beginning]) => name.toLowerCase().startsWith(beginning.toLowerCase()))
    return { kind: 'no-topic', about: beyond?.[1], host }
  }
  const { topic } = runbook
  if (host === undefined) return { kind: 'no-host', topic, named: [...new Set(named)] }
  return { kind: 'topic', topic, host }
}

export type AlertedRunbook = Pick<Runbook, 'topic' | 'alerts'>

/** `panel1:9100`, `[fd00::5]:9100` or a URL: without what is not the host. */
function hostNameIn(label: string | undefined): string[] {
  const text = (label ?? '')
    .trim()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/\/.*$/, '')
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^([^:]*):\d+$/, '$1')
  return bare === '' ? [] : [bare.toLowerCase()]
}

/** By its name in the inventory, by its address, then by the first part of a name; two that fit are none. */
function hostOf(named: readonly string[], { hosts }: Inventory): string | undefined {
  const all = [...hosts.values()]
  const addressOf = ({ route }: (typeof all)[number]) =>
    route.kind === 'ssh' ? route.hops.at(-1)?.address.toLowerCase() : 'localhost'
  const short = (name: string) => (/^[\d.]+$|:/.test(name) ? name : name.replace(/\..*$/, ''))
  const ways: ((name: string) => (typeof all)[number][])[] = [
    (name) => all.filter((host) => host.name.toLowerCase() === name),
    (name) => all.filter((host) => addressOf(host) === name),
    (name) => all.filter((host) => short(host.name.toLowerCase()) === short(name)),
  ]
  for (const name of named)
    for (const way of ways) {
      const [first, ...others] = way(name)
      if (first) return others.length === 0 ? first.name : undefined
    }
  return undefined
}
