import { expect, it } from 'vitest'
import { df } from '../../../../src/engine/parsers/special/df.ts'
import { refusal, rowsOf } from '../parsed.ts'

it('reads df -P in bytes, blanks in both names', () => {
  const text = `Filesystem         1024-blocks     Used Available Capacity Mounted on
/dev/vda1             20511312 20511312         0     100% /var/lib/postgresql
//nas/team share      10485760  5242880   5242880      50% /mnt/team share 2 50% x
`
  expect(rowsOf(df, text)).toEqual([
    {
      filesystem: '/dev/vda1',
      mount: '/var/lib/postgresql',
      total: 21003583488n,
      used: 21003583488n,
      available: 0n,
      percent: 100n,
    },
    {
      filesystem: '//nas/team share',
      mount: '/mnt/team share 2 50% x',
      total: 10737418240n,
      used: 5368709120n,
      available: 5368709120n,
      percent: 50n,
    },
  ])
})

it('reads df -Pi in inodes; a file system without inodes has no percentage', () => {
  const text = `Filesystem      Inodes  IUsed    IFree IUse% Mounted on
/dev/vda      16777216 447659 16329557    3% /
/dev/sdb1            0      0        0     - /boot/efi
`
  const rows = rowsOf(df, text)
  expect(rows.map((row) => [row.mount, row.total, row.percent])).toEqual([
    ['/', 16777216n, 3n],
    ['/boot/efi', 0n, undefined],
  ])
})

it('follows the header where blocks are of another size', () => {
  const header = (unit: string) =>
    `Filesystem ${unit} Used Available Capacity Mounted on\n/dev/a 4 2 2 50% /\n`
  expect(rowsOf(df, header('512-blocks'))[0]?.total).toBe(2048n)
  expect(rowsOf(df, header('1B-blocks'))[0]?.total).toBe(4n)
  expect(rowsOf(df, header('1-blocks'))[0]?.total).toBe(4n)
})

it('does not understand a text without the header, or with another line under it', () => {
  expect(refusal(df, 'df: cannot read table of mounted file systems')).toContain('cannot read table')
  expect(
    refusal(df, 'Filesystem 1024-blocks Used Available Capacity Mounted on\ndf: /x: Stale file handle\n'),
  ).toContain('Stale file handle')
})
