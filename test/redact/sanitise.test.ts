import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode } from '../../src/redact/decode.ts'
import { sanitise } from '../../src/redact/sanitise.ts'

const ESC = '\u001b'
const BEL = '\u0007'

test.each([
  ['colours', `${ESC}[1;31mred${ESC}[0m`, 'red'],
  ['a cursor that moves', `100%${ESC}[2K${ESC}[1Gdone`, '100%done'],
  ['a CSI of 8 bits', '\u009b31mred', 'red'],
  ['a window title, ended by BEL', `${ESC}]0;evil${BEL}text`, 'text'],
  ['a hyperlink, ended by ST', `${ESC}]8;;http://evil${ESC}\\click${ESC}]8;;${ESC}\\`, 'click'],
  ['an OSC of 8 bits', '\u009d0;evil\u009ctext', 'text'],
  ['DCS, APC, PM and SOS', `${ESC}Pq${ESC}\\a${ESC}_x${ESC}\\b${ESC}^y${ESC}\\c${ESC}Xz${ESC}\\d`, 'abcd'],
  ['character sets and single functions', `${ESC}(B${ESC}7a${ESC}cb`, 'ab'],
  ['an escape inside an escape', `${ESC}${ESC}[31m[0mx`, '[0mx'],
  ['an escape at the end', `ok${ESC}`, 'ok'],
  ['controls', 'a\u0000b\u0008c\u007fd\u0085e', 'abcde'],
])('%s leaves nothing but text', (_, text, clean) => {
  expect(sanitise(text)).toBe(clean)
})

test('a control string without an end does not swallow what follows', () => {
  expect(sanitise(`before${ESC}]0;title\nFATAL: disk full\n`)).toBe('before0;title\nFATAL: disk full\n')
  expect(sanitise(`${ESC}Pnever ended`)).toBe('never ended')
})

test('line ends become \\n and tabs stay', () => {
  expect(sanitise('a\r\nb\rc\n\td')).toBe('a\nb\nc\n\td')
})

test('what reorders or hides text is shown', () => {
  expect(sanitise('\u202egnp.exe')).toBe('<U+202E>gnp.exe')
  expect(sanitise('pay\u200bpal \ufeff#!/bin/sh')).toBe('pay<U+200B>pal <U+FEFF>#!/bin/sh')
  expect(sanitise('\u{e0041}')).toBe('<U+E0041>')
  expect(sanitise('Grüße 日本 ✔ 🟢')).toBe('Grüße 日本 ✔ 🟢')
})

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        `${ESC}P`,
        `${ESC}\\`,
        BEL,
        '\u009b',
        '\u009c',
        '\u009d',
        '\r',
        '\n',
        '\t',
      ),
      fc.constantFrom('\u202e', '\u200d', '\ufeff', '31m', ';', ' ', 'text'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''))

test('no control survives, no line is lost, and twice is once', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = sanitise(text)
      const controls = [...clean].filter((c) => /\p{Cc}/u.test(c) && c !== '\n' && c !== '\t')
      expect(controls).toEqual([])
      expect(clean).not.toMatch(/[\p{Bidi_Control}\u200b\ufeff]/u)
      expect(clean.split('\n')).toHaveLength(text.split(/\r\n?|\n/).length)
      expect(sanitise(clean)).toBe(clean)
    }),
    { numRuns: 500 },
  )
})

test('bytes that are not UTF-8 become U+FFFD, and a character cut at the cap is one of them', () => {
  expect(decode(Buffer.from([0x61, 0xff, 0x62]))).toBe('a\ufffdb')
  const whole = Buffer.from('ok €🟢')
  expect(decode(whole)).toBe('ok €🟢')
  for (const missing of [1, 2, 3]) expect(decode(whole.subarray(0, -missing))).toBe('ok €\ufffd')
})

test('any bytes decode to the same text as their valid parts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(400), (text, cap) => {
      const cut = decode(Buffer.from(text).subarray(0, cap))
      expect(text.startsWith(cut.replace(/\ufffd$/, ''))).toBe(true)
    }),
  )
})
