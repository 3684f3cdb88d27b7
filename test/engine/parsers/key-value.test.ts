import { expect, it } from 'vitest'
import { keyValue } from '../../../src/engine/parsers/key-value.ts'
import { compilePattern } from '../../../src/text/re2-pattern.ts'
import { fieldsOf, refusal } from './parsed.ts'

const fields = { LoadState: 'string', NRestarts: 'int', NeedDaemonReload: 'bool', TasksMax: 'int' } as const
const parser = keyValue({ separator: '=', fields, expect: undefined })

it('reads the declared keys by their types and passes over the others', () => {
  const text =
    'LoadState=loaded\nNRestarts=3\nOther=1\nNeedDaemonReload=no\nTasksMax=infinity\nLoadState=again\n'
  expect(fieldsOf(parser, text)).toEqual({
    LoadState: 'loaded',
    NRestarts: 3n,
    NeedDaemonReload: false,
    TasksMax: undefined,
  })
})

it('takes a value with the separator in it, and an empty one', () => {
  expect(fieldsOf(parser, 'LoadState=a=b')).toEqual({ LoadState: 'a=b' })
  expect(fieldsOf(parser, 'LoadState=')).toEqual({ LoadState: '' })
})

it('reads /proc style with another separator and a unit behind the number', () => {
  const memory = keyValue({ separator: ':', fields: { MemTotal: 'int' }, expect: undefined })
  expect(fieldsOf(memory, 'MemTotal:       24684084 kB')).toEqual({ MemTotal: 24684084n })
})

it('does not understand what has none of the keys, or another first line than expected', () => {
  expect(refusal(parser, 'Failed to connect to bus\n')).toBe(
    'expected one of LoadState, NRestarts, NeedDaemonReload, TasksMax and "=", found "Failed to connect to bus"',
  )
  expect(refusal(parser, '')).toContain('found nothing')
  const pattern = compilePattern('^LoadState=')
  if (!pattern.ok) throw new Error(pattern.message)
  const strict = keyValue({ separator: '=', fields, expect: pattern.pattern })
  expect(refusal(strict, 'NRestarts=1')).toContain('expected a line like ^LoadState=')
})
