import { notUnderstood, type Parser, type Row, type Shape, understood, words } from '../parser.ts'
import { rise, rounded, twoSamples } from './two-samples.ts'

/**
 * /proc/diskstats read twice (how to print it: two-samples.ts; sections `uptime`, `diskstats`): `.rows`, one a device;
 * loop and ram devices are left out. Reads and writes per second, bytes per second, `busy` in percent, `await` the mean
 * milliseconds a request took, `queue` the mean number of requests in flight.
 *
 *     === diskstats
 *      254       0 vda 22813 4512 1624482 12421 48211 30114 2116432 40122 0 33040 52543
 */
const shape = {
  device: 'string',
  reads: 'double',
  writes: 'double',
  readBytes: 'double',
  writeBytes: 'double',
  busy: 'double',
  await: 'double',
  queue: 'double',
} as const satisfies Shape

/** The kernel counts sectors of 512 bytes, whatever the device's own are. */
const SECTOR = 512

export const diskstats: Parser = {
  gives: { rows: shape },
  parse(text) {
    const samples = twoSamples(text)
    const before = samples?.before.get('diskstats')?.map(deviceOf)
    const after = samples?.after.get('diskstats')?.map(deviceOf)
    if (!samples || !before || !after) return notUnderstood('two samples of /proc/diskstats', text)
    const earlier = new Map(
      before.filter((device) => device !== undefined).map((device) => [device.name, device]),
    )
    const rows = after.flatMap((device) => {
      const was = device && earlier.get(device.name)
      return was ? [rowOf(was, device, samples.seconds)] : []
    })
    if (rows.length === 0 && after.includes(undefined))
      return notUnderstood('a line of /proc/diskstats', text)
    return understood({ rows: rows.filter((row) => !/^(?:loop|ram|zram)[0-9]/.test(String(row.device))) })
  },
}

interface Device {
  readonly name: string
  readonly counters: readonly number[]
}

function deviceOf(line: string): Device | undefined {
  const [, , name, ...rest] = words(line)
  const counters = rest.slice(0, 11).map(Number)
  return name && counters.length === 11 && counters.every(Number.isFinite) ? { name, counters } : undefined
}

function rowOf(before: Device, after: Device, seconds: number): Row {
  const by = after.counters.map((value, i) => rise(before.counters[i] ?? 0, value))
  const [
    reads = 0,
    ,
    readSectors = 0,
    readMs = 0,
    writes = 0,
    ,
    writeSectors = 0,
    writeMs = 0,
    ,
    busyMs = 0,
    weighted = 0,
  ] = by
  return {
    device: after.name,
    reads: rounded(reads / seconds),
    writes: rounded(writes / seconds),
    readBytes: rounded((readSectors * SECTOR) / seconds),
    writeBytes: rounded((writeSectors * SECTOR) / seconds),
    busy: rounded(Math.min(100, busyMs / (seconds * 10))),
    await: reads + writes === 0 ? 0 : rounded((readMs + writeMs) / (reads + writes)),
    queue: rounded(weighted / (seconds * 1000)),
  }
}
