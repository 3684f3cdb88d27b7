import { words } from '../parser.ts'

/** A unit's properties by their names, as `systemctl show` prints them. */
export type Unit = ReadonlyMap<string, string>

/** Of lines `Name=value`: blank ones part the units, and what has no Id is none. A property that comes again has its values on lines. */
export function unitsOf(lines: readonly string[]): Unit[] {
  const all: Map<string, string>[] = [new Map()]
  for (const line of lines) {
    const unit = all.at(-1)
    const at = line.indexOf('=')
    if (line.trim() === '') all.push(new Map())
    else if (unit && at > 0) {
      const key = line.slice(0, at)
      const before = unit.get(key)
      const value = line.slice(at + 1)
      unit.set(key, before === undefined ? value : `${before}\n${value}`)
    }
  }
  return all.filter((unit) => unit.has('Id'))
}

/** The names in a property that lists units. systemctl quotes those in which a backslash stands: `"a\\x2db.service"`. */
export const namesIn = (list: string): string[] =>
  words(list).map((name) => (name.startsWith('"') ? name.replaceAll('"', '').replaceAll('\\\\', '\\') : name))
