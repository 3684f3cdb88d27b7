import { connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server on 127.0.0.1 that can be cut. */
export interface TcpProxy {
  readonly port: number
  /** rst: reset. fin: both sides see an orderly end. freeze: nothing passes any more and nobody is told. */
  cut(how: 'rst' | 'fin' | 'freeze'): void
  /** Cuts after so many bytes from the server. */
  cutAfter(bytes: number, how: 'rst' | 'fin'): void
  close(): Promise<void>
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>()
  let limit = Number.POSITIVE_INFINITY
  let limitHow: 'rst' | 'fin' = 'rst'
  let passed = 0

  function cut(how: 'rst' | 'fin' | 'freeze'): void {
    for (const socket of [...pairs].flat()) {
      if (how === 'rst') socket.resetAndDestroy()
      if (how === 'fin') socket.end()
      if (how === 'freeze') socket.removeAllListeners('data').pause()
    }
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const pair = [client, server] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on('error', () => {})
      from.on('end', () => to.end())
      from.on('close', () => pairs.delete(pair))
    }
    client.on('data', (bytes) => server.write(bytes))
    server.on('data', (bytes) => {
      client.write(bytes.subarray(0, Math.max(0, limit - passed)))
      passed += bytes.length
      if (passed >= limit) cut(limitHow)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (!address || typeof address === 'string') throw new Error('the listener has no port')
  return {
    port: address.port,
    cut,
    cutAfter: (bytes, how) => {
      limit = bytes
      limitHow = how
      passed = 0
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        for (const socket of [...pairs].flat()) socket.destroy()
      }),
  }
}
