/**
 * Frames of a WebSocket (RFC 6455, section 5.2), as the server's end sees them: what comes in is masked,
 * what goes out is not. Text, close, ping and pong; a fragmented or binary message is refused, as nothing
 * that speaks Socket Mode sends one.
 */
export type Frame = { readonly kind: 'text' | 'close' | 'ping' | 'pong'; readonly payload: Buffer }

const OPCODES = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const
const KINDS = new Map(Object.entries(OPCODES).map(([kind, code]) => [code as number, kind as Frame['kind']]))

export const MAX_PAYLOAD = 4 * 1024 * 1024

/** Close codes of section 7.4.1. */
export const CLOSE = { normal: 1000, protocol: 1002, unsupported: 1003, tooBig: 1009 } as const

export type Read =
  | { readonly kind: 'frames'; readonly frames: readonly Frame[]; readonly rest: Buffer }
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }

export function encode(kind: Frame['kind'], payload: Buffer | string): Buffer {
  const body = Buffer.from(payload as string)
  const first = 0x80 | OPCODES[kind]
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body])
  const wide = body.length > 0xffff
  const head = Buffer.alloc(wide ? 10 : 4)
  head[0] = first
  head[1] = wide ? 127 : 126
  if (wide) head.writeBigUInt64BE(BigInt(body.length), 2)
  else head.writeUInt16BE(body.length, 2)
  return Buffer.concat([head, body])
}

export const encodeClose = (code: number, reason = ''): Buffer => {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return encode('close', payload)
}

/** All whole frames of what has arrived so far, and the rest, to be put before what arrives next. */
export function decode(bytes: Buffer): Read {
  const frames: Frame[] = []
  let rest = bytes
  for (;;) {
    const next = decodeOne(rest)
    if (next === undefined) return { kind: 'frames', frames, rest }
    if ('code' in next) return { kind: 'refused', ...next }
    frames.push(next.frame)
    rest = rest.subarray(next.size)
  }
}

type One =
  | { readonly frame: Frame; readonly size: number }
  | { readonly code: number; readonly reason: string }

function decodeOne(bytes: Buffer): One | undefined {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const kind = KINDS.get(first & 0x0f)
  if ((first & 0x70) !== 0) return { code: CLOSE.protocol, reason: 'reserved bits' }
  if ((second & 0x80) === 0) return { code: CLOSE.protocol, reason: 'not masked' }
  if ((first & 0x80) === 0 || !kind) return { code: CLOSE.unsupported, reason: 'only whole text messages' }
  const short = second & 0x7f
  if (kind !== 'text' && short > 125) return { code: CLOSE.protocol, reason: 'control frame too long' }
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + lengthBytes + 4) return undefined
  const length = lengthBytes === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', 2, 2 + lengthBytes)}`))
  if (length > MAX_PAYLOAD) return { code: CLOSE.tooBig, reason: 'too big' }
  const start = 2 + lengthBytes + 4
  if (bytes.length < start + length) return undefined
  const mask = bytes.subarray(start - 4, start)
  const payload = Buffer.from(bytes.subarray(start, start + length))
  for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0)
  return { frame: { kind, payload }, size: start + length }
}
