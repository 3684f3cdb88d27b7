import type { Runbooks } from '../../engine/load-runbooks.ts'
import { isHostPattern, matchHosts } from '../../inventory/host-pattern.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { partOfInventory } from '../../inventory/part-of-inventory.ts'

/** The words that a command may be made of: names of the runbooks and of the inventory, and no others. */
export interface KnownNames {
  /** Topic of a name or alias. */
  topicOf(word: string): string | undefined
  topicWords(): readonly string[]
  /** The host of that name, in any case where only one is meant. */
  hostOf(word: string): string | undefined
  /** Those that may be suggested. */
  hostNames(): readonly string[]
  /** The group of that name, in any case where only one is meant. */
  groupOf(word: string): string | undefined
  /** Whether it is written as a pattern of hosts. */
  isPattern(word: string): boolean
  /** Whether a pattern means any host that may be suggested, or a group without hosts. */
  fitsHosts(pattern: string): boolean
}

/** `mayRead`: whether whoever typed may be told that a host is there; none is suggested to anybody else. */
export const knownNamesOf = (
  runbooks: Runbooks,
  inventory: Inventory,
  mayRead: (host: string) => boolean,
): KnownNames => ({
  topicOf: (word) => runbooks.find(word)?.topic,
  topicWords: () => runbooks.names(),
  hostOf: (word) => named(inventory.hosts, word),
  hostNames: () => [...inventory.hosts.keys()].filter(mayRead),
  groupOf: (word) => named(inventory.groups, word),
  isPattern: (word) => isHostPattern(inventory, word),
  fitsHosts: (pattern) =>
    inventory.groups.get(pattern)?.length === 0 ||
    matchHosts(partOfInventory(inventory, mayRead), pattern).ok,
})

/** A name as it is written, else the only one that differs in nothing but case. */
export function named(names: ReadonlyMap<string, unknown>, word: string): string | undefined {
  if (names.has(word)) return word
  const alike = [...names.keys()].filter((name) => name.toLowerCase() === word.toLowerCase())
  return alike.length === 1 ? alike[0] : undefined
}
