import type { Difference } from '../../findings/difference.ts'
import {
  type ChangedFiles,
  type ChangedLine,
  cameOrWentWith,
  lineThat,
  onlyOne,
  sets,
} from './changed-files.ts'

/**
 * The line that sets a unit's setting, or made the unit. `object` of a difference of area `unit`: `UNIT PROPERTY`, or
 * `UNIT` for its state.
 */
export function lineOfUnit(difference: Difference, { lines, files }: ChangedFiles): Difference | undefined {
  const [unit = '', property] = difference.object.split(' ', 2)
  const own = lines.filter(({ path }) => isFileOf(path, unit))
  if (property === undefined) return own.find((line) => made(line, unit, difference))?.difference
  if (/^(?:DropInPaths|FragmentPath)$/.test(property)) return namedIn(difference, own, files)
  const directive = directiveOf(property)
  const isDefault = (line: ChangedLine): boolean =>
    DEFAULTS.test(line.path) && sets(line, `Default${directive}`)
  return (
    lineThat(own, (line) => sets(line, directive)) ??
    lines.find(isDefault)?.difference ??
    // A setting may follow from another one. What changes the settings of a unit is one of its files.
    onlyOne(own)?.difference ??
    (own.length === 0 ? onlyOne(files.filter(({ object }) => isFileOf(object, unit))) : undefined)
  )
}

const made = ({ path, difference }: ChangedLine, unit: string, state: Difference): boolean =>
  path.endsWith(`/${unit}`) && cameOrWentWith(difference, state)

/** Its own file, its template's, or one in a folder of drop-ins (systemd.unit(5)). */
function isFileOf(path: string, unit: string): boolean {
  const [name = '', folder = ''] = path.split('/').reverse()
  const names = [unit, unit.replace(/@[^.]*\./, '@.')]
  const type = unit.split('.').at(-1) ?? ''
  return (
    path.includes('/systemd/') &&
    (names.includes(name) || [...names, type].some((one) => folder === `${one}.d`))
  )
}

/** systemd-system.conf(5). */
const DEFAULTS = /\/systemd\/system\.conf(?:\.d\/[^/]+)?$/

/** systemctl shows times in microseconds, and some limits twice, under names that differ from those in files. */
const directiveOf = (property: string): string =>
  property
    .replace(/PerSecUSec$/, '')
    .replace(/USec$/, 'Sec')
    .replace(/Soft$/, '')
    .replace(/^EnvironmentFiles$/, 'EnvironmentFile')

/** That whose path stands in only one of both values. */
function namedIn(
  { was, now }: Difference,
  lines: readonly ChangedLine[],
  files: readonly Difference[],
): Difference | undefined {
  const [before, after] = [was.split(' '), now.split(' ')]
  const isNamed = (path: string): boolean => before.includes(path) !== after.includes(path)
  return lines.find(({ path }) => isNamed(path))?.difference ?? files.find(({ object }) => isNamed(object))
}
