import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decode,
  encode,
  encodeClose,
  type Frame,
  MAX_PAYLOAD,
} from '../../../playground/slack/websocket/frames.ts'

/** What a client sends: the server's frame with the mask bit, a mask, and the payload under it. */
function masked(frame: Buffer, mask: readonly number[]): Buffer {
  const short = (frame[1] ?? 0) & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  const head = Buffer.from(frame.subarray(0, start))
  head[1] = (head[1] ?? 0) | 0x80
  const payload = frame.subarray(start).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
  return Buffer.concat([head, Buffer.from(mask), payload])
}

const mask = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer({ min: 100, max: 70_000 }).map((n) => 'é'.repeat(n)),
)
const frame = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), payload: text }),
  fc.record({
    kind: fc.constantFrom('ping' as const, 'pong' as const),
    payload: fc.string({ maxLength: 125 }),
  }),
)

/** As a socket delivers them: cut anywhere. */
function readInPieces(bytes: Buffer, cuts: readonly number[]): readonly Frame[] {
  const frames: Frame[] = []
  const places = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  let rest: Buffer = Buffer.alloc(0)
  let from = 0
  for (const to of places) {
    const result = decode(Buffer.concat([rest, bytes.subarray(from, to)]))
    if (result.kind === 'refused') throw new Error(result.reason)
    frames.push(...result.frames)
    rest = result.rest
    from = to
  }
  expect(rest).toHaveLength(0)
  return frames
}

describe('WebSocket frames', () => {
  test('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(frame, mask), { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.map(([{ kind, payload }, key]) => masked(encode(kind, payload), key)),
          )
          const got = readInPieces(bytes, cuts).map(({ kind, payload }) => ({
            kind,
            payload: payload.toString('utf8'),
          }))
          expect(got).toEqual(
            sent.map(([{ kind, payload }]) => ({ kind, payload: Buffer.from(payload).toString('utf8') })),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('that come in are whole, masked text of a bearable size, or are refused', () => {
    const good = masked(encode('text', 'hello'), [1, 2, 3, 4])
    const changed = (index: number, change: (byte: number) => number) => {
      const bytes = Buffer.from(good)
      bytes[index] = change(bytes[index] ?? 0)
      return decode(bytes)
    }
    expect(decode(encode('text', 'hello'))).toEqual({ kind: 'refused', code: 1002, reason: 'not masked' })
    expect(changed(0, (byte) => byte & 0x7f)).toMatchObject({ kind: 'refused', code: 1003 })
    expect(changed(0, () => 0x82)).toMatchObject({ kind: 'refused', code: 1003 })
    expect(changed(0, (byte) => byte | 0x40)).toMatchObject({ kind: 'refused', code: 1002 })
    const ping = Buffer.from([0x89, 0x80 | 126, 0, 200, 1, 2, 3, 4])
    expect(decode(ping)).toMatchObject({ kind: 'refused', code: 1002 })
    const huge = Buffer.alloc(14)
    huge[0] = 0x81
    huge[1] = 0xff
    huge.writeBigUInt64BE(BigInt(MAX_PAYLOAD + 1), 2)
    expect(decode(huge)).toMatchObject({ kind: 'refused', code: 1009 })
  })

  test('no bytes whatever make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(['frames', 'refused']).toContain(decode(Buffer.from(bytes)).kind)
      }),
    )
  })

  test('a close frame carries its code and reason', () => {
    const result = decode(masked(encodeClose(1000, 'bye'), [9, 9, 9, 9]))
    const [close] = result.kind === 'frames' ? result.frames : []
    expect(close?.payload.readUInt16BE()).toBe(1000)
    expect(close?.payload.toString('utf8', 2)).toBe('bye')
  })
})
