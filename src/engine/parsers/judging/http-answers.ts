import { sanitise } from '../../../redact/sanitise.ts'
import { clip } from '../../../text/shorten.ts'
import { linesOf, notUnderstood, type Parser, type Row, type Shape, scalar, understood } from '../parser.ts'

/**
 * What a service answers to some paths: path, status (0: none), milliseconds and note, behind a tab each; and behind
 * another, where it failed, its body of JSON, or `cut` where a health answer had no end. In that body it is read which
 * dependencies the service finds `failing` and `passing`. They are called database, cache, mail and disk, whatever the
 * service calls them, and the others as they are. `told`: what it says of those that fail. `health`: "read", "draining"
 * (read, and it takes no more requests), "unread" (no JSON that names anything), "cut" or "-" (nothing to read).
 *
 *     /health/ready	503	12	application/json {"healthy": false, "depen	{"healthy": false, "dependencies": {"database": true, "redis": "Error 111"}}
 *     /	302	4	text/html
 *
 * gives { path: "/health/ready", status: 503, …, health: "read", failing: ["cache"], passing: ["database"], told:
 * ["redis: Error 111"] } and { path: "/", status: 302, …, health: "-", failing: [], passing: [], told: [] }.
 */
const shape = {
  path: 'string',
  status: 'int',
  ms: 'int',
  note: 'string',
  health: 'string',
  failing: 'list<string>',
  passing: 'list<string>',
  told: 'list<string>',
} as const satisfies Shape

export const httpAnswers: Parser = {
  gives: { rows: shape },
  parse(text) {
    const lines = linesOf(text)
    if (!/^\/[^\t]*\t[0-9]/.test(lines[0] ?? '')) return notUnderstood('a path, a tab and a status', text)
    return understood({ rows: lines.map(rowOf) })
  },
}

function rowOf(line: string): Row {
  const [path = '', status = '', ms = '', note = '', ...rest] = line.split('\t')
  return {
    path,
    status: scalar(status, 'int'),
    ms: scalar(ms, 'int'),
    note: note.trim(),
    ...healthOf(rest.join(' ')),
  }
}

type Health = { readonly [field in 'health' | 'failing' | 'passing' | 'told']: Row[field] }

const nothing = { failing: [], passing: [], told: [] } as const

