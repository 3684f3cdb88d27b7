import { type Fault, shapeOf } from './faults/fault.ts'
import { faults } from './faults/index.ts'
import { down, reset } from './host.ts'
import type { Image } from './image.ts'
import { faultOnPostgresql } from './platforms/on-postgresql.ts'
import { type PlatformName, platformNamed } from './platforms/platform.ts'
import type { Grants, LabHost } from './state.ts'

export interface Choice {
  readonly only?: string
  readonly short?: boolean
  /** Only those that were built without sight of the rules. */
  readonly unseen?: boolean
  readonly platform: PlatformName
  /** 3: each third of those that match, from the first on. */
  readonly every?: number
}

export function chosen({ only, short, unseen, platform, every = 1 }: Choice): Fault[] {
  const pattern = only === undefined ? undefined : new RegExp(only)
  const { shape, postgresql } = platformNamed(platform)
  const matching = faults.filter(
    (fault) =>
      shapeOf(fault) === shape &&
      (!short || fault.short) &&
      (!unseen || fault.unseen) &&
      (!pattern || pattern.test(fault.id)),
  )
  const found = matching.filter((_, number) => number % every === 0)
  if (found.length === 0) throw new Error('no fault is chosen: lab faults lists them')
  return found.map((fault) => faultOnPostgresql(postgresql, fault))
}

export interface Hosts {
  readonly image: Image
  readonly grants: Grants
  /** How many at a time. */
  readonly jobs: number
  readonly prefix?: string | undefined
}

/**
 * Runs `work` for each case on a pristine host: several at a time, those that load the machine alone and last. Answers in the order
 * of the cases. The hosts are named w1, w2 … (or after another `prefix`) and are gone at the end.
 */
export async function onPristineHosts<T>(
  cases: readonly Fault[],
  { image, grants, jobs, prefix = 'w' }: Hosts,
  work: (fault: Fault, host: LabHost) => Promise<T>,
): Promise<T[]> {
  const results = new Map<Fault, T>()
  const run = async (worker: number, queue: Fault[]): Promise<void> => {
    const name = `${prefix}${worker}`
    try {
      for (let fault = queue.shift(); fault; fault = queue.shift()) {
        results.set(fault, await work(fault, await pristine(name, image, grants)))
      }
    } finally {
      await down(name)
    }
  }
  const loads = cases.filter(({ topic }) => topic === 'performance')
  const quiet = cases.filter(({ topic }) => topic !== 'performance')
  const ended = await Promise.allSettled(Array.from({ length: jobs }, (_, worker) => run(worker + 1, quiet)))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  await run(1, loads)
  return cases.map((fault) => results.get(fault) as T)
}

/** A busy machine may let a boot exceed its time: tried twice. */
const pristine = (name: string, image: Image, grants: Grants): Promise<LabHost> =>
  reset(name, image, grants).catch(() => reset(name, image, grants))
