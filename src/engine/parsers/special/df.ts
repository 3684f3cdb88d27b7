import { linesOf, notUnderstood, type Parser, type Row, understood, whole, words } from '../parser.ts'

/**
 * `df -P`, `df -Pk`, `df -P -B1`: `.rows` in bytes; `df -Pi`: `.rows` in inodes. Source and mount point may have blanks
 * in them. A file system that counts no inodes has "-": its `percent` is missing.
 *
 *     Filesystem     1024-blocks     Used Available Capacity Mounted on
 *     /dev/vda1         20511312 20511312         0     100% /var/lib/postgresql
 *     //nas/team share  10485760  5242880   5242880      50% /mnt/team share
 */
export const df: Parser = {
  gives: {
    rows: {
      filesystem: 'string',
      mount: 'string',
      total: 'int',
      used: 'int',
      available: 'int',
      percent: 'int',
    },
  },
  parse(text) {
    const [header, ...lines] = linesOf(text)
    const unit = unitOf(header ?? '')
    if (unit === undefined) return notUnderstood('the header of df -P', text)
    const rows = lines.map((line) => rowOf(line, unit))
    const odd = rows.indexOf(undefined)
    if (odd >= 0) return notUnderstood('a line of df -P', lines[odd] ?? '')
    return understood({ rows: rows.filter((row) => row !== undefined) })
  },
}

/** From the header's column: "1024-blocks", "512-blocks", "1K-blocks", "1-blocks", "1B-blocks", "Inodes". */
function unitOf(header: string): bigint | undefined {
  for (const word of words(header)) {
    if (word === 'Inodes') return 1n
    if (word === '1K-blocks') return 1024n
    if (word === '1B-blocks') return 1n
    if (word.endsWith('-blocks')) return whole(word.slice(0, -'-blocks'.length))
  }
  return undefined
}

/** Three numbers and a percentage part the source from the mount point. */
function rowOf(line: string, unit: bigint): Row | undefined {
  const cells = words(line)
  const at = cells.findIndex(
    (cell, i) => i >= 4 && isCount(cell, '%') && cells.slice(i - 3, i).every((c) => isCount(c)),
  )
  const mount = cells.slice(at + 1)
  if (at < 0 || mount.length === 0) return undefined
  const [total, used, available] = cells.slice(at - 3, at).map(whole)
  const times = (count: bigint | undefined) => (count === undefined ? undefined : count * unit)
  return {
    filesystem: cells.slice(0, at - 3).join(' '),
    mount: mount.join(' '),
    total: times(total),
    used: times(used),
    available: times(available),
    percent: whole(cells[at] ?? ''),
  }
}

const isCount = (cell: string, suffix = ''): boolean =>
  cell === '-' ||
  (cell.endsWith(suffix) && /^-?[0-9]{1,18}%?$/.test(cell) && cell.endsWith('%') === (suffix === '%'))
