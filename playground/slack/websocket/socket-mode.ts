import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { isFields } from '../blocks/shape.ts'
import type { Acknowledged, Deliver } from '../delivery.ts'
import { acceptWebSocket, refuseUpgrade, type WebSocketPeer } from './connection.ts'

/** Slack's end of Socket Mode: docs.slack.dev/apis/events-api/using-socket-mode. */
export interface SocketMode {
  /** A ticket for one WebSocket, good once: the path and query of its URL. */
  ticket(): string
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  readonly deliver: Deliver
  /** How many sockets are open. */
  connections(): number
  /** Cuts all sockets, as a network failure does. */
  drop(): void
  /** Asks the bot to connect anew, as Slack does every few hours. */
  recycle(): void
  close(): void
}

export interface SocketModeOptions {
  readonly appId: string
  readonly ackLimitMs: number
  /** True refuses this attempt. */
  refuses(): boolean
  /** A socket came or went. */
  changed(): void
}

/** Slack opens at most ten sockets for an app. */
const MOST = 10
/** The SDK takes a connection for dead when no ping came for 30 s. */
const PING_MS = 10_000

interface Waiting {
  readonly peer: WebSocketPeer
  settle(outcome: Omit<Acknowledged, 'ackMs'>): void
}

export function openSocketMode(options: SocketModeOptions): SocketMode {
  const tickets = new Set<string>()
  const peers: WebSocketPeer[] = []
  const waiting = new Map<string, Waiting>()

  const pings = setInterval(() => {
    for (const peer of peers) peer.ping()
  }, PING_MS).unref()

  const heard = (message: string) => {
    const ack = parse(message)
    if (!isFields(ack) || typeof ack.envelope_id !== 'string') return
    const body = isFields(ack.payload) && Object.keys(ack.payload).length > 0 ? ack.payload : undefined
    waiting.get(ack.envelope_id)?.settle(body === undefined ? { status: 200 } : { status: 200, body })
  }
  const gone = (peer: WebSocketPeer) => {
    if (peers.includes(peer)) peers.splice(peers.indexOf(peer), 1)
    for (const each of [...waiting.values()]) {
      if (each.peer === peer) each.settle({ status: 0, error: 'dispatch_failed' })
    }
    options.changed()
  }

  return {
    ticket() {
      const ticket = randomUUID()
      tickets.add(ticket)
      return `/link/?ticket=${ticket}&app_id=${options.appId}`
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? ''
      if (options.refuses()) return refuseUpgrade(socket, '503 Service Unavailable')
      if (!tickets.delete(ticket)) return refuseUpgrade(socket, '403 Forbidden')
      if (peers.length >= MOST) return refuseUpgrade(socket, '429 Too Many Requests')
      const peer = acceptWebSocket(request, socket, head, { text: heard, gone: () => peer && gone(peer) })
      if (!peer) return
      peers.push(peer)
      peer.send(JSON.stringify(hello(options.appId, peers.length)))
      peer.ping()
      options.changed()
    },
    async deliver(delivery) {
      const peer = peers.shift()
      if (!peer) return { ackMs: 0, status: 0, error: 'dispatch_failed' }
      peers.push(peer)
      const envelope_id = randomUUID()
      const started = performance.now()
      const outcome = await new Promise<Omit<Acknowledged, 'ackMs'>>((settle) => {
        const timer = setTimeout(() => settle({ status: 0, error: 'operation_timeout' }), options.ackLimitMs)
        waiting.set(envelope_id, {
          peer,
          settle(result) {
            clearTimeout(timer)
            settle(result)
          },
        })
        const { type, payload, retry } = delivery
        const retried =
          type === 'events_api' ? { retry_attempt: retry ?? 0, retry_reason: retry ? 'timeout' : '' } : {}
        const accepts_response_payload = type !== 'events_api'
        peer.send(JSON.stringify({ envelope_id, type, payload, accepts_response_payload, ...retried }))
      })
      waiting.delete(envelope_id)
      return { ackMs: performance.now() - started, ...outcome }
    },
    connections: () => peers.length,
    drop: () => {
      for (const peer of [...peers]) peer.drop()
    },
    recycle() {
      const goodbye = { type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'applink' } }
      for (const peer of [...peers]) peer.send(JSON.stringify(goodbye))
    },
    close() {
      clearInterval(pings)
      for (const peer of [...peers]) peer.drop()
    },
  }
}

const hello = (app_id: string, num_connections: number) => ({
  type: 'hello',
  num_connections,
  connection_info: { app_id },
  debug_info: { host: 'applink', build_number: 1, approximate_connection_time: 18_060 },
})

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
