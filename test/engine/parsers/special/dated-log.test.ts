import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datedLog } from '../../../../src/engine/parsers/special/dated-log.ts'

/** 2026-11-24 03:16:03 UTC. */
const NOW = 1_795_490_163

const ages = (zone: string, ...lines: readonly string[]) => {
  const result = datedLog.parse([`now=${NOW} zone=${zone}`, ...lines].join('\n'))
  if (!result.ok) throw new Error(result.reason)
  return (result.value.rows ?? []).map(({ age }) => Number(age))
}

describe('dated-log', () => {
  it.each([
    ['PostgreSQL', '2026-11-24 03:16:00.123 UTC [812] app@app FATAL:  no', 3],
    ['PostgreSQL before its configuration is read', '2026-11-24 03:15:03.123 GMT [812] LOG:  no', 60],
    ['python', '2026-11-24 04:16:01,002 ERROR no', 2],
    ['nginx', '2026/11/24 04:16:02 [error] 77#77: *1 connect() failed', 1],
    ['journalctl -o short-iso', '2026-11-24T04:16:03+0100 app[99]: no', 0],
    ['RFC 3339', '2026-11-24T03:16:03.5Z no', 0],
    ['pino', '{"level":50,"time":1795490160123,"msg":"no"}', 3],
    ['a clock that is ahead', '2026-11-24T05:16:03+0100 no', 0],
  ])('knows the age of a line of %s on a host at +0100', (_name, line, age) => {
    expect(ages('+0100', line)).toEqual([age])
  })

  it('gives a traceback the age of the line above it', () => {
    const lines = ['2026-11-24T03:16:00Z Traceback', '  File "app.py", line 3', 'KeyError: 1']
    expect(ages('+0000', ...lines)).toEqual([3, 3, 3])
  })

  it('gives lines above all times the age of the first that has one', () => {
    expect(ages('+0000', 'KeyError: 1', '2026-11-24T03:16:00Z next')).toEqual([3, 3])
  })

  it('takes the last change of the file where no line has a time', () => {
    const result = datedLog.parse(`now=${NOW} zone=+0000 written=${NOW - 50}\nboom\n`)
    expect(result).toMatchObject({ ok: true, value: { rows: [{ age: 50n, text: 'boom' }] } })
  })

  it('does not understand output without the host’s clock', () => {
    expect(datedLog.parse('2026-11-24T03:16:00Z no')).toMatchObject({ ok: false })
  })

  it('keeps the newest of more lines than conditions could compare within a second', () => {
    const lines = Array.from({ length: 601 }, (_, i) => `line ${i}`)
    const result = datedLog.parse(`now=${NOW} zone=+0000\n${lines.join('\n')}`)
    expect(result.ok && result.value.rows?.map(({ text }) => text)).toEqual(lines.slice(1))
  })

  it('keeps every line with something on it, whatever it is, and no age is negative', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const text = lines.join('\n')
        const result = datedLog.parse(`now=${NOW} zone=+0000\n${text}`)
        const kept = text.split('\n').filter((line) => line.trim() !== '')
        expect(result.ok && result.value.rows?.length).toBe(kept.length)
        if (result.ok) for (const row of result.value.rows ?? []) expect(row.age).toBeGreaterThanOrEqual(0n)
      }),
    )
  })
})
