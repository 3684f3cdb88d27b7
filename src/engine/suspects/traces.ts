import { posix } from 'node:path'
import type { Difference } from '../../findings/difference.ts'
import {
  type ChangedFiles,
  type ChangedLine,
  cameOrWentWith,
  changedFiles,
  lineThat,
  onlyOne,
  pathOf,
  says,
  sets,
  sideOf,
  targetsOf,
} from './changed-files.ts'
import { lineOfUnit } from './unit-traces.ts'

/** One thing that somebody did, as two snapshots show it. */
export interface Change {
  /** Where it would be undone: the line of the file. */
  readonly difference: Difference
  /** Where it shows too: the unit's setting, the limit of its process. */
  readonly traces: readonly Difference[]
}

/** The differences of each change together, in the order in which the changes came. */
export function withTraces(differences: readonly Difference[]): Change[] {
  const changed = indexed(differences)
  const origins = new Map<Difference, Difference>()
  const firstOf = (difference: Difference): Difference => {
    let first = difference
    for (let next = origins.get(first); next; next = origins.get(first)) first = next
    return first
  }
  for (const difference of differences) {
    const origin = ORIGIN.get(difference.area)?.(difference, changed)
    // Two may show each other: the one that was asked first is the trace.
    if (origin && firstOf(origin) !== difference) origins.set(difference, origin)
  }
  const changes = new Map<Difference, Difference[]>(
    differences.filter((one) => !origins.has(one)).map((one) => [one, []]),
  )
  for (const trace of origins.keys()) changes.get(firstOf(trace))?.push(trace)
  return [...changes].map(([difference, traces]) => ({ difference, traces }))
}

interface Indexed extends ChangedFiles {
  find(area: string, object: string): Difference | undefined
}

function indexed(differences: readonly Difference[]): Indexed {
  const named = new Map(differences.map((one) => [`${one.area}\t${one.object}`, one]))
  return { ...changedFiles(differences), find: (area, object) => named.get(`${area}\t${object}`) }
}

/** Of what a difference is a trace; undefined: it is a change of its own. */
type Origin = (difference: Difference, changed: Indexed) => Difference | undefined

/** A difference may be the trace of another trace: a limit of a unit's setting, which is one of a line. */
const ORIGIN: ReadonlyMap<string, Origin> = new Map([
  ['unit', lineOfUnit],
  ['limit', settingOfLimit],
  ['setting', lineOfSetting],
  ['sysctl', lineOfSysctl],
  ['hba', lineOfHba],
  ['firewall', lineOfFirewall],
  ['mount', lineOfMount],
  ['file', originOfFile],
  ['line', linkThatLeadsElsewhere],
  ['group', accountOf],
  ...['table', 'column', 'index', 'constraint', 'trigger', 'policy', 'rule', 'sequence', 'grant'].map(
    (area): [string, Origin] => [area, wholeOf],
  ),
])

const linesIn = (file: RegExp, { lines }: Indexed): ChangedLine[] =>
  lines.filter(({ path }) => file.test(path))

/** Below "Max" in /proc/PID/limits, and in the file of a unit (systemd.exec(5)). */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['open files', 'NOFILE'],
  ['processes', 'NPROC'],
  ['locked memory', 'MEMLOCK'],
  ['core file size', 'CORE'],
  ['file size', 'FSIZE'],
  ['address space', 'AS'],
  ['data size', 'DATA'],
  ['stack size', 'STACK'],
  ['cpu time', 'CPU'],
])

/** `UNIT LIMIT`. Old programs and a unit that was not loaded anew leave the setting out. */
function settingOfLimit(difference: Difference, changed: Indexed): Difference | undefined {
  const [, unit = '', limit = ''] = /^(\S+) (.+)$/.exec(difference.object) ?? []
  const name = LIMITS.get(limit)
  if (!name) return undefined
  const setting = `${unit} Limit${name}`
  const line = changed.lines.find((one) => one.path.includes(`/${unit}`) && sets(one, `Limit${name}`))
  return changed.find('unit', setting) ?? changed.find('unit', `${setting}Soft`) ?? line?.difference
}

/** Its value ends in the file that it comes from, in parentheses. */
function lineOfSetting(difference: Difference, { lines }: Indexed): Difference | undefined {
  const { object, was, now } = difference
  const isSource = (path: string): boolean => `${was} ${now}`.includes(`(${path})`)
  const own = lines.filter(({ path }) => isSource(path) || path.includes('/postgresql'))
  return lineThat(own, (line) => sets(line, object))
}

function lineOfSysctl(difference: Difference, changed: Indexed): Difference | undefined {
  return lineThat(linesIn(/\/sysctl\b/, changed), (line) => sets(line, difference.object))
}

/** By type, database and user: PostgreSQL writes the address in another way than people. `order`: of all rules. */
function lineOfHba(difference: Difference, changed: Indexed): Difference | undefined {
  const own = linesIn(/\/pg_hba\.conf$/, changed)
  const start = difference.object.split(' ').slice(0, 3).join(' ')
  if (/^(?:order|error)$/.test(start)) return own[0]?.difference
  return (own.find((line) => says(line, start)) ?? onlyOne(own))?.difference
}

/** Below the family, the name and the chain of its table a rule stands as in a file. */
function lineOfFirewall({ object, was, now }: Difference, changed: Indexed): Difference | undefined {
  const rule = [...object.split(' ').slice(3), now || was].join(' ')
  return lineThat(linesIn(/\/nftables\b/, changed), (line) => says(line, rule))
}

function lineOfMount({ object }: Difference, changed: Indexed): Difference | undefined {
  return lineThat(linesIn(/^\/etc\/fstab$/, changed), (line) => says(line, object))
}

function accountOf(difference: Difference, { find }: Indexed): Difference | undefined {
  const user = find('user', difference.object)
  return user && cameOrWentWith(user, difference) ? user : undefined
}

/** The table or the schema that it came or went with. `database.schema.table.part`; of a grant, what it is for. */
function wholeOf(difference: Difference, { find }: Indexed): Difference | undefined {
  const { area, object } = difference
  const above = object.slice(0, Math.max(0, object.lastIndexOf('.')))
  const names = area === 'grant' ? [object, above] : [above]
  const wholes = names.flatMap((name) => find('table', name) ?? find('schema', name) ?? [])
  return wholes.find((whole) => whole !== difference && cameOrWentWith(whole, difference))
}

/** A link enables a unit, or leads to a file that is as new as itself. */
function originOfFile(file: Difference, changed: Indexed): Difference | undefined {
  const targets = targetsOf(file)
  if (targets.length === 0) return linkThatLeadsElsewhere(file, changed)
  const unit = unitOfLink(file, changed)
  if (unit || sideOf(file) !== 'new') return unit
  return changed.lines.find(({ path, difference }) => targets.includes(path) && sideOf(difference) === 'new')
    ?.difference
}

const unitOfLink = ({ object }: Difference, { find }: Indexed): Difference | undefined =>
  object.includes('/systemd/') ? find('unit', posix.basename(object)) : undefined

/** What a link led to is out of sight, and what it leads to now came into sight. */
function linkThatLeadsElsewhere(file: Difference, changed: Indexed): Difference | undefined {
  if (sideOf(file) === 'changed') return undefined
  const links = changed.links.get(pathOf(file)) ?? []
  return links.find((link) => link !== file && leadsElsewhere(link) && !unitOfLink(link, changed))
}

const leadsElsewhere = (link: Difference): boolean =>
  sideOf(link) === 'gone' || (sideOf(link) === 'changed' && new Set(targetsOf(link)).size > 1)
