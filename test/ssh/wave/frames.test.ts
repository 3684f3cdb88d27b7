import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEPT_BYTES } from '../../../src/ssh/outcome.ts'
import { createFrameReader, encodeWave, type Frame } from '../../../src/ssh/wave/frames.ts'
import { liveMemory } from '../../fakes/live-memory.ts'

const MARKER = 'a1b2c3'

const toBytes = (frame: Frame): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${frame.index} ${frame.how} ${frame.code} ${frame.leftover} ${frame.ms} ${frame.cpuUs} ${frame.stdout.length} ${frame.stderr.length}\n`,
    ),
    frame.stdout,
    frame.stderr,
  ])

const output = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
const frameAt = (index: number): fc.Arbitrary<Frame> =>
  fc.record({
    index: fc.constant(index),
    how: fc.constantFrom('exited', 'signalled', 'timed-out', 'cut'),
    code: fc.nat(255),
    leftover: fc.nat(9),
    ms: fc.nat(300_000),
    cpuUs: fc.nat(300_000_000),
    stdout: output,
    stderr: output,
  })
const frames = fc
  .nat(6)
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => frameAt(index))))

/** Cuts the bytes at these places. */
function chunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

test('frames are read however they are cut into chunks, after any chatter', () => {
  fc.assert(
    fc.property(frames, fc.string(), fc.array(fc.nat()), (sent, chatter, cuts) => {
      const bytes = Buffer.concat([Buffer.from(`${chatter}\n${MARKER}\n`), ...sent.map(toBytes)])
      const reader = createFrameReader(MARKER, sent.length)
      expect(chunks(bytes, cuts).flatMap((chunk) => reader.push(chunk))).toEqual(sent)
      expect(reader.broken).toBe(false)
    }),
  )
})

test('whatever follows the marker, nothing is thrown and what is no frame is refused for good', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat()), (noise, cuts) => {
      const reader = createFrameReader(MARKER, 1)
      const bytes = Buffer.concat([Buffer.from(`${MARKER}\nx`), noise, Buffer.from('\n')])
      expect(chunks(bytes, cuts).flatMap((chunk) => reader.push(chunk))).toEqual([])
      expect(reader.broken).toBe(true)
      expect(reader.push(Buffer.from(`${MARKER}\n0 exited 0 0 1 0 0 0\n`))).toEqual([])
    }),
  )
})

test.each([
  ['a frame for a command that was not asked', '2 exited 0 0 1 0 0 0\n'],
  ['a second frame for one command', '0 exited 0 0 1 0 0 0\n0 exited 1 0 1 0 0 0\n'],
  ['more output than is kept', `0 exited 0 0 1 0 ${KEPT_BYTES + 1} 0\n`],
  ['an unknown end', '0 vanished 0 0 1 0 0 0\n'],
  ['a negative number', '0 exited -1 0 1 0 0 0\n'],
  ['a header without end', '0'.repeat(90)],
])('refused: %s', (_, text) => {
  const reader = createFrameReader(MARKER, 2)
  reader.push(Buffer.from(`${MARKER}\n${text}`))
  expect(reader.broken).toBe(true)
})

test('the total ends the answer, and is told however it is cut', () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.nat(999_999_999), fc.array(fc.nat()), (sent, cpuUs, processes, cuts) => {
      const total = Buffer.from(`cost ${cpuUs} ${processes}\n`)
      const bytes = Buffer.concat([Buffer.from(`${MARKER}\n`), ...sent.map(toBytes), total])
      const reader = createFrameReader(MARKER, sent.length + 1)
      expect(chunks(bytes, cuts).flatMap((chunk) => reader.push(chunk))).toEqual(sent)
      expect(reader.total).toEqual({ cpuUs, processes })
      expect(reader.push(Buffer.from(`${sent.length} exited 0 0 1 0 0 0\n`))).toEqual([])
    }),
  )
})

test('endless chatter costs no memory', () => {
  const reader = createFrameReader(MARKER, 1)
  const chunk = Buffer.alloc(1024 * 1024, 'chatter\n')
  const before = liveMemory()
  for (let i = 0; i < 200; i++) reader.push(chunk)
  expect(liveMemory() - before).toBeLessThan(50 * 1024 * 1024)
  expect(reader.push(Buffer.from(`${MARKER}\n0 exited 0 0 1 0 0 0\n`))).toHaveLength(1)
})

test('a command with NUL is a bug, not something to send', () => {
  const nul = { id: 'x', kind: 'privileged', argv: ['cat', 'a\0b'], timeoutMs: 1 } as const
  expect(() => encodeWave([nul], { marker: MARKER, longestMs: 1, gentle: false })).toThrow(RangeError)
})

test.each([
  ['a long word that no argument ends with', `perl -e 'print 1' -- ${'a'.repeat(100)} | head`],
  ['many of them', `perl -e 'print 1' -- ${'/var/log/postgresql/pos '.repeat(4_000)}| head`],
  ['a program that is not quoted', `perl -e ${'a'.repeat(20_000)};`],
])('a command is sent at once: %s', (_, script) => {
  const began = performance.now()
  const sent = encodeWave([{ id: 'x', kind: 'shell', script, timeoutMs: 1 }], {
    marker: MARKER,
    longestMs: 1,
    gentle: false,
  })
  expect(performance.now() - began).toBeLessThan(1_000)
  expect(sent.includes(script)).toBe(true)
})
