import type { Facts } from './facts.ts'

/** One promise, and how it is seen to be broken. */
export interface Check {
  readonly name: string
  /** Codes of docs/requirements.md. */
  readonly proves: readonly string[]
  /** How often the promise was put to the test. */
  trials(facts: Facts): number
  /** A sentence for each time that it was broken. */
  problems(facts: Facts): readonly string[]
  /** The same facts with this one promise broken: a check that then finds nothing is worth nothing. */
  plant(facts: Facts): Facts
}

/** The items that are there more often than `most` times, by their key. */
export function moreThan<T>(items: readonly T[], keyOf: (item: T) => string, most: number): Map<string, T[]> {
  return new Map([...groupBy(items, keyOf)].filter(([, those]) => those.length > most))
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** For plants: the first that fits, changed. Throws where none does, since nothing would be planted then. */
export function changeOne<T>(items: readonly T[], fits: (item: T) => boolean, change: (item: T) => T): T[] {
  const at = items.findIndex(fits)
  const found = items[at]
  if (found === undefined) throw new Error('there is nothing in this round to plant it on')
  return items.with(at, change(found))
}

export function one<T>(items: readonly T[], fits: (item: T) => boolean): T {
  const found = items.find(fits)
  if (found === undefined) throw new Error('there is nothing in this round to plant it on')
  return found
}

export const without = <T>(items: readonly T[], item: T): T[] => items.filter((each) => each !== item)
