import type { Inventory } from '../../inventory/inventory.ts'

/**
 * The hosts of the inventory that a text names, in the order in which it does, each once. Whole words alone: "host1" is
 * not named in "host10", nor in "host1.example.net", which may be another machine.
 */
export function namedHosts({ hosts }: Pick<Inventory, 'hosts'>, text: string): readonly string[] {
  const byName = namesBySmallLetters(hosts.keys())
  const found = (text.match(/[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?/g) ?? []).flatMap((word) => {
    if (hosts.has(word)) return [word]
    const alike = byName.get(word.toLowerCase()) ?? []
    return alike.length === 1 ? alike : []
  })
  return [...new Set(found)]
}

function namesBySmallLetters(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, string[]>()
  for (const name of names) {
    const small = name.toLowerCase()
    byName.set(small, [...(byName.get(small) ?? []), name])
  }
  return byName
}
