import type { Hosts } from '../../inventory/host-connections.ts'
import type { Route } from '../../ssh/outcome.ts'

/** OpenSSH drops connections at random from the tenth on that has not logged in yet (MaxStartups 10:30:100, sshd_config(5)). */
const OPENING_AT_ONCE = 8

type Opening = Pick<Hosts, 'connect'>

/** Opens no more connections at a time to one SSH server, which may be the jump host of all of them. */
export function openedInTurn<Some extends Opening>(hosts: Some): Some {
  const doors = new Map<string, { open: number; readonly waiting: (() => void)[] }>()
  return {
    ...hosts,
    async connect(route, signal) {
      const name = firstHop(route)
      const door = doors.get(name) ?? { open: 0, waiting: [] }
      doors.set(name, door)
      if (door.open >= OPENING_AT_ONCE) await new Promise<void>((resolve) => door.waiting.push(resolve))
      else door.open += 1
      try {
        return await hosts.connect(route, signal)
      } finally {
        // Whoever waits takes the place over.
        const next = door.waiting.shift()
        if (next) next()
        else door.open -= 1
      }
    },
  }
}

function firstHop(route: Route): string {
  if (route.kind !== 'ssh') return ''
  const [first] = route.hops
  return `${first?.address}:${first?.port}`
}
