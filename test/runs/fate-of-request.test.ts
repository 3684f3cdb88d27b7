import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../../src/access/authorize.ts'
import { type Caller, guard } from '../../src/handlers/guard.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import { fateOf, noteEffect } from '../../src/runs/requests/fate-of-request.ts'
import type { Message } from '../../src/slack/message.ts'
import type { Workspace } from '../../src/slack/workspace/workspace.ts'
import type { Db } from '../../src/store/db.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { firstDelivery } from '../../src/store/seen-deliveries.ts'
import { openTestStore, storeKinds, storeWith, type TestStore } from '../fakes/stores.ts'
import { type Lost, startTcpProxy, type TcpProxy } from '../fakes/tcp-proxy.ts'

const member: Person = { id: 'U1', team: 'T1', deleted: false, bot: false, guest: false, stranger: false }
const slack = { memberships: async () => new Map(), person: async () => member } as unknown as Workspace
const log = makeLogger('silent', (text) => text)
const entry = { name: '/debvisor', action: 'ask' } as const
let asked = 0
const caller = (): Caller => ({
  team: 'T1',
  user: 'U1',
  channel: 'C1',
  responseUrl: null,
  trigger: `trigger ${++asked}`,
  text: 'diagnose db host1',
})

describe.runIf(storeKinds.includes('postgres'))('a request whose COMMIT breaks off', () => {
  let store: TestStore
  let wire: TcpProxy
  let db: Db
  let loses: Lost | undefined
  beforeAll(async () => {
    store = await openTestStore('postgres')
    await store.db.query('CREATE TABLE public.effects (name text PRIMARY KEY)')
    const url = new URL(store.config.databaseUrl ?? '')
    wire = await startTcpProxy(Number(url.port), {
      loses: (bytes) => {
        if (!bytes.includes('COMMIT\0')) return undefined
        const what = loses
        loses = undefined
        return what
      },
    })
    url.port = String(wire.port)
    db = await openPostgres(url.href)
  })
  afterAll(async () => {
    await db?.close()
    await wire?.close()
    await store?.stop()
  })

  const effects = async () => (await store.db.query<{ name: string }>('SELECT name FROM public.effects')).rows
  async function request(lost: Lost | undefined, name: string): Promise<Message | undefined> {
    const bot = { store: storeWith(db), slack, access: { homeTeam: 'T1' }, log }
    return guard(bot, entry, caller(), async (allowed) => {
      const permit = await allowed.permit('diagnose', { host: 'host1', topic: 'db' })
      if (!permit.allowed) throw new Error('it is allowed')
      loses = lost
      await bot.store.tx(async (tx) => {
        await tx.query('INSERT INTO public.effects VALUES ($1)', [name])
        await permit.audit(tx, 'an effect')
      })
      return undefined
    })
  }

  it('on its way back is told as what it is: stored', async () => {
    const answer = await request('answer', 'answer lost')
    expect(await effects()).toContainEqual({ name: 'answer lost' })
    expect(answer?.text).toMatch(/is stored/)
    expect(answer?.text).not.toMatch(/nothing was started/)
  })

  it('on its way there is told as what it is: nothing was started', async () => {
    const answer = await request('request', 'request lost')
    expect(await effects()).not.toContainEqual({ name: 'request lost' })
    expect(answer?.text).toMatch(/nothing was started/)
  })

  it('is told the same each time that it comes: a form keeps its name', async () => {
    const form = caller()
    expect(await fateOf(db, form)).toBe('not stored')
    expect(await fateOf(db, form)).toBe('not stored')
    await store.db.tx((tx) => noteEffect(tx, form))
    expect(await fateOf(db, form)).toBe('stored')
  })

  it('starts nothing any more, where its copy comes after that was said; and its copy is believed, where it came first', async () => {
    const [late, early] = [caller(), caller()]
    const copy = ({ team, trigger }: Caller) => firstDelivery(store.db, `${team}:${trigger}`)
    expect(await fateOf(db, late, { mayComeAgain: false })).toBe('not stored')
    expect(await copy(late)).toBe(false)
    expect(await copy(early)).toBe(true)
    expect(await fateOf(db, early, { mayComeAgain: false })).toBe('stored')
  })

  it('is waited for where it is not through yet', async () => {
    const slow = caller()
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let noted = () => {}
    const isNoted = new Promise<void>((resolve) => {
      noted = resolve
    })
    const storing = store.db.tx(async (tx) => {
      await noteEffect(tx, slow)
      noted()
      await held
    })
    await isNoted
    const fate = fateOf(db, slow)
    go()
    await storing
    expect(await fate).toBe('stored')
  })
})

it('a request that broke where the store is away is told that nobody knows', async () => {
  const away = {
    tx: async () => {
      throw new Error('connection refused')
    },
  }
  expect(await fateOf(away, caller())).toBe('unknown')
  const bot = {
    store: away,
    slack,
    access: { homeTeam: 'T1' },
    log,
  } as unknown as Parameters<typeof guard>[0]
  const answer = await guard(bot, entry, caller(), async () => {
    throw new Error('connection refused')
  })
  expect(answer?.text).toMatch(/nobody knows/)
})
