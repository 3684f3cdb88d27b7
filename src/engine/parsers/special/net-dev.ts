import { notUnderstood, type Parser, type Row, type Shape, understood, whole, words } from '../parser.ts'
import { rise, rounded, twoSamples } from './two-samples.ts'

/**
 * /proc/net/dev read twice (how to print it: two-samples.ts; sections `uptime`, `net/dev`): `.rows`, one an interface
 * without `lo`. Bytes per second; packets, errors and drops as they rose between the samples, and errors and drops
 * since the host started (`…Total`).
 *
 *     === net/dev
 *     Inter-|   Receive                                                |  Transmit
 *      face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
 *       eth0: 9163822   11834    0    0    0     0          0         0   812934    6120    0    0    0     0       0          0
 */
const shape = {
  interface: 'string',
  rxBytes: 'double',
  txBytes: 'double',
  rxPackets: 'int',
  txPackets: 'int',
  rxErrors: 'int',
  txErrors: 'int',
  rxDrops: 'int',
  txDrops: 'int',
  rxPacketsTotal: 'int',
  txPacketsTotal: 'int',
  errorsTotal: 'int',
  dropsTotal: 'int',
} as const satisfies Shape

export const netDev: Parser = {
  gives: { rows: shape },
  parse(text) {
    const samples = twoSamples(text)
    const before = samples?.before.get('net/dev')
    const after = samples?.after.get('net/dev')
    if (!samples || !before || !after) return notUnderstood('two samples of /proc/net/dev', text)
    const earlier = new Map(before.flatMap(countersOf))
    const rows = after.flatMap(countersOf).flatMap(([name, counters]) => {
      const was = earlier.get(name)
      return was && name !== 'lo' ? [rowOf(name, was, counters, samples.seconds)] : []
    })
    return understood({ rows })
  },
}

/** Headers have "|" and no colon after the first word. */
function countersOf(line: string): [string, number[]][] {
  const colon = line.indexOf(':')
  if (colon < 0) return []
  const counters = words(line.slice(colon + 1)).map(whole)
  return counters.length < 16 || counters.includes(undefined)
    ? []
    : [[line.slice(0, colon).trim(), counters.map(Number)]]
}

function rowOf(name: string, before: readonly number[], after: readonly number[], seconds: number): Row {
  const by = (column: number) => rise(before[column] ?? 0, after[column] ?? 0)
  const total = (...columns: readonly number[]) =>
    BigInt(columns.reduce((sum, column) => sum + (after[column] ?? 0), 0))
  return {
    interface: name,
    rxBytes: rounded(by(0) / seconds),
    txBytes: rounded(by(8) / seconds),
    rxPackets: BigInt(by(1)),
    txPackets: BigInt(by(9)),
    rxErrors: BigInt(by(2)),
    txErrors: BigInt(by(10)),
    rxDrops: BigInt(by(3)),
    txDrops: BigInt(by(11)),
    rxPacketsTotal: total(1),
    txPacketsTotal: total(9),
    errorsTotal: total(2, 10),
    dropsTotal: total(3, 11),
  }
}
