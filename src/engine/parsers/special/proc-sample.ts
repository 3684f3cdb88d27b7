import { decimal, notUnderstood, type Parser, type Shape, understood, whole, words } from '../parser.ts'
import { rise, rounded, type Sample, twoSamples } from './two-samples.ts'

/**
 * /proc/stat and /proc/vmstat read twice (how to print them: two-samples.ts; sections `uptime`, `stat`, `vmstat`):
 * `.fields`. Percentages are of all cores together; `idle + busy + iowait + steal` is 100. `running` and `blocked` are
 * counts at the end. Rates are per second; they are missing where there is no `vmstat` section. `oomKills` is the total
 * since the host started.
 *
 *     === uptime
 *     1841.02 3528.11
 *     === stat
 *     cpu  10132153 290696 3084719 46828483 16683 0 25195 0 0 0
 *     cpu0 5066076 145348 1542359 23414241 8341 0 12597 0 0 0
 *     ctxt 1990473
 *     procs_running 1
 *     procs_blocked 0
 *     === sleep
 *     === uptime
 *     …
 */
const shape = {
  seconds: 'double',
  cores: 'int',
  user: 'double',
  system: 'double',
  iowait: 'double',
  steal: 'double',
  idle: 'double',
  busy: 'double',
  contextSwitches: 'double',
  forks: 'double',
  running: 'int',
  blocked: 'int',
  majorFaults: 'double',
  swapIn: 'double',
  swapOut: 'double',
  oomKills: 'int',
} as const satisfies Shape

export const procSample: Parser = {
  gives: { fields: shape },
  parse(text) {
    const samples = twoSamples(text)
    if (!samples) return notUnderstood('two samples of /proc with `=== sleep` between', text)
    const cpu = cpuShares(samples.before, samples.after)
    if (!cpu) return notUnderstood('the cpu line of /proc/stat in both samples', text)
    const { before, after, seconds } = samples
    const perSecond = (section: string, key: string) => {
      const [from, to] = [counter(before, section, key), counter(after, section, key)]
      return from === undefined || to === undefined ? undefined : rounded(rise(from, to) / seconds)
    }
    const count = (section: string, key: string) => {
      const value = counter(after, section, key)
      return value === undefined ? undefined : BigInt(Math.trunc(value))
    }
    return understood({
      fields: {
        seconds: rounded(seconds),
        cores: BigInt((after.get('stat') ?? []).filter((line) => /^cpu[0-9]/.test(line)).length),
        ...cpu,
        contextSwitches: perSecond('stat', 'ctxt'),
        forks: perSecond('stat', 'processes'),
        running: count('stat', 'procs_running'),
        blocked: count('stat', 'procs_blocked'),
        majorFaults: perSecond('vmstat', 'pgmajfault'),
        swapIn: perSecond('vmstat', 'pswpin'),
        swapOut: perSecond('vmstat', 'pswpout'),
        oomKills: count('vmstat', 'oom_kill'),
      },
    })
  },
}

const lineOf = (sample: Sample, section: string, key: string): readonly string[] | undefined =>
  sample
    .get(section)
    ?.map((line) => words(line))
    .find((cells) => cells[0] === key)

const counter = (sample: Sample, section: string, key: string): number | undefined =>
  decimal(lineOf(sample, section, key)?.[1] ?? '')

/** proc(5): user nice system idle iowait irq softirq steal; guest time is within user. */
function cpuShares(before: Sample, after: Sample): Record<string, number> | undefined {
  const [from, to] = [jiffies(before), jiffies(after)]
  if (!from || !to) return undefined
  const rises = to.map((value, i) => rise(from[i] ?? 0, value))
  const total = rises.reduce((a, b) => a + b, 0)
  if (total === 0) return undefined
  const share = (...columns: readonly number[]) =>
    rounded((100 * columns.reduce((sum, column) => sum + (rises[column] ?? 0), 0)) / total)
  return {
    user: share(0, 1),
    system: share(2, 5, 6),
    idle: share(3),
    iowait: share(4),
    steal: share(7),
    busy: share(0, 1, 2, 5, 6),
  }
}

function jiffies(sample: Sample): number[] | undefined {
  const cells = lineOf(sample, 'stat', 'cpu')?.slice(1, 9).map(whole)
  if (!cells || cells.length < 5 || cells.includes(undefined)) return undefined
  return cells.map(Number)
}