function healthOf(body: string): Health {
  if (body === '' || body === 'cut') return { health: body === '' ? '-' : 'cut', ...nothing }
  const answer = parsed(body)
  if (!isRecord(answer)) return { health: 'unread', ...nothing }
  const checks = checksOf(answer).slice(0, MOST)
  const ofState = (state: State) => checks.filter((check) => check.state === state)
  const kinds = (some: readonly Check[]) => [...new Set(some.map(({ name }) => kindOf(name)))]
  const failing = ofState('failing')
  return {
    health: isDraining(answer)
      ? 'draining'
      : checks.some(({ state }) => state !== 'unknown')
        ? 'read'
        : 'unread',
    failing: kinds(failing),
    passing: kinds(ofState('passing')),
    told: failing.map(({ name, said }) => clip(`${name}: ${said}`, 200)),
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Dependencies of one answer that are looked at. */
const MOST = 40

type State = 'failing' | 'passing' | 'unknown'
interface Check {
  readonly name: string
  readonly state: State
  readonly said: string
}

/**
 * Where answers have them: health+json and most frameworks say `checks`, Spring `components`, ASP.NET `entries`,
 * Terminus `details`, where other answers have no dependencies, so that there a check has fields of its own. Or they
 * stand beside the status itself, where only what can mean nothing else counts.
 */
const plainPlaces = ['dependencies', 'checks'] as const
const richPlaces = ['components', 'services', 'entries', 'details'] as const
const besides = /^(?:database|db|postgres(?:ql)?|redis|valkey|memcached|smtp|disk)$/i

function checksOf(answer: Fields): Check[] {
  const listed = [
    ...plainPlaces.flatMap((place) => entriesOf(answer[place])),
    ...richPlaces.flatMap((place) => entriesOf(answer[place]).filter(([, value]) => isRecord(value))),
  ]
  const beside = Object.entries(answer).filter(([name]) => besides.test(name))
  return (listed.length > 0 ? listed : beside).map(([name, value]) => checkOf(name, value))
}

/** A record by name, or a list of records that have theirs. */
function entriesOf(checks: unknown): [name: string, value: unknown][] {
  if (isRecord(checks)) return Object.entries(checks)
  if (!Array.isArray(checks)) return []
  return checks.filter(isRecord).flatMap((check): [string, unknown][] => {
    const name = check.name ?? check.id ?? check.component
    return typeof name === 'string' ? [[name, check]] : []
  })
}

function checkOf(name: string, value: unknown): Check {
  const state = stateOf(value)
  return { name: clip(plain(name), 40), state, said: saidOf(value) }
}

/** A name may have what is measured behind a colon (health+json): "redis:responseTime". */
const plain = (name: string): string =>
  sanitise(name.split(':')[0] ?? '')
    .replaceAll(/[^\w.-]+/g, ' ')
    .trim()

const good =
  /^(?:ok|okay|up|no (?:errors?|problems?)|pass(?:ed|ing)?|healthy|ready|connected|available|success|operational|good|true)\b/i
const bad =
  /^(?:err|fail|down\b|unhealthy|unavailable|unreachable|not[ _-]|no[ _-]|timed?[ _-]?out|disconnected|refused|critical|low\b|full\b|false\b|bad\b|exception)|\b(?:errno|error|exception|refused|timed out|unreachable|denied)\b/i
/** Of what is switched off, or only slower, nobody waits. */
const neither =
  /^(?:skip|disabled|unknown|degraded|warn|n\/a|none|not[ _-]?(?:configured|used|enabled|checked))/i
/** Keys by which a record says how it is. */
const states = ['status', 'state', 'healthy', 'ok', 'up', 'result'] as const

function stateOf(value: unknown): State {
  if (typeof value === 'boolean') return value ? 'passing' : 'failing'
  if (typeof value === 'string') {
    if (neither.test(value)) return 'unknown'
    return good.test(value) ? 'passing' : bad.test(value) ? 'failing' : 'unknown'
  }
  if (Array.isArray(value)) {
    const all = value.map((one) => (Array.isArray(one) ? 'unknown' : stateOf(one)))
    return all.includes('failing') ? 'failing' : all.includes('passing') ? 'passing' : 'unknown'
  }
  if (!isRecord(value)) return 'unknown'
  const key = states.find((name) => ['boolean', 'string'].includes(typeof value[name]))
  if (key !== undefined) return stateOf(value[key])
  return typeof value.error === 'string' && value.error !== '' ? 'failing' : 'unknown'
}

/** In its own words, the ones that say most first. */
function saidOf(value: unknown): string {
  if (Array.isArray(value) && isRecord(value[0])) return saidOf(value[0])
  const texts = isRecord(value)
    ? [value.error, value.message, value.output, value.detail, value.description, value.status]
    : [value]
  const said = texts.find((text) => typeof text === 'string' && text.trim() !== '')
  return typeof said === 'string' ? sanitise(said).replaceAll(/\s+/g, ' ').trim() : 'fails'
}

const kinds: readonly (readonly [kind: string, names: RegExp])[] = [
  ['database', /^(?:data ?base|db(?:$|[ _.-])|postgres|pg(?:$|[ _.-])|sql|mysql|mariadb)/i],
  ['cache', /^(?:redis|valkey|cache|memcache)/i],
  ['mail', /^(?:smtp|e-?mail|mail)/i],
  ['disk', /^(?:disk|free[ _-]?space|file[ _-]?system)/i],
]
const kindOf = (name: string): string =>
  kinds.find(([, names]) => names.test(plain(name)))?.[0] ?? plain(name)

const draining = /^(?:drain|shutting|shut[ _-]?down|stopping|terminat)/i

/** It takes no more requests, because it is to end. */
const isDraining = (answer: Fields): boolean =>
  [answer.phase, answer.state, answer.status].some(
    (value) => typeof value === 'string' && draining.test(value),
  )
