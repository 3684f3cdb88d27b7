import {
  decimal,
  notUnderstood,
  type Parser,
  type Row,
  type Shape,
  textBehind,
  understood,
  words,
} from '../parser.ts'
import { sectionsOf } from './sections.ts'
import { beganIn, cronOf, type Entry, entryOf } from './short-unix.ts'
import { stopOrder } from './stop-order.ts'
import { namesIn, type Unit, unitsOf } from './unit-properties.ts'

/**
 * Who stopped a unit, told from what happened around that moment (`src/runbooks/scripts/unit/who-stopped-it.sh` asks
 * for it): `.rows`, at most five, the likeliest first; the others have the kind "also". The kinds are
 * - conflict: a unit in Conflicts= that started then,
 * - with: a unit that it hangs on and that stopped then (systemd.unit(5)),
 * - command: a command with the order that sudo or cron logged,
 * - package: a package that dpkg worked on then and whose scripts have the order,
 * - unit: a unit that began then and has the order in its commands, or in the text of a script that they run.
 *
 * Nothing at all is the answer for a unit that never stopped. `at` is in seconds since 1970, the monotonic times in
 * microseconds since the host started.
 *
 *     === stop
 *     at=1795652119
 *     Id=debvisor.service
 *     ActiveExitTimestampMonotonic=8213004571
 *     InactiveEnterTimestampMonotonic=8213104120
 *     Conflicts=shutdown.target
 *     ConflictedBy=site-notice.service
 *     === related
 *     Id=site-notice.service
 *     InactiveExitTimestampMonotonic=8212990310
 *     FragmentPath=/etc/systemd/system/site-notice.service
 *     === journal
 *     1795652118.912004 host1 sudo[77]: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/systemctl stop debvisor
 *     1795652119.301123 host1 systemd[1]: Starting nightly.service - Nightly work...
 *     === packages
 *     2026-11-26 00:15:18 upgrade agent:amd64 1.0 1.1
 *     === began
 *     Id=nightly.service
 *     ExecStart={ path=/opt/nightly ; argv[]=/opt/nightly --all
 *     TriggeredBy=nightly.timer
 *     === orders
 *     /opt/nightly	systemctl stop debvisor
 */
const shape = { kind: 'string', name: 'string', about: 'string' } as const satisfies Shape

export const whoStopped: Parser = {
  gives: { rows: shape },
  parse(text) {
    if (text.trim() === '') return understood({ rows: [] })
    const sections = sectionsOf(text)
    const stop = stopOf(sections.get('stop') ?? [])
    if (!stop) return notUnderstood('a unit and when it stopped, below `=== stop`', text)
    const journal = (sections.get('journal') ?? []).map(entryOf).filter((entry) => entry !== undefined)
    const scripts = scriptsOf(sections.get('orders') ?? [], stop.unit)
    const began = unitsOf(sections.get('began') ?? [])
    const suspects = [
      ...related(stop, unitsOf(sections.get('related') ?? [])),
      ...commands(stop, journal, scripts),
      ...packages(sections.get('packages') ?? [], scripts),
      ...units(stop, journal, began, scripts),
    ]
    return understood({ rows: suspects.slice(0, MOST).map(rowOf) })
  },
}

const MOST = 5

interface Suspect {
  readonly kind: 'conflict' | 'with' | 'command' | 'package' | 'unit'
  readonly name: string
  readonly about: string
}

const rowOf = ({ kind, name, about }: Suspect, at: number): Row => ({
  kind: at === 0 ? kind : 'also',
  name: printable(name).slice(0, 160),
  about: printable(about).slice(0, 240),
})

const printable = (text: string): string => text.replaceAll(/[^ -~]/g, '?')

interface Stop {
  readonly unit: string
  /** Seconds since 1970. */
  readonly at: number
  /** When it began to stop and when it was down, in seconds since the host started. */
  readonly from: number
  readonly to: number
  /** How it is tied to other units, by their names: "Conflicts", "BindsTo". */
  readonly ties: ReadonlyMap<string, string>
}

function stopOf(lines: readonly string[]): Stop | undefined {
  const [unit] = unitsOf(lines)
  const at = decimal(unit?.get('at') ?? '')
  const id = unit?.get('Id')
  if (!unit || at === undefined || !id) return undefined
  const from = secondsOf(unit, 'ActiveExitTimestampMonotonic')
  const ties = new Map<string, string>()
  for (const [key, names] of unit) if (tied.has(key)) for (const name of namesIn(names)) ties.set(name, key)
  return { unit: id, at, from, to: Math.max(from, secondsOf(unit, 'InactiveEnterTimestampMonotonic')), ties }
}

const tied: ReadonlySet<string> = new Set([
  'Conflicts',
  'ConflictedBy',
  'Requires',
  'Requisite',
  'BindsTo',
  'PartOf',
  'StopPropagatedFrom',
])

const secondsOf = (unit: Unit, property: string): number => (decimal(unit.get(property) ?? '') ?? 0) / 1e6

