import type { Inventory } from './inventory.ts'

/** As if these hosts were all that there are: a group without any of them is none. */
export function partOfInventory({ hosts, groups }: Inventory, keep: (host: string) => boolean): Inventory {
  const kept = [...groups].map(([group, members]) => [group, members.filter(keep)] as const)
  return {
    hosts: new Map([...hosts].filter(([name]) => keep(name))),
    groups: new Map(kept.filter(([, members]) => members.length > 0)),
  }
}
