import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { type Mending, openMending } from './fix-scene.ts'

/** A store that answers nothing for as long as the test holds these tables: slower than any limit of Slack's. */
const HELD = 'debvisor.deliveries, debvisor.runs, debvisor.fixes, debvisor.audit, debvisor.audit_head'

describe.runIf(storeKinds.includes('postgres')).each(['socket', 'http'] as const)(
  'Apply fix over %s, while the store does not answer',
  (mode) => {
    let on: Mending
    let holder: pg.Client
    let stopPostgres: () => Promise<void>
    beforeAll(async () => {
      const postgres = await openDatabase()
      if (!postgres) throw new Error('there is no PostgreSQL here')
      stopPostgres = postgres.stop
      on = await openMending({ mode, databaseUrl: postgres.url })
      holder = new pg.Client({ connectionString: postgres.url })
      await holder.connect()
    })
    afterAll(async () => {
      await holder?.end()
      await on?.close()
      await stopPostgres?.()
    })

    const forms = () =>
      on.rig.fakeSlack.openedViews().map(({ view }) => asText({ text: '', blocks: view.blocks } as never))

    it('is acknowledged and its form opens first; what would run is shown once the store answers', async () => {
      const { fakeSlack } = on.rig
      const { ts } = await on.diagnose('host2')
      const before = fakeSlack.calls().length
      await holder.query(`BEGIN; LOCK TABLE ${HELD} IN ACCESS EXCLUSIVE MODE`)
      try {
        const clicked = await fakeSlack.click({ channel: 'incidents', ts, actionId: 'fix_apply' })
        expect(clicked).toMatchObject({ status: 200 })
        await fakeSlack.waitFor(() => forms().some((said) => said.includes('Looking what would run')), {
          what: 'the empty form',
        })
        const asked = fakeSlack
          .calls()
          .slice(before)
          .map(({ method }) => method)
          // The run's own last messages may still be on their way.
          .filter((method) => method.startsWith('views.'))
        expect(asked).toEqual(['views.open'])
      } finally {
        await holder.query('ROLLBACK')
      }
      await fakeSlack.waitFor(() => forms().some((said) => said.includes('Mend the gauge on host2')), {
        what: 'what would run',
        ms: 20_000,
      })
      expect(fakeSlack.calls('views.open')).toHaveLength(1)
    })

    it('an approval is acknowledged only when it is stored', async () => {
      const { ts } = await on.diagnose('host1')
      await on.apply(ts)
      const asked = await on.fixMessage(ts)
      await holder.query('BEGIN; LOCK TABLE debvisor.audit_head IN ACCESS EXCLUSIVE MODE')
      let acknowledged = false
      const clicked = on.rig.fakeSlack
        .click({ channel: 'incidents', ts: asked.ts, actionId: 'fix_approve', user: 'bo' })
        .finally(() => {
          acknowledged = true
        })
      // The approval is there, and its row of the audit is waited for.
      await vi.waitFor(async () => {
        const { rowCount } = await holder.query(
          `SELECT FROM pg_locks WHERE NOT granted AND relation = 'debvisor.audit_head'::regclass`,
        )
        expect(rowCount).toBe(1)
      }, 10_000)
      expect(acknowledged).toBe(false)
      await holder.query('ROLLBACK')
      expect(await clicked).toMatchObject({ status: 200 })
      await on.threadSays(ts, /ran · resolved/)
    })
  },
)