/** Two seconds: systemd stops one after the other. */
function related(stop: Stop, all: readonly Unit[]): Suspect[] {
  const then = (moment: number): boolean => moment > 0 && moment >= stop.from - 2 && moment <= stop.to + 2
  return all.flatMap((unit): Suspect[] => {
    const name = unit.get('Id') ?? ''
    const tie = stop.ties.get(name)
    const where = unit.get('FragmentPath') || 'made by systemd'
    if (tie === undefined) return []
    if (tie === 'Conflicts' || tie === 'ConflictedBy') {
      const started = then(secondsOf(unit, 'InactiveExitTimestampMonotonic'))
      return started ? [{ kind: 'conflict', name, about: where }] : []
    }
    const stopped = then(secondsOf(unit, 'ActiveExitTimestampMonotonic'))
    return stopped ? [{ kind: 'with', name, about: `${tie}=, ${where}` }] : []
  })
}

function commands(stop: Stop, journal: readonly Entry[], scripts: Scripts): Suspect[] {
  return journal.flatMap(({ time, said }): Suspect[] => {
    const early = stop.at - time
    if (said.startsWith('sudo')) {
      const command = textBehind('COMMAND=', said)
      if (early > 10 || command === undefined || !stopOrder(command, stop.unit)) return []
      const name = `${words(said)[1]}: ${command}`
      return [{ kind: 'command', name, about: `sudo logged it ${Math.trunc(early + 0.5)} s before` }]
    }
    const cron = said.startsWith('systemd') || Math.abs(early) > 10 ? undefined : cronOf(said)
    const how = cron && orderOf(cron.command, stop.unit, scripts)
    return cron && how !== undefined
      ? [{ kind: 'command', name: `cron: ${cron.command}`, about: `as ${cron.user}, ${how}` }]
      : []
  })
}

/** The first order of each script that has one, by its path. */
type Scripts = ReadonlyMap<string, string>

function scriptsOf(lines: readonly string[], unit: string): Scripts {
  const scripts = new Map<string, string>()
  for (const line of lines) {
    const at = line.indexOf('\t')
    const file = line.slice(0, Math.max(at, 0))
    const text = line.slice(at + 1).trim()
    if (file === '' || scripts.has(file) || text.startsWith('#')) continue
    if (stopOrder(text, unit)) scripts.set(file, text)
  }
  return scripts
}

/** The order in a command itself, or in the text of the script that it runs. */
function orderOf(command: string, unit: string, scripts: Scripts): string | undefined {
  const order = stopOrder(command, unit)
  if (order !== undefined) return order
  const file = command.split(/[\s;"']+/).find((word) => scripts.has(word))
  return file === undefined ? undefined : `${file}: ${scripts.get(file)}`
}

/** The script asks for those of the half minute before the stop. */
function packages(lines: readonly string[], scripts: Scripts): Suspect[] {
  const withOrder = new Map<string, string>()
  for (const [file, order] of scripts) {
    const name = packageOf(file)
    if (name !== undefined && !withOrder.has(name)) withOrder.set(name, `${file}: ${order}`)
  }
  return lines.flatMap((line): Suspect[] => {
    const [, , action = '', which = '', was, is] = words(line)
    const name = which.split(':')[0] ?? ''
    const how = withOrder.get(name)
    if (!worked.has(action) || is === undefined || how === undefined) return []
    withOrder.delete(name)
    const about = `dpkg worked on it then (${was} to ${is}), ${how}`
    return [{ kind: 'package', name: `package ${name}`, about }]
  })
}

const worked: ReadonlySet<string> = new Set([
  'install',
  'upgrade',
  'remove',
  'purge',
  'configure',
  'trigproc',
])

/** Of "/var/lib/dpkg/info/agent:amd64.prerm": agent. */
function packageOf(file: string): string | undefined {
  const name = textBehind('/var/lib/dpkg/info/', file)
  const end = name?.lastIndexOf('.') ?? -1
  return end < 0 ? undefined : name?.slice(0, end).split(':')[0]
}

function units(stop: Stop, journal: readonly Entry[], all: readonly Unit[], scripts: Scripts): Suspect[] {
  const began = new Set(
    journal.filter(({ time }) => Math.abs(time - stop.at) <= 5).map(({ said }) => beganIn(said)),
  )
  const known = new Map(all.map((unit) => [unit.get('Id'), unit]))
  return [...began].flatMap((name): Suspect[] => {
    const unit = name === undefined ? undefined : known.get(name)
    if (!unit || name === undefined || name === stop.unit || stop.ties.has(name)) return []
    const [order] = commandsOf(unit).flatMap((command) => orderOf(command, stop.unit, scripts) ?? [])
    const [by] = namesIn(unit.get('TriggeredBy') ?? '')
    return order === undefined
      ? []
      : [{ kind: 'unit', name, about: `${by === undefined ? '' : `started by ${by}, `}${order}` }]
  })
}

const commandsOf = (unit: Unit): string[] =>
  ['ExecStartPre', 'ExecStart', 'ExecStartPost']
    .flatMap((key) => (unit.get(key) ?? '').split('\n'))
    .map((line) => (textBehind('argv[]=', line) ?? '').split(' ;')[0] ?? '')
