import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { auditRows, verifyAudit } from '../../src/store/audit/audit.ts'
import type { Db } from '../../src/store/db.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { type Mending, openMending } from './fix-scene.ts'

const ways = [
  { mode: 'socket', store: 'embedded' },
  { mode: 'http', store: 'postgres' },
] as const

describe.each(ways.filter(({ store }) => storeKinds.includes(store)))(
  'a fix over $mode with the $store store',
  ({ mode, store }) => {
    let on: Mending
    let stopPostgres: (() => Promise<void>) | undefined
    beforeAll(async () => {
      const postgres = store === 'postgres' ? await openDatabase() : undefined
      stopPostgres = postgres?.stop
      on = await openMending({ mode, store, databaseUrl: postgres?.url })
    })
    beforeEach(() => on.write('runs', ''))
    afterAll(async () => {
      await on?.close()
      await stopPostgres?.()
    })

    it('outside production is shown, applied by one person, and looked after', async () => {
      const { ts } = await on.diagnose('host2')
      const { id, said } = await on.open(ts)
      expect(said).toContain('Mend the gauge on host2')
      expect(said).toMatch(/\$ sh \S+\/count\.sh plain\n/)
      expect(said).toContain('Expected: The gauge works')
      expect(said).toContain('Risk: It may catch fire')
      expect(said).toContain('logs in as debvisor-fix')
      await on.rig.fakeSlack.submit({ view: id })
      expect(JSON.stringify(on.rig.fakeSlack.openedViews().at(-1)?.view)).toContain(
        'Mend the gauge on host2 runs at once.',
      )
      const after = await on.threadSays(ts, /Mend the gauge on host2: ran · resolved/)
      expect(on.runs()).toEqual(['plain'])
      expect(after).toMatch(/Before: gauge\.broken \(gauge\)\n\s*After: 🟢 gauge on host2/)
      expect(after).toMatch(/step2: exit status 0.*\n\s*mended/)
      const solved = await on.says(
        ts,
        /^☑️ gauge on host2: fix Mend the gauge by @\w+ worked, found healthy /u,
      )
      expect(solved.match(/\[.*\]/)?.[0]).toBe('[Check again]')
      expect(solved).toContain('It was: The gauge is broken')
    })

    it('on production waits for a second person; the message changes for everyone, and its buttons go', async () => {
      const { ts } = await on.diagnose()
      expect(await on.apply(ts)).toMatch(
        /^Mend the gauge on host1 waits for approval; nothing has run\. Somebody/,
      )
      const asked = await on.fixMessage(ts)
      expect(asText(asked)).toMatch(
        /waits for approval[\s\S]*somebody else has to approve[\s\S]*\[Approve\] \[Do not run\]/,
      )
      expect(asText(asked)).toContain(`@${on.rig.fakeSlack.users.ana}`)
      expect(asText(await on.rig.fakeSlack.message('incidents', ts))).not.toContain('[Apply fix]')
      expect(await on.refusal(asked.ts, 'fix_approve', 'ana')).toMatch(/somebody else has to approve/)
      expect(on.runs()).toEqual([])
      await on.click(asked.ts, 'fix_approve', 'bo')
      const after = await on.threadSays(ts, /ran · resolved/)
      expect(after).toContain(`approved by @${on.rig.fakeSlack.users.bo}`)
      expect(after).not.toContain('[Approve]')
      expect(on.runs()).toEqual(['plain'])
    })

    it('shows what would change to both, and is void where that is more by then', async () => {
      const { ts } = await on.diagnose()
      const { id, said } = await on.open(ts)
      expect(said).toMatch(
        /Changes 1 path from off:off to on:on, seen \d+ s before the form opened, at [\s\S]*the needle is off/,
      )
      await on.rig.fakeSlack.submit({ view: id })
      const asked = await on.fixMessage(ts)
      expect(asText(asked)).toMatch(/Changes 1 path from off:off to on:on[\s\S]*the needle is off/)
      on.write('broken', 'the needle is off\n'.repeat(40))
      await on.click(asked.ts, 'fix_approve', 'bo')
      const after = await on.threadSays(ts, /void, nothing was run/)
      expect(after).toContain('It would change 40 paths now, and the form showed 1. Nothing was run.')
      expect(on.runs()).toEqual([])
      on.remove('broken')
    })

    it('is void where somebody else would notice who was not shown', async () => {
      const { ts } = await on.diagnose()
      await on.apply(ts)
      on.write('broken', 'the needle is off\nothers use it\n')
      await on.click((await on.fixMessage(ts)).ts, 'fix_approve', 'bo')
      expect(await on.threadSays(ts, /void, nothing was run/)).toContain(
        'It would concern more now than the form showed: others use it.',
      )
      expect(on.runs()).toEqual([])
      on.remove('broken')
    })

    it('is declined by a second person, and may be asked for again', async () => {
      const { ts } = await on.diagnose()
      await on.apply(ts)
      const asked = await on.fixMessage(ts)
      await on.click(asked.ts, 'fix_decline', 'bo')
      await on.threadSays(ts, /declined, nothing was run[\s\S]*declined by/)
      expect(await on.says(ts, /declined[\s\S]*\[Apply fix\]/)).toBeTruthy()
      expect(on.runs()).toEqual([])
      on.remove('broken')
    })

    it('runs once, whoever clicks at the same time and however often', async () => {
      const { ts } = await on.diagnose()
      const [first, second] = [await on.open(ts, 'ana'), await on.open(ts, 'bo')]
      const submitted = await Promise.all([
        on.rig.fakeSlack.submit({ view: first.id, user: 'ana' }),
        on.rig.fakeSlack.submit({ view: second.id, user: 'bo' }),
      ])
      expect(submitted.every(({ status }) => status === 200)).toBe(true)
      const open = on.rig.fakeSlack
        .openedViews()
        .map(({ view }) => asText({ text: '', blocks: view.blocks } as never))
      expect(open.join('\n')).toContain('Another change of host1 is under way')
      const asked = await on.fixMessage(ts)
      const other = asText(asked).includes(`asked for by @${on.rig.fakeSlack.users.ana}`) ? 'bo' : 'ana'
      on.rig.fakeSlack.faults.duplicateDeliveries(1)
      await Promise.all([on.click(asked.ts, 'fix_approve', other), on.click(asked.ts, 'fix_approve', other)])
      await on.threadSays(ts, /ran · resolved/)
      expect(on.runs()).toEqual(['plain'])
    })

    it('that does not help says so, and offers to escalate; one that harms says what is new', async () => {
      const { ts } = await on.diagnose('host2')
      on.write('mend.sh', `touch ${on.file('worse')}; echo oops\n`)
      await on.apply(ts)
      const after = await on.threadSays(ts, /ran · worse: there is a new cause/)
      expect(after).toContain('The gauge is on fire: it burns')
      // The verdict of the re-check is a message of its own, which comes after it.
      await on.threadSays(ts, /🔴 gauge on host2[\s\S]*\[Open ticket\]/)
      on.remove('worse')
      on.write('mend.sh', 'echo nothing\n')
      const next = await on.diagnose('host2')
      await on.apply(next.ts)
      await on.threadSays(next.ts, /ran · not resolved/)
      on.write('mend.sh', `rm -f ${on.file('broken')}; echo mended\n`)
    })

    it('whose command fails says what it said, and sends no further step', async () => {
      const { ts } = await on.diagnose('host2')
      on.write('count.sh', `echo "$1" >>${on.file('runs')}; echo no such gauge >&2; exit 3\n`)
      await on.apply(ts)
      const after = await on.threadSays(ts, /failed · not resolved/)
      expect(after).toContain('exit status 3: no such gauge')
      expect(after).not.toContain('step2:')
      on.write('count.sh', `echo "$1" >>${on.file('runs')}\n`)
      on.remove('broken')
    })

    it('is refused to a person without the right, privately, and nothing else is shown', async () => {
      const { ts } = await on.diagnose('host2')
      expect((await on.open(ts, 'lead')).said).toMatch(/^\s*You may not apply a fix: no rule.*\s*$/)
      // For somebody who is no member not even an empty form opens.
      const opened = on.rig.fakeSlack.calls('views.open').length
      expect(await on.refusal(ts, 'fix_apply', 'guest')).toMatch(/^Guests may not/)
      expect(on.rig.fakeSlack.calls('views.open')).toHaveLength(opened)
    })

    it.each([
      ['an id that is none', 'fix_apply', "'; DROP TABLE fixes; --"],
      ['an id of nothing', 'fix_approve', '0b6f2c9e-7f3a-4c11-9a55-0c5a8a5f7f3e'],
      ['an action of nobody', 'fix_everything', 'x'],
    ])('a forged button with %s gets a private answer, and nothing is done', async (_, actionId, value) => {
      const { ts } = await on.diagnose('host2')
      const forged = { actionId, value }
      const said =
        actionId === 'fix_apply'
          ? (await on.open(ts, 'ana', forged)).said
          : await on.refusal(ts, 'run_again', 'ana', forged)
      expect(said).toMatch(/nothing was done/i)
      expect(on.runs()).toEqual([])
    })
  },
)

