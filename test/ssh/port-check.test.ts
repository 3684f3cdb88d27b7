import { readFileSync, writeFileSync } from 'node:fs'
import { connect as connectTcp, createServer, type Server } from 'node:net'
import type { Connection } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../../src/ssh/connect.ts'
import { openLocalSession } from '../../src/ssh/local-session.ts'
import type { Hop, Session } from '../../src/ssh/outcome.ts'
import { startFakeHost } from '../fakes/ssh-server.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A server that says nothing; how many came, and a port where nothing listens any more. */
async function listen(): Promise<{ port: number; came: () => number; stop: () => Promise<void> }> {
  let came = 0
  const server: Server = createServer((socket) => {
    came++
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, came: () => came, stop }
}

async function enter(hops: Hop[], knownHostsFile: string): Promise<Session> {
  const connected = await connect({ kind: 'ssh', hops }, { knownHostsFile })
  if (!connected.ok) throw new Error(connected.failure.reason)
  closing.push(() => connected.session.close())
  return connected.session
}

const options = { ms: 2_000 }

describe('a port tried from outside', () => {
  test('is reached, or refused, at the address that the inventory has', async () => {
    const host = await startFakeHost()
    closing.push(host.close)
    const session = await enter([host.hop], host.knownHostsFile)
    const front = await listen()
    const to = `127.0.0.1 port ${front.port}`
    expect(await session.checkPort?.(front.port, options)).toMatchObject({
      answer: 'ok',
      from: 'the bot',
      to,
    })
    expect(front.came()).toBe(1)
    await front.stop()
    expect(await session.checkPort?.(front.port, options)).toMatchObject({ answer: 'refused', to })
  })

  test('is given up in time, and when the run is stopped', async () => {
    const host = await startFakeHost()
    closing.push(host.close)
    const session = await enter([host.hop], host.knownHostsFile)
    const front = await listen()
    closing.push(front.stop)
    expect(await session.checkPort?.(front.port, { ms: 0 })).toMatchObject({
      answer: expect.stringMatching(/ok|timed out/),
    })
    const stopped = AbortSignal.abort()
    expect(await session.checkPort?.(front.port, { ...options, signal: stopped })).toMatchObject({
      answer: 'stopped',
    })
  })

  test('is tried through the jump host, from where the host is reached', async () => {
    const tried: number[] = []
    const forwarding = (connection: Connection): void => {
      connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
        tried.push(destPort)
        const target = connectTcp({ host: destIP, port: destPort })
        target.once('error', () => reject())
        target.once('connect', () => {
          const channel = accept()
          channel.on('error', () => {})
          target.on('error', () => {})
          target.pipe(channel).pipe(target)
        })
      })
    }
    const [jump, target] = [await startFakeHost({ onConnection: forwarding }), await startFakeHost()]
    closing.push(jump.close, target.close)
    const pinned = readFileSync(jump.knownHostsFile, 'utf8') + readFileSync(target.knownHostsFile, 'utf8')
    writeFileSync(jump.knownHostsFile, pinned)
    const session = await enter([{ ...jump.hop, name: 'bastion' }, target.hop], jump.knownHostsFile)
    const front = await listen()
    const from = 'the jump host bastion'
    expect(await session.checkPort?.(front.port, options)).toMatchObject({ answer: 'ok', from })
    expect(tried).toEqual([target.hop.port, front.port])
    await front.stop()
    const refused = await session.checkPort?.(front.port, options)
    expect(refused?.from).toBe(from)
    expect(['refused', 'failed']).toContain(refused?.answer)
  })

  test('does not exist for this machine itself', () => {
    expect(openLocalSession().checkPort).toBeUndefined()
  })
})
