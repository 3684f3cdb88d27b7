import { expect, it } from 'vitest'
import { json } from '../../../src/engine/parsers/json.ts'
import { fieldsOf, refusal, rowsOf } from './parsed.ts'

const health = json({
  at: undefined,
  each: false,
  fields: {
    status: { path: 'status', type: 'string' },
    open: { path: 'sockets.open', type: 'int' },
    first: { path: 'errors.0', type: 'string' },
    up: { path: 'up', type: 'bool' },
    load: { path: 'load', type: 'double' },
  },
})

it('reads fields by their paths', () => {
  const text = '{"status":"ok","sockets":{"open":12},"errors":["e1"],"up":true,"load":0.5}'
  expect(fieldsOf(health, text)).toEqual({ status: 'ok', open: 12n, first: 'e1', up: true, load: 0.5 })
})

it('leaves out what is null, absent or of another type', () => {
  expect(fieldsOf(health, '{"status":null,"sockets":{"open":1.5},"up":"maybe","load":"7"}')).toEqual({
    status: undefined,
    open: undefined,
    first: undefined,
    up: undefined,
    load: 7,
  })
  expect(fieldsOf(health, '{"sockets":{"__proto__":1}}').open).toBeUndefined()
})

const pools = (at: string | undefined) =>
  json({ at, each: true, fields: { name: { path: 'name', type: 'string' } } })

it('reads rows of an array, wherever it is, and of JSON lines', () => {
  const rows = [{ name: 'a' }, { name: 'b' }]
  expect(rowsOf(pools(undefined), '[{"name":"a"},{"name":"b"}]')).toEqual(rows)
  expect(rowsOf(pools('data.items'), '{"data":{"items":[{"name":"a"},{"name":"b"}]}}')).toEqual(rows)
  expect(rowsOf(pools(undefined), '{"name":"a"}\n{"name":"b"}\n')).toEqual(rows)
  expect(rowsOf(pools(undefined), '{"name":"a"}')).toEqual([{ name: 'a' }])
})

it('does not understand what is not JSON, or has no array there', () => {
  expect(refusal(health, '<html>502</html>')).toBe('expected JSON, found "<html>502</html>"')
  expect(refusal(pools('data.items'), '{"data":{}}')).toContain('a JSON array at data.items')
})

it('decodes no escape into what a terminal obeys or nobody sees', () => {
  const text = String.raw`{"status":"\u001b[2J\u009b31mok\u0000\u202e \u00fc","errors":["\u001b]8;;http://evil\u0007click"]}`
  expect(fieldsOf(health, text)).toMatchObject({ status: 'ok<U+202E> ü', first: 'click' })
})
