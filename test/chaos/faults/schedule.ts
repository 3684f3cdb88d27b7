import { setTimeout as delay } from 'node:timers/promises'
import { type FaultName, type FaultTarget, faults, freeze, kill, weights } from './faults.ts'

const PAUSE_MS = { from: 700, to: 3_000 } as const

/** One fault after the other, drawn from the seed, until the time is over. Some last longer than the pause. */
export async function breakThings(
  target: FaultTarget,
  isOver: () => boolean,
  note: (fault: FaultName) => void,
): Promise<void> {
  aimAtFixes(target, isOver)
  // Each once, and then as they are drawn: no round goes without one.
  const first = target.random.shuffled(Object.keys(weights) as FaultName[])
  while (!isOver()) {
    await delay(target.random.between(PAUSE_MS.from, PAUSE_MS.to))
    if (isOver()) return
    const name = first.pop() ?? target.random.weighted(weights)
    note(name)
    await faults[name](target)
  }
}

/** The worst moment for a fix is right around its command, which a fault at random hits too seldom. */
function aimAtFixes(target: FaultTarget, isOver: () => boolean): void {
  const { world } = target
  const random = target.random.fork('fixes')
  world.hosts.onFixLogin((host) => {
    const what = random.weighted({ kill: 40, freeze: 15, cut: 15, nothing: 30 })
    const ms = random.between(0, 900)
    if (isOver() || what === 'nothing') return
    void delay(ms).then(async () => {
      if (what === 'cut') return world.hosts.cut([host], random.pick(['rst', 'freeze'] as const))
      const name = await holderOf(target, host)
      if (name === undefined) return
      if (what === 'kill') await kill(target, name)
      else await freeze(target, name, random.between(11_000, 15_000))
    })
  })
}

async function holderOf({ world }: FaultTarget, host: string): Promise<string | undefined> {
  const rows = await world.store
    .rows<{ worker: string }>(
      `SELECT worker FROM debvisor.fixes WHERE host = $1 AND state = 'running'`,
      [host],
      0,
    )
    .catch(() => [])
  const pid = Number(rows[0]?.worker.split(':').at(-1))
  return world.replicas.find((replica) => replica.pid === pid)?.name
}
