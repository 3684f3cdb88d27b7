import { connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server on 127.0.0.1 that can be cut. */
export interface TcpProxy {
  readonly port: number
  /**
   * rst: reset. fin: both sides see an orderly end. freeze: nothing passes any more and nobody is told. Answers with how many connections
   * that met.
   */
  cut(how: 'rst' | 'fin' | 'freeze'): number
  /** As `freeze`, and whoever connects from now on is answered nothing either. */
  blackHole(): void
  /** Cuts after so many bytes from the server. */
  cutAfter(bytes: number, how: 'rst' | 'fin'): void
  close(): Promise<void>
}

/** answer: the server gets the bytes, and its answer is lost with the connection. request: not even they arrive. */
export type Lost = 'answer' | 'request'

export interface TcpProxyOptions {
  /** Of this machine, where it listens; default 127.0.0.1. */
  readonly address?: string
  /** Asked for all bytes of a client, before the server gets them. */
  readonly loses?: (bytes: Buffer) => Lost | undefined
}

export async function startTcpProxy(
  target: number,
  { loses, address = '127.0.0.1' }: TcpProxyOptions = {},
): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>()
  const sockets = new Set<Socket>()
  const frozen = new WeakSet<Socket>()
  let limit = Number.POSITIVE_INFINITY
  let limitHow: 'rst' | 'fin' = 'rst'
  let passed = 0

  function cut(how: 'rst' | 'fin' | 'freeze'): number {
    const met = pairs.size
    for (const socket of [...pairs].flat()) {
      if (how === 'rst') socket.resetAndDestroy()
      if (how === 'fin') socket.end()
      if (how === 'freeze') frozen.add(socket.removeAllListeners('data').pause())
    }
    return met
  }

  let swallows = false
  const listener = createServer({ noDelay: true }, (client) => {
    if (swallows) {
      sockets.add(client.pause())
      client.on('error', () => {})
      return
    }
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const pair = [client, server] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [server, client] as const]) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('end', () => to.end())
      from.on('close', (hadError) => {
        sockets.delete(from)
        pairs.delete(pair)
        // A reset reaches the other end too, as without a wire in between.
        if (hadError && !frozen.has(from)) to.destroy()
      })
    }
    let lost: Lost | undefined
    const breakOff = () => {
      client.resetAndDestroy()
      server.destroy()
    }
    client.on('data', (bytes) => {
      lost ??= loses?.(bytes)
      if (lost === 'request') breakOff()
      else server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (lost === 'answer') return breakOff()
      client.write(bytes.subarray(0, Math.max(0, limit - passed)))
      passed += bytes.length
      if (passed >= limit) cut(limitHow)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, address, resolve))
  const listening = listener.address()
  if (!listening || typeof listening === 'string') throw new Error('the listener has no port')
  return {
    port: listening.port,
    cut,
    blackHole: () => {
      swallows = true
      cut('freeze')
    },
    cutAfter: (bytes, how) => {
      limit = bytes
      limitHow = how
      passed = 0
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
