import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message } from '../../playground/slack/state/messages.ts'
import { actionIds } from '../../src/slack/messages/action-ids.ts'
import type { Db } from '../../src/store/db.ts'
import { openStore } from '../../src/store/open-store.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import { storeKinds } from '../fakes/stores.ts'
import { removeAll } from '../retention/remove-all.ts'
import { asText, openRig, type Rig } from './bot.ts'

/** What a message offers to click: action ids and values; a link is no button of ours. */
function buttonsOf(message: Message): { readonly actionId: string; readonly value: string }[] {
  const found: { actionId: string; value: string }[] = []
  JSON.stringify(message.blocks ?? [], (_, each) => {
    if (each?.type === 'button' && !each.url) found.push({ actionId: each.action_id, value: each.value })
    return each
  })
  return found
}

describe.runIf(storeKinds.includes('postgres'))('what people click on messages whose runs are old', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>
  let rig: Rig
  let db: Db
  let ts: string
  let code: string

  const privately = async (text: string): Promise<string> => {
    const { private: answer } = await rig.fakeSlack.command(text)
    return asText(answer as never).replaceAll('`', '')
  }
  const thread = async (): Promise<Message[]> => [
    (await rig.fakeSlack.message('incidents', ts)) as Message,
    ...(await rig.fakeSlack.replies('incidents', ts)).filter((reply) => reply.ts !== ts),
  ]
  /** What whoever clicks reads alone: an answer, or a form. */
  async function answerTo(message: Message, actionId: string): Promise<string> {
    const before = new Set(rig.fakeSlack.openedViews().map(({ view }) => view.id))
    const clicked = await rig.fakeSlack.click({ channel: 'incidents', ts: message.ts, actionId })
    return rig.fakeSlack.waitFor(
      () => {
        const view = rig.fakeSlack.openedViews().find(({ view }) => !before.has(view.id))?.view
        const shown = asText({ text: '', blocks: view?.blocks } as never)
        if (view && !shown.includes('One moment')) return shown
        return clicked.responses()[0] && asText(clicked.responses()[0] as never)
      },
      { what: `an answer to ${actionId} on ${message.text}` },
    )
  }
  const age = (days: number) =>
    db.query(
      `UPDATE debvisor.runs SET created_at = created_at - $2 * interval '1 day', started_at = started_at - $2 * interval '1 day',
         ended_at = ended_at - $2 * interval '1 day' WHERE code = $1`,
      [code, days],
    )
  const verdictOnHost1 = async (after: readonly string[] = []): Promise<Message> => {
    await rig.fakeSlack.command('diagnose db host1')
    return rig.verdict({ after })
  }

  beforeAll(async () => {
    database = (await openDatabase()) as Awaited<ReturnType<typeof openDatabase>>
    rig = await openRig({ databaseUrl: database?.url })
    db = await openStore({ folder: '', databaseUrl: database?.url })
    const verdict = await verdictOnHost1()
    ts = verdict.ts
    code = /run ([0-9A-Z]{4})/.exec(asText(await rig.fakeSlack.message('incidents', ts)))?.[1] ?? ''
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: actionIds.ticket })
    await rig.fakeSlack.waitFor(async () => (await thread()).some((m) => m.text.startsWith('🎫 ')), {
      what: 'the ticket',
      ms: 20_000,
    })
    // One that is newer, so that the first may go.
    await verdictOnHost1([ts])
  }, 120_000)
  afterAll(async () => {
    await db?.close()
    await rig?.close()
    await database?.stop()
  })

  it('keeps all of it while its ticket is open', async () => {
    await age(900)
    await removeAll(db, { size: 1 })
    const { rows } = await db.query<{ probes: number }>(
      `SELECT (SELECT count(*) FROM debvisor.probes p WHERE p.run_id = r.id) AS probes FROM debvisor.runs r
       WHERE code = $1 AND outputs_gone_at IS NULL`,
      [code],
    )
    expect(rows[0]?.probes).toBeGreaterThan(0)
  })

  it('leaves the evidence as it stands where only the outputs have gone, and tells a new ticket so', async () => {
    const evidence = async () =>
      (await thread()).map((m) => asText(m)).filter((text) => text.includes('Cause:'))
    const before = await evidence()
    expect(before).toEqual([expect.stringContaining('`uname -s`')])
    const number = /#(\d+)/.exec((await thread()).find((m) => m.text.startsWith('🎫'))?.text ?? '')?.[1]
    await privately(`ticket ${number} close mended by hand`)
    await removeAll(db, { runs: 100_000 })
    const { rows } = await db.query(
      'SELECT 1 FROM debvisor.runs WHERE code = $1 AND outputs_gone_at IS NOT NULL',
      [code],
    )
    expect(rows).toHaveLength(1)
    // A comment has the thread drawn anew.
    await privately(`ticket ${number} comment was it the disk?`)
    await rig.fakeSlack.waitFor(
      async () => (await thread()).some((m) => asText(m).includes('was it the disk?')),
      {
        what: 'the comment',
        ms: 20_000,
      },
    )
    expect(await evidence()).toEqual(before)
    expect(await privately(`why ${code}`)).toContain('host1')
    await rig.fakeSlack.click({ channel: 'incidents', ts, actionId: actionIds.ticket })
    await rig.fakeSlack.waitFor(
      () => rig.fakeSlack.files().some((file) => /are no longer kept: they are too old/.test(file.content)),
      { what: 'a second ticket, which says what it lacks', ms: 20_000 },
    )
    await privately('ticket 2 close mended by hand')
  })

  it('answers every button and command with a sentence once the runs are gone', async () => {
    await db.query(
      `UPDATE debvisor.escalations SET closed_at = closed_at - interval '900 days', updated_at = '2020-01-01'`,
    )
    const messages = await thread()
    await removeAll(db)
    expect((await db.query('SELECT 1 FROM debvisor.runs WHERE code = $1', [code])).rows).toEqual([])
    const clicked = new Set<string>()
    for (const message of messages)
      for (const { actionId } of buttonsOf(message)) {
        clicked.add(actionId)
        expect(await answerTo(message, actionId), actionId).toMatch(
          /older than|is gone|is no longer|there is no/i,
        )
      }
    expect([...clicked]).toEqual(
      expect.arrayContaining([
        ...[actionIds.again, actionIds.right, actionIds.wrong, actionIds.history],
        ...[actionIds.lead, actionIds.page, actionIds.watch, actionIds.reopenTicket],
      ]),
    )
    for (const command of ['why', 'timeline', 'again', 'resolve'])
      expect(await privately(`${command} ${code}`)).toMatch(/There is no run/)
    for (const command of ['history host1', 'status', 'stats', 'tickets all'])
      expect(await privately(command)).not.toMatch(/broke on our side/)
    expect(rig.log.filter((line) => /"level":"error"/.test(line))).toEqual([])
  })
})
