import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { json } from '../../src/engine/parsers/json.ts'
import { journal } from '../../src/engine/parsers/special/journal.ts'
import { MARK } from '../../src/redact/mark.ts'
import { makeRedactor } from '../../src/redact/redact.ts'

const HELD = 'hold"me\\tight-9'
const redactor = makeRedactor({ secrets: [HELD, 'correct horse battery'] })
const output = (text: string): string => redactor.output(Buffer.from(text))
/** Every character of it as an escape of JSON. */
const escaped = (text: string): string =>
  [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')

const message = json({ at: undefined, each: false, fields: { message: { path: 'message', type: 'string' } } })
const parsed = (text: string): unknown => {
  const result = message.parse(output(text))
  return result.ok ? result.value.fields?.message : result.reason
}

describe('what JSON hides in escapes is redacted as it is read', () => {
  it.each([
    [
      'a value that we hold',
      `{"message":"with ${escaped('correct horse battery')} in it"}`,
      `with ${MARK} in it`,
    ],
    ['one that JSON must escape', JSON.stringify({ message: `with ${HELD}` }), `with ${MARK}`],
    ['one of which a letter is escaped', '{"message":"c\\u006frrect horse battery"}', MARK],
    ['an assignment', '{"message":"pass\\u0077ord=hunter2-x9"}', `password=${MARK}`],
    [
      'JSON within JSON',
      JSON.stringify({ message: JSON.stringify({ password: 'hunter2-x9', user: 'app' }) }),
      `{"password":"${MARK}","user":"app"}`,
    ],
    ['controls between its letters', '{"message":"correct\\u001b[1m horse battery"}', MARK],
  ])('%s', (_, text, left) => {
    expect(parsed(text)).toBe(left)
    // What is stored and shown is the text.
    expect(output(text)).not.toMatch(/hunter2|horse|hold/)
    expect(output(output(text))).toBe(output(text))
  })

  it('by a key that is escaped itself', () => {
    const password = json({
      at: undefined,
      each: false,
      fields: { password: { path: 'password', type: 'string' } },
    })
    const result = password.parse(output(`{"${escaped('password')}" : "hunter2-x9", "user":"app"}`))
    expect(result).toMatchObject({ ok: true, value: { fields: { password: MARK } } })
  })

  it('of the journal, in bytes too', () => {
    const bytes = [...Buffer.from('\u001b[1mpassword=hunter2-x9')]
    const lines = [
      JSON.stringify({ MESSAGE: bytes, _PID: '7' }),
      `{"MESSAGE":"pass${escaped('word')}: hunter2-x9","_PID":"8"}`,
    ]
    const result = journal.parse(output(lines.join('\n')))
    expect(result).toMatchObject({
      ok: true,
      value: {
        rows: [
          { message: `password=${MARK}`, pid: 7n },
          { message: `password: ${MARK}`, pid: 8n },
        ],
      },
    })
  })
})

describe('what hides nothing stays as it was printed', () => {
  it.each([
    ['{"message":"a\\tb\\u00e9 \\"c\\" \\/ d"}'],
    ['say "C:\\new\\table" and "this never ends\nbut this line does \\" "x\\y"'],
    ['[1, 2, 3, 4, 5, 6, 7, 8, 999] [104,101,108,108,111,32,121,111,117]'],
    ['"\\'],
  ])('%s', (text) => {
    expect(output(text)).toBe(text)
  })

  it('whatever it is, by its lines, and in the time that its length takes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('"', '\\', '\n', ':', '[1,', 'a', '\\u0061', ' ')), (parts) => {
        const text = parts.join('')
        expect(output(text).split('\n')).toHaveLength(text.split('\n').length)
      }),
    )
    const began = performance.now()
    for (const part of ['"', '\\"', '"\\', '[1,', '":', '"a\\u0061'])
      output(part.repeat(200_000 / part.length))
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
