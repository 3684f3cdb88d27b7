import {
  decimal,
  linesOf,
  notUnderstood,
  type Parser,
  type Shape,
  understood,
  type Value,
  words,
} from '../parser.ts'

/**
 * `grep -H . /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory`: `.fields`, the share of time in percent that
 * tasks waited: `cpu_some_avg10`, `cpu_some_avg60`, `cpu_some_avg300`, and so for `cpu_full`, `io_some`, `io_full`,
 * `memory_some`, `memory_full`. Kernels before 5.13 have no `cpu full`: missing.
 *
 *     /proc/pressure/io:some avg10=1.62 avg60=0.40 avg300=0.09 total=1130401
 *     /proc/pressure/io:full avg10=1.50 avg60=0.37 avg300=0.08 total=1052213
 */
const shape: Shape = Object.fromEntries(
  ['cpu', 'io', 'memory'].flatMap((resource) =>
    ['some', 'full'].flatMap((kind) =>
      ['avg10', 'avg60', 'avg300'].map((average) => [`${resource}_${kind}_${average}`, 'double'] as const),
    ),
  ),
)

export const pressure: Parser = {
  gives: { fields: shape },
  parse(text) {
    const found: Record<string, Value> = Object.create(null)
    for (const line of linesOf(text)) {
      const colon = line.indexOf(':')
      const resource = line.slice(line.lastIndexOf('/', colon) + 1, Math.max(colon, 0))
      const [kind, ...averages] = words(line.slice(colon + 1))
      for (const pair of averages) {
        const [name, value = ''] = pair.split('=')
        const field = `${resource}_${kind}_${name}`
        const share = decimal(value)
        if (Object.hasOwn(shape, field) && share !== undefined) found[field] = share
      }
    }
    if (Object.keys(found).length === 0)
      return notUnderstood('lines of /proc/pressure with their file names', text)
    return understood({ fields: found })
  },
}
