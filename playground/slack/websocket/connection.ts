import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE, decode, encode, encodeClose, type Frame } from './frames.ts'

/** One accepted WebSocket. */
export interface WebSocketPeer {
  send(text: string): void
  ping(): void
  /** Says goodbye; the connection ends when the other end has answered. */
  close(): void
  /** Cuts the connection without a word, as a network does. */
  drop(): void
}

export interface WebSocketEvents {
  text(message: string): void
  /** Once, however it ended. */
  gone(): void
}

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Answers an HTTP upgrade; undefined, and a 400 for the client, if it is not a WebSocket's. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  events: WebSocketEvents,
): WebSocketPeer | undefined {
  const key = request.headers['sec-websocket-key']
  if (request.headers.upgrade?.toLowerCase() !== 'websocket' || !key) {
    refuseUpgrade(socket, '400 Bad Request')
    return undefined
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  return converse(socket, head, events)
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
}

function converse(socket: Duplex, head: Buffer, events: WebSocketEvents): WebSocketPeer {
  let waiting = head
  let closing = false
  const write = (bytes: Buffer) => {
    if (socket.writable) socket.write(bytes)
  }
  const goodbye = (code: number, reason?: string) => {
    if (closing) return
    closing = true
    write(encodeClose(code, reason))
  }
  const take = (frame: Frame) => {
    if (frame.kind === 'text') events.text(frame.payload.toString('utf8'))
    if (frame.kind === 'ping') write(encode('pong', frame.payload))
    if (frame.kind === 'close') {
      goodbye(CLOSE.normal)
      socket.end(() => socket.destroy())
    }
  }
  const read = (bytes: Buffer) => {
    const result = decode(Buffer.concat([waiting, bytes]))
    if (result.kind === 'refused') {
      goodbye(result.code, result.reason)
      socket.end(() => socket.destroy())
      return
    }
    waiting = result.rest
    result.frames.forEach(take)
  }
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
  // Node's HTTP sockets stay half open: a peer that was killed says only this.
  socket.on('end', () => socket.destroy())
  socket.on('close', () => events.gone())
  if (head.length > 0) read(Buffer.alloc(0))
  return {
    send: (text) => write(encode('text', text)),
    ping: () => write(encode('ping', Buffer.from('slack'))),
    close: () => goodbye(CLOSE.normal),
    drop: () => socket.destroy(),
  }
}
