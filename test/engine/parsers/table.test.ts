import { expect, it } from 'vitest'
import { table } from '../../../src/engine/parsers/table.ts'
import { compilePattern } from '../../../src/text/re2-pattern.ts'
import { refusal, rowsOf } from './parsed.ts'

const columns = { ver: 'string', cluster: 'string', port: 'int', status: 'string', rest: 'string' } as const
const clusters = table({ skip: 1, separator: undefined, columns, expect: undefined })

it('reads columns at white space; the last takes the rest', () => {
  const text = `Ver Cluster Port Status Owner    Data directory
15  main    5432 online postgres /var/lib/my data
`
  expect(rowsOf(clusters, text)).toEqual([
    { ver: '15', cluster: 'main', port: 5432n, status: 'online', rest: 'postgres /var/lib/my data' },
  ])
})

it('is empty where there is nothing but the header, or nothing at all', () => {
  expect(rowsOf(clusters, 'Ver Cluster Port Status\n')).toEqual([])
  expect(rowsOf(clusters, '')).toEqual([])
})

it('leaves out what a line does not have or what is not a number', () => {
  expect(rowsOf(clusters, 'header\n15 main none\n')).toEqual([
    { ver: '15', cluster: 'main', port: undefined, status: undefined, rest: undefined },
  ])
})

it('parts at another separator', () => {
  const passwd = table({
    skip: 0,
    separator: ':',
    columns: { user: 'string', uid: 'int', rest: 'string' },
    expect: undefined,
  })
  expect(rowsOf(passwd, 'ana : 1000 : a:b\n')).toEqual([{ user: 'ana', uid: 1000n, rest: 'a:b' }])
})

it('does not understand another first line than expected', () => {
  const pattern = compilePattern('^Ver')
  if (!pattern.ok) throw new Error(pattern.message)
  const strict = table({ skip: 1, separator: undefined, columns, expect: pattern.pattern })
  expect(refusal(strict, 'Error: no cluster')).toBe('expected a line like ^Ver, found "Error: no cluster"')
})
