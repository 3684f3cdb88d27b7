import { expect, it } from 'vitest'
import { openedInTurn } from '../../../src/cli/fleet/opened-in-turn.ts'
import type { Connected, Route } from '../../../src/ssh/outcome.ts'

const through = (address: string, host: string): Route => ({
  kind: 'ssh',
  hops: [address, host].map((one) => ({ name: one, address: one, port: 22, user: 'bot', keyFile: '/k' })),
})

/** Connections that stay half open until they are let in. */
function gates() {
  const open = new Map<string, () => void>()
  const most = new Map<string, number>()
  const now = new Map<string, number>()
  const connect = (route: Route): Promise<Connected> => {
    const [jump = '', host = ''] = route.kind === 'ssh' ? route.hops.map(({ address }) => address) : []
    now.set(jump, (now.get(jump) ?? 0) + 1)
    most.set(jump, Math.max(most.get(jump) ?? 0, now.get(jump) ?? 0))
    return new Promise((resolve) =>
      open.set(host, () => {
        now.set(jump, (now.get(jump) ?? 0) - 1)
        resolve({ ok: false } as Connected)
      }),
    )
  }
  return { connect, open, most }
}

it('has at most eight logins under way at one server, as many as come, and holds up no other', async () => {
  const { connect, open, most } = gates()
  const hosts = openedInTurn({ connect })
  const all = Array.from({ length: 30 }, (_, at) => hosts.connect(through('jump', `h${at}`)))
  const other = hosts.connect(through('elsewhere', 'other'))
  await Promise.resolve()
  expect([open.size, open.has('other')]).toEqual([9, true])
  open.get('other')?.()
  await other
  for (let at = 0; at < 30; at += 1) {
    while (!open.has(`h${at}`)) await Promise.resolve()
    open.get(`h${at}`)?.()
  }
  await Promise.all(all)
  expect(most.get('jump')).toBe(8)
})

it('gives the place on where a connection fails', async () => {
  let tries = 0
  const connect = async (_route: Route): Promise<Connected> => {
    tries += 1
    throw new Error('refused')
  }
  const hosts = openedInTurn({ connect })
  const all = Array.from({ length: 20 }, (_, at) => hosts.connect(through('jump', `h${at}`)))
  await Promise.allSettled(all)
  expect(tries).toBe(20)
})
