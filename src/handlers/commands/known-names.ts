import type { Runbooks } from '../../engine/load-runbooks.ts'
import type { Inventory } from '../../inventory/inventory.ts'

/** The words that a command may be made of: names of the runbooks and of the inventory, and no others. */
export interface KnownNames {
  /** Topic of a name or alias. */
  topicOf(word: string): string | undefined
  topicWords(): readonly string[]
  hasHost(word: string): boolean
  hostNames(): readonly string[]
}

export const knownNamesOf = (runbooks: Runbooks, inventory: Inventory): KnownNames => ({
  topicOf: (word) => runbooks.find(word)?.topic,
  topicWords: () => runbooks.names(),
  hasHost: (word) => inventory.hosts.has(word),
  hostNames: () => [...inventory.hosts.keys()],
})
