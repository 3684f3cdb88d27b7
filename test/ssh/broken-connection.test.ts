import { appendFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect } from '../../src/ssh/connect.ts'
import type { Command, Session } from '../../src/ssh/outcome.ts'
import { type FakeHost, startFakeHost } from '../fakes/ssh-server.ts'
import { startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'
import { processesWith, uniqueSleep } from './processes.ts'

const shell = (id: string, script: string, timeoutMs = 10_000): Command => ({
  id,
  kind: 'shell',
  script,
  timeoutMs,
})

let host: FakeHost
let wire: TcpProxy
beforeEach(async () => {
  host = await startFakeHost()
  wire = await startTcpProxy(host.hop.port)
  appendFileSync(host.knownHostsFile, `[127.0.0.1]:${wire.port} ${host.hostKey}\n`)
})
afterEach(async () => {
  await wire.close()
  await host.close()
})

async function enter(): Promise<Session> {
  const hops = [{ ...host.hop, port: wire.port }]
  const connected = await connect({ kind: 'ssh', hops }, { knownHostsFile: host.knownHostsFile })
  if (!connected.ok) throw new Error(JSON.stringify(connected.failure))
  return connected.session
}

describe.each([
  ['reset', 'rst', 3_000],
  ['ended', 'fin', 3_000],
  ['frozen', 'freeze', 10_000],
] as const)('a connection %s in the middle of a wave', (_, how, withinMs) => {
  test('loses what has not answered, keeps what has, and leaves nothing on the host', async () => {
    const session = await enter()
    const time = uniqueSleep()
    let cutAt = 0
    const outcomes = await session.run(
      [
        shell('quick', 'echo done'),
        shell('long', `trap "" TERM; (setsid sleep ${time} &); sleep ${time}`, 2_500),
      ],
      {
        onOutcome: (id) => {
          if (id !== 'quick') return
          cutAt = performance.now()
          wire.cut(how)
        },
      },
    )
    expect(performance.now() - cutAt).toBeLessThan(withinMs)
    expect(outcomes.get('quick')).toMatchObject({ status: 'exited', code: 0 })
    expect(outcomes.get('long')).toMatchObject({
      status: 'lost',
      reason: expect.stringMatching(/^the connection was lost: ./),
    })
    // A frozen wire tells the host nothing: there the command's own time-out ends it.
    await vi.waitFor(() => expect(processesWith(time)).toEqual([]), 4_000)
    await session.close()
  })

  test('an idle session survives it, and its next wave is lost', async () => {
    const session = await enter()
    wire.cut(how)
    if (how !== 'freeze') await new Promise((resolve) => setTimeout(resolve, 50))
    const outcomes = await session.run([shell('late', 'true')])
    expect(outcomes.get('late')).toMatchObject({ status: 'lost' })
    await session.close()
  })
})

test('wherever a connection breaks, an answer is right or lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(12_000), fc.constantFrom('rst', 'fin'), async (bytes, how) => {
      const session = await enter()
      wire.cutAfter(bytes, how)
      const outcomes = await session.run([
        shell('short', 'echo short; exit 4'),
        shell('long', 'head -c 8000 /dev/zero'),
      ])
      wire.cutAfter(Number.POSITIVE_INFINITY, how)
      await session.close()
      const [short, long] = [outcomes.get('short'), outcomes.get('long')]
      if (short?.status !== 'lost')
        expect(short).toMatchObject({ status: 'exited', code: 4, stdout: Buffer.from('short\n') })
      if (long?.status !== 'lost')
        expect(long).toMatchObject({ status: 'exited', code: 0, stdout: Buffer.alloc(8000) })
    }),
    { numRuns: 40 },
  )
})

test('sockets do not pile up', async () => {
  const count = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length
  const before = count()
  for (let i = 0; i < 10; i++) {
    const session = await enter()
    if (i % 2) wire.cut('rst')
    await session.close()
  }
  await vi.waitFor(() => expect(count()).toBeLessThanOrEqual(before), 2_000)
})