interface Entry {
  readonly actor: string
  readonly decision: string
  readonly [key: string]: string | null
}

// These look into the bot's own store, which the embedded one allows nobody.
describe.runIf(storeKinds.includes('postgres'))('a fix that is no longer what was approved', () => {
  let on: Mending
  let db: Db
  let stopPostgres: () => Promise<void>
  beforeAll(async () => {
    const postgres = await openDatabase()
    if (!postgres) throw new Error('there is no PostgreSQL here')
    stopPostgres = postgres.stop
    on = await openMending({ databaseUrl: postgres.url })
    db = await openStore({ databaseUrl: postgres.url, folder: '' })
  })
  beforeEach(() => on.write('runs', ''))
  afterAll(async () => {
    await db?.close()
    await on?.close()
    await stopPostgres?.()
  })

  async function entries(): Promise<Entry[]> {
    const all: Entry[] = []
    for await (const row of auditRows(db)) all.push(JSON.parse(row.entry) as Entry)
    return all
  }

  it('has its rows in the audit: shown, asked for, refused to the same person, approved, begun, ended', async () => {
    const { ts } = await on.diagnose()
    await on.apply(ts)
    const asked = await on.fixMessage(ts)
    await on.click(asked.ts, 'fix_approve', 'ana')
    await on.click(asked.ts, 'fix_approve', 'bo')
    await on.threadSays(ts, /ran · resolved/)
    const { ana, bo } = on.rig.fakeSlack.users
    const told = (await entries()).filter(({ action }) => action === 'fix' || action === 'approve')
    expect(
      told.map(({ actor, door, decision, target }) => [
        actor,
        door,
        decision,
        target?.replace(/[0-9a-f-]{36}/, 'ID'),
      ]),
    ).toEqual([
      [ana, 'fix_apply', 'allowed', 'fix ID shown'],
      [
        ana,
        'fix_asked_for',
        'allowed',
        expect.stringMatching(/^fix ID asked for: sh \S+count\.sh plain && sh \S+mend\.sh$/),
      ],
      [ana, 'fix_approve', 'refused', undefined],
      [bo, 'fix_approve', 'allowed', expect.stringMatching(/^fix ID approved, asked for by U\w+: sh /)],
      [ana, 'fix', 'allowed', expect.stringMatching(/^fix ID begins: sh /)],
      [ana, 'fix', 'allowed', expect.stringMatching(/^fix ID succeeded; run \w+ looks again$/)],
    ])
    expect(told[2]?.reason).toMatch(/somebody else has to approve/)
    expect((await verifyAudit(db)).ok).toBe(true)
  })

  it('what cannot be written down is not done', async () => {
    const { ts } = await on.diagnose('host2')
    const { id } = await on.open(ts)
    await db.query('ALTER TABLE debvisor.audit RENAME TO audit_away')
    try {
      await on.rig.fakeSlack.submit({ view: id })
    } finally {
      await db.query('ALTER TABLE debvisor.audit_away RENAME TO audit')
    }
    expect(
      (await db.query(`SELECT 1 FROM debvisor.fixes WHERE state <> 'proposed' AND ended_at IS NULL`))
        .rowCount,
    ).toBe(0)
    expect(on.runs()).toEqual([])
  })

  /** Somebody asks on production; then something happens; then somebody else approves. */
  async function approvedAfter(change: () => Promise<void> | void): Promise<string> {
    const { ts } = await on.diagnose()
    await on.apply(ts)
    const asked = await on.fixMessage(ts)
    await change()
    await on.click(asked.ts, 'fix_approve', 'bo')
    const thread = await on.threadSays(ts, /void, nothing was run|not approved in time, nothing was run/)
    expect(on.runs()).toEqual([])
    return thread
  }
  const edit = (name: string, from: string, to: string) => {
    const file = join(on.rig.demoHosts.folder, name)
    const text = readFileSync(file, 'utf8')
    if (!text.includes(from)) throw new Error(`${name} does not say ${from}`)
    writeFileSync(file, text.replace(from, to))
  }

  it('because its runbook changed is void', async () => {
    const said = await approvedAfter(async () => {
      edit('own/gauge.yml', 'risk: It may catch fire', 'risk: None at all')
      await on.rig.restart()
    })
    expect(said).toContain('The runbook of gauge has changed')
  })

  it('because the command would be another one is void', async () => {
    const said = await approvedAfter(async () => {
      edit('inventory.yml', 'vars:\n', 'vars:\n    word: other\n')
      await on.rig.restart()
    })
    expect(said).toContain('the command would be another one now')
    edit('inventory.yml', '    word: other\n', '')
    await on.rig.restart()
  })

  it('because it would be sent as another login is void', async () => {
    const said = await approvedAfter(async () => {
      edit('inventory.yml', 'fix_user: debvisor-fix', 'fix_user: somebody-else')
      await on.rig.restart()
    })
    expect(said).toContain('Fixes log in to host1 as somebody-else now')
    edit('inventory.yml', 'fix_user: somebody-else', 'fix_user: debvisor-fix')
    await on.rig.restart()
  })

  it('because the host has another key is void, though that key is pinned', async () => {
    const said = await approvedAfter(() => on.rig.demoHosts.newHostKey())
    expect(said).toContain('The host key of host1 is not the one that the run saw')
  })

  it('because somebody mended it by hand meanwhile is void, and the thread shows that nothing is wrong', async () => {
    const said = await approvedAfter(() => on.remove('broken'))
    expect(said).toContain('The cause is gone. Nothing was run.')
    const ts =
      (await on.rig.fakeSlack.messages()).findLast((m) => /^🔴 gauge on host1/u.test(m.text))?.ts ?? ''
    await on.threadSays(ts, /void, nothing was run · resolved[\s\S]*After: 🟢 gauge on host1/)
    expect(await on.says(ts, /nothing was run · resolved/)).not.toContain('[Apply fix]')
  })

  it('because its 15 minutes are over is not run, whether or not anybody clicks', async () => {
    const clicked = await approvedAfter(async () => {
      await db.query(
        `UPDATE debvisor.fixes SET expires_at = now() - interval '1 second' WHERE state = 'awaiting-approval'`,
      )
      await db.query(
        `UPDATE debvisor_queue.job SET start_after = now() WHERE name = 'fix-expiry' AND state < 'active'`,
      )
    })
    expect(clicked).toMatch(/not approved in time, nothing was run/)
  })

  it('of a message that a newer run has overtaken is refused, and so is one of half an hour ago', async () => {
    const { ts } = await on.diagnose('host2')
    const newer = await on.diagnose('host2')
    expect((await on.open(ts)).said).toContain('This is not the newest look at host2')
    await db.query(`UPDATE debvisor.runs SET ended_at = ended_at - interval '31 minutes'`)
    expect((await on.open(newer.ts)).said).toContain('older than half an hour')
  })
})
