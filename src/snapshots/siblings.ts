import type { Compared, Difference } from '../findings/difference.ts'
import { ANSWER } from './answers.ts'
import { type Comparison, compare } from './compare.ts'
import { END, type Facts, factsOf, type Snapshot, UNSEEN } from './snapshot.ts'

/** Another host of the same group, by its name in the inventory, when it was well. */
export interface Sibling {
  readonly name: string
  readonly snapshot: Snapshot
}

/** What differs from another host that should be alike. What is each host's own is passed over. */
export function compareWithSibling(sibling: Sibling, own: Sibling): Comparison {
  const result = compare(alike(sibling), alike(own))
  if (!result.ok) return result
  const { name } = sibling
  const from = (difference: Difference): Difference => ({ ...difference, unlike: { kind: 'sibling', name } })
  const compared: Compared = {
    ...result.compared,
    with: { kind: 'sibling', name },
    differences: result.compared.differences.map(from),
  }
  return { ok: true, compared }
}

/** What a host has that others of its kind may have too. */
export const alikeFacts = (host: Sibling): Facts => factsOf(alike(host))

/** The snapshot as another host of the kind would have it: no names, addresses, keys, secrets, sizes of the machine. */
function alike({ name, snapshot }: Sibling): Snapshot {
  const { at, asked, answers } = snapshot
  const lines = Object.values(answers).flat().map(columnsOf)
  const anonymous = withoutNames(namesOf(name, lines))
  return {
    at,
    ...(asked ? { asked } : {}),
    answers: Object.fromEntries(
      Object.entries(answers).map(([probe, all]) => [probe, all.flatMap((line) => shared(line, anonymous))]),
    ),
  }
}

interface Columns {
  readonly area: string
  readonly key: string
  readonly number: string
  readonly value: string
}

function columnsOf(line: string): Columns {
  const [area = '', key = '', number = '', , ...value] = line.split('\t')
  return { area, key, number, value: value.join(' ') }
}

/** None: it is the host's own. Without the check: a hidden secret may be another one. */
function shared(line: string, anonymous: (text: string) => string): string[] {
  const { area, key, number, value } = columnsOf(line)
  if (area === END) return [line]
  if (area !== UNSEEN && isOwn(area, key)) return []
  const said = area === UNSEEN ? value : (SHARED_PART.get(area)?.(value) ?? value)
  return [[area, anonymous(key), number, '', anonymous(said)].join('\t')]
}

/** What differs among hosts that are alike. */
function isOwn(area: string, key: string): boolean {
  switch (area) {
    case 'host':
      return !OF_THE_KIND.has(key)
    case 'line':
    case 'file':
      return OWN_FILES.test(key) || key.startsWith('all of ')
    case 'role':
      return key.endsWith(' password')
    case 'sysctl':
      return BY_MEMORY.test(key)
    case 'limit':
      return /(?:processes|pending signals)$/.test(key)
    // systemd works these out from the memory too, where nobody sets them.
    case 'unit':
      return / (?:TasksMax|LimitNPROC(?:Soft)?)$/.test(key)
    // A digest with addresses in it.
    case 'hba':
      return key === 'order'
    case 'rule':
    case 'function':
    case 'table':
      return OF_A_WHOLE_SCHEMA.test(key)
    default:
      return OWN_AREAS.has(area)
  }
}

/** Or of a whole database: one digest (database.sh). */
const OF_A_WHOLE_SCHEMA = /^all of [^.]+(?:\.[^.]+)?$/

const OWN_AREAS = new Set(['address', 'route', 'process', 'listener', ANSWER])

const OF_THE_KIND = new Set([
  'now',
  'kernel',
  'system',
  'time zone',
  'clock synchronised',
  'transparent huge pages',
  'control groups',
  'loaded security module',
])

/** Names, addresses, disks and keys. */
const OWN_FILES =
  /^\/etc\/(?:hostname|hosts|machine-id|mailname|fstab|crypttab|resolv\.conf|ssh\/|network\/|netplan\/|systemd\/network\/)|\.(?:key|pem|crt|p12|pfx|jks|keytab)$/

/** What the kernel works out from the memory that there is. */
const BY_MEMORY =
  /^(?:net\.ipv4\.(?:tcp_mem|udp_mem|tcp_max_orphans|tcp_max_tw_buckets|tcp_max_syn_backlog|tcp_rmem|tcp_wmem)|net\.ipv4\.neigh|net\.netfilter\.nf_conntrack_max|kernel\.(?:threads-max|pid_max)|fs\.(?:file-max|aio-max-nr|inotify\.)|vm\.(?:min_free_kbytes|admin_reserve|user_reserve)|user\.)/

/**
 * Without numbers that each host gives by itself, and without digests of what may hold a secret, a name or such a
 * number: PostgreSQL keeps views, rules and functions with the numbers of their tables and types.
 */
const SHARED_PART: ReadonlyMap<string, (value: string) => string> = new Map([
  ['user', (value) => value.replace(/^\d+ /, '')],
  ['group', (value) => value.replace(/^\d+/, '')],
  ['mount', (value) => value.replace(/ \/dev\/\S+/, '').replace(/\bsize=\d+[kmg]?,?/, '')],
  ['file', (value) => value.replace(/ file \d+(?: [0-9a-f]{3})?(?= |$)/, ' file')],
  ['setting', (value) => value.replace(/^\(hidden [0-9a-f]{3}\)/, '(hidden)')],
  ['table', (value) => value.replace(/ definition [0-9a-f]{12}/g, '')],
  ['rule', (value) => value.replace(/ [0-9a-f]{12}$/, '')],
  ['function', (value) => value.replace(/ [0-9a-f]{3}(?:[0-9a-f]{9})?$/, '')],
])

const MOST_NAMES = 50

/** Words that stand for something else too, where a host has one as its name. */
const ORDINARY =
  /^(?:localhost|debian|host|server|main|node|app|api|web|proxy|front|data|database|default|root|nginx|postgres(?:ql)?|debvisor|redis|python)$/

/** The host's names and addresses, the longest first. */
function namesOf(name: string, lines: readonly Columns[]): string[] {
  const names = [
    name,
    ...lines.flatMap(({ area, key, value }) => (area === 'host' && key === 'name' ? [value] : [])),
  ]
  const addresses = lines.flatMap(({ area, key }) => {
    const [, address = ''] = area === 'address' ? (/ ([\da-f.:]+)\/\d+$/.exec(key) ?? []) : []
    return address === '' || /^(?:127\.|::1$)/.test(address) ? [] : [address]
  })
  const all = new Set([...names, ...names.map((one) => one.split('.')[0] ?? ''), ...addresses])
  return [...all]
    .filter((one) => one.length >= 3 && !ORDINARY.test(one) && !/^\d+$/.test(one))
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST_NAMES)
}

/** Replaces them where they stand as words of their own: a longer name or address is another one. */
function withoutNames(names: readonly string[]): (text: string) => string {
  if (names.length === 0) return (text) => text
  const words = names.map((name) => {
    const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return name.includes(':') ? `(?<![\\w:])${literal}(?![\\w:])` : `(?<![\\w.-])${literal}(?![\\w-])`
  })
  const own = new RegExp(words.join('|'), 'g')
  return (text) => text.replaceAll(own, '(own)')
}
