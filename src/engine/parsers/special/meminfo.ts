import { linesOf, notUnderstood, type Parser, type Row, type Shape, understood, whole } from '../parser.ts'

/**
 * /proc/meminfo: `.fields` in bytes, named without "Mem" and in camel case. `available` is missing on kernels before
 * 3.14.
 *
 *     MemTotal:        8131396 kB
 *     MemAvailable:    6021564 kB
 *     SwapTotal:             0 kB
 */
const names = {
  MemTotal: 'total',
  MemFree: 'free',
  MemAvailable: 'available',
  Buffers: 'buffers',
  Cached: 'cached',
  SwapTotal: 'swapTotal',
  SwapFree: 'swapFree',
  Dirty: 'dirty',
  Writeback: 'writeback',
  Shmem: 'shmem',
  Slab: 'slab',
  SReclaimable: 'slabReclaimable',
  SUnreclaim: 'slabUnreclaimable',
  PageTables: 'pageTables',
  CommitLimit: 'commitLimit',
  Committed_AS: 'committed',
} as const

const shape: Shape = Object.fromEntries(Object.values(names).map((name) => [name, 'int']))

export const meminfo: Parser = {
  gives: { fields: shape },
  parse(text) {
    const found: Record<string, bigint | undefined> = Object.create(null)
    for (const line of linesOf(text)) {
      const at = line.indexOf(':')
      const key = line.slice(0, Math.max(at, 0))
      if (!Object.hasOwn(names, key)) continue
      const kilobytes = whole(line.slice(at + 1))
      if (kilobytes !== undefined) found[names[key as keyof typeof names]] = kilobytes * 1024n
    }
    const row: Row = found
    return row.total === undefined
      ? notUnderstood('MemTotal of /proc/meminfo', text)
      : understood({ fields: row })
  },
}
