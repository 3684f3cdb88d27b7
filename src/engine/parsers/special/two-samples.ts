import { decimal, linesOf } from '../parser.ts'

/**
 * Files of /proc read twice with a pause between, for what only has totals. How a probe prints them:
 *
 *     show() { for f in uptime stat vmstat; do echo "=== $f"; cat /proc/$f; done; }
 *     show; echo '=== sleep'; sleep 1; show
 *
 * `=== uptime` says how long the pause really was; sections that a parser does not know are passed over.
 */
export interface TwoSamples {
  readonly before: Sample
  readonly after: Sample
  /** Seconds between them. */
  readonly seconds: number
}

export type Sample = ReadonlyMap<string, readonly string[]>

export function twoSamples(text: string): TwoSamples | undefined {
  const samples: Map<string, string[]>[] = [new Map()]
  let section: string[] = []
  for (const line of linesOf(text)) {
    if (!line.startsWith('=== ')) {
      section.push(line)
      continue
    }
    const name = line.slice('=== '.length).trim()
    section = []
    if (name === 'sleep') samples.push(new Map())
    else samples.at(-1)?.set(name, section)
  }
  const [before, after] = samples
  if (!before || !after || samples.length !== 2) return undefined
  const seconds = (uptime(after) ?? 0) - (uptime(before) ?? 0)
  return seconds > 0 ? { before, after, seconds } : undefined
}

const uptime = (sample: Sample): number | undefined => decimal(sample.get('uptime')?.[0] ?? '')

/** Counters start again at zero when a device comes back: a difference is never negative. */
export const rise = (before: number, after: number): number => Math.max(0, after - before)

export const rounded = (value: number): number => Math.round(value * 100) / 100
