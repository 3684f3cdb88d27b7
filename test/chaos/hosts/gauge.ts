import type { Random } from '../random.ts'
import { GAUGE } from './host-kinds.ts'
import { type Answer, type AskedCommand, exited } from './wave-on-host.ts'

/** A host with one fault that a fix mends, and that comes back after a while. */
export interface Gauge {
  answerTo(command: AskedCommand): Answer
}

export interface GaugeOptions {
  readonly random: Random
  /** The step of a fix has arrived. */
  fixed(step: string): void
}

/** How long it stays mended. */
const WELL_MS = { from: 2_000, to: 15_000 } as const
/** A step takes as long as a restart of a service, so that a kill may hit it. */
const STEP_MS = { from: 50, to: 1_500 } as const

export function openGauge({ random, fixed }: GaugeOptions): Gauge {
  let brokenFrom = 0
  return {
    answerTo({ argv }) {
      const text = argv.join(' ')
      const step = [GAUGE.count, GAUGE.mend].find((path) => text.includes(path))
      if (step === undefined) {
        if (!text.includes(GAUGE.look)) return exited(127)
        return Date.now() >= brokenFrom ? exited(0, 'the needle is off\n') : exited(1)
      }
      fixed(step)
      if (step === GAUGE.mend) brokenFrom = Date.now() + random.between(WELL_MS.from, WELL_MS.to)
      return { ...exited(0, 'done\n'), ms: random.between(STEP_MS.from, STEP_MS.to) }
    },
  }
}
