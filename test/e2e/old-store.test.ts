import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { verifyAudit } from '../../src/store/audit/audit.ts'
import { storeKinds } from '../fakes/stores.ts'
import { asText } from './bot.ts'
import { hostOfRun, names, rowsOf, shown, told, withoutIds } from './old-store/fixture.ts'
import { type OldStore, openOldStore } from './old-store.ts'

// The store of c4090bf, and the buttons, forms and messages of then, met by today's code. The tests build on each other.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 })

let on: OldStore
const clicked = new Set<string>()
const submitted = new Set<string>()

beforeAll(async () => {
  on = await openOldStore(storeKinds[0] ?? 'embedded')
})
afterAll(() => on?.close())

const click: OldStore['click'] = (host, actionId, options) => {
  clicked.add(actionId)
  return on.click(host, actionId, options)
}
const submit: OldStore['submit'] = (callbackId, values) => {
  submitted.add(callbackId)
  return on.submit(callbackId, values)
}
const until = <T>(look: () => T | Promise<T>, what: string) =>
  on.rig.fakeSlack.waitFor(look, { what, ms: 30_000 })
/** Of what is outside, Slack does not tell when it changes. */
const outside = (look: () => boolean | Promise<boolean>) =>
  vi.waitUntil(look, { timeout: 30_000, interval: 100 })
const escalation = (host: string, level: number) => {
  const found = rowsOf('escalations').find(
    (row) => hostOfRun.get(row.run_id ?? '') === host && row.level === String(level),
  )
  return { id: found?.id ?? '', ...(JSON.parse(found?.external ?? '{}') as { dedupKey?: string }) }
}
const alertOf = (host: string) =>
  on.pager.alerts.filter(({ dedupKey }) => dedupKey === escalation(host, 3).dedupKey)
const direct = (user: string, words: RegExp) =>
  until(
    async () => (await on.rig.fakeSlack.dms(user)).find((each) => words.test(asText(each))),
    `${words} to ${user}`,
  )
/** What a button on a ticket opens. */
const forms: Readonly<Record<string, string>> = {
  ticket_edit: 'ticket_edited',
  ticket_comment: 'ticket_commented',
  ticket_assign: 'ticket_assigned',
  ticket_close: 'ticket_closed',
}
const text = (value: string) => ({ type: 'plain_text_input', value })
const chosen = (value: string) => ({ type: 'static_select', selected_option: { value } })
const person = (name: string) => ({ type: 'users_select', selected_user: on.rig.fakeSlack.users[name] })

it('the runs that were under way end in their own messages, and the one that waited runs', async () => {
  await on.says('crawling', /^🟢 snail on crawling/u)
  await on.says('lost', /^🔴 gauge on lost/u)
  await until(
    async () => (await on.rig.fakeSlack.messages()).find((each) => /^🔴 gauge on queued/u.test(each.text)),
    'the verdict of the run that waited',
  )
})

it('what waited to be sent is sent once, and a time limit that is over pages', async () => {
  await direct('lead', /gauge on waiting/)
  await direct('lead', /gauge on due/)
  await on.threadSays('waiting', /📟 On-call · paged .*through PagerDuty/)
  await on.threadSays('due', /because nobody acknowledged .*through PagerDuty/)
  await on.threadSays('waiting', /GitHub: ops-bot\/ops#12/)
  await outside(() => on.mail.mails.length === 2)
  expect(alertOf('waiting')).toHaveLength(1)
  expect(alertOf('over')).toHaveLength(0)
})

it('a fix that was approved runs once, and one that was under way is unknown and not run again', async () => {
  await on.threadSays('approved', /ran · resolved/)
  await on.threadSays('running', /nobody knows whether it ran · not resolved/)
  expect([on.runs('approved'), on.runs('running'), on.runs('unknown')]).toEqual(['once\n', '', ''])
  // Of two from then, and of the two that ended now.
  await outside(() => on.pager.changes.length === 4)
})

it('the list of tickets of then has its second page', async () => {
  const { fakeSlack } = on.rig
  clicked.add('tickets_more')
  const [list] = fakeSlack.ephemerals('ana')
  const more = await fakeSlack.click({ channel: 'incidents', ts: list?.ts ?? '', actionId: 'tickets_more' })
  await until(() => more.responses()[0], 'the second page')
  expect(more.responses()[0]?.text).toMatch(/Open tickets: 11 to/)
})

it('what PagerDuty says of an incident of then is followed, and what it said then is not followed twice', async () => {
  expect(await on.webhookAgain(0)).toContain('repeated')
  const agent = { id: 'PUSER01', type: 'user_reference', summary: 'Carla Night' }
  const now = {
    id: '01NEW',
    event_type: 'incident.acknowledged',
    occurred_at: new Date().toISOString(),
    agent,
  }
  await on.webhookAgain(0, now)
  await on.threadSays('paged', /✅ On-call · acknowledged by Carla Night.*incident #1: https/s)
})

it('the forms that were open then can be submitted', async () => {
  const edited = { title: text('A bent needle'), severity: chosen('info'), opening: text('Look at it.') }
  const override = { what: chosen('page'), reason: text('the release of tonight hangs on it') }
  expect(
    await Promise.all([
      submit('ticket_edited', edited),
      submit('ticket_commented', { comment: text('It hangs.') }),
      submit('ticket_assigned', { assignee: person('bo'), status: chosen('in-progress') }),
      submit('ticket_closed', { reason: text('Bent back.') }),
      submit('ladder_reassigned', { to: person('bo') }),
      submit('page_override', override),
      submit('fix_asked_for', {}),
    ]),
  ).toEqual(
    // What was done is said in each form's place; the choice of the page's form is read as it was.
    [
      'You changed the title, severity and description of ticket #',
      'Your comment is on ticket #',
      'is now assigned to ',
      'You closed ticket #',
      ' is being written to about gauge on lead1.',
      'The on-call is being paged',
      'Mend the gauge on form runs at once.',
    ].map((words) => ({ status: 200, body: expect.stringContaining(words) })),
  )
  expect([...submitted].sort()).toEqual([...names.callbackIds].sort())
  const { bo } = on.rig.fakeSlack.users
  await on.says('ticket1', /A bent needle/, 'ticket')
  await on.threadSays('ticket2', /It hangs\./)
  await on.says('ticket3', new RegExp(`in progress.*@${bo}`), 'ticket')
  await on.says('ticket4', /✅ closed by .*: Bent back\./, 'ticket')
  await direct('bo', /gauge on lead1/)
  await on.says('lead1', /➡️ Reassigned to/, 'lead')
  const reached = 'direct message, e-mail to devops@debvisor\\.internal'
  const because = 'not in production; paged because: the release of tonight hangs on it'
  await on.says(
    'overdue',
    new RegExp(`DevOps lead .*contacted .*: ${reached}.*On-call.*${because}`, 's'),
    'ladder',
  )
  await on.threadSays('form', /ran · resolved/)
  expect(on.runs('form')).toBe('once\n')
})

it('the buttons of then under a verdict', async () => {
  await click('fine', 'run_again')
  await click('offered', 'escalate_1')
  await click('blind', 'escalate_2')
  await click('failed', 'escalate_3', { key: 'unreached' })
  await click('gone', 'ladder_resolve_all')
  await on.threadSays('fine', /🟢 gauge on fine.*checks run \w+ again/s)
  await on.threadSays('offered', /🎫 Ticket #13/)
  await direct('lead', /gauge on blind/)
  await on.says('failed', /not by direct message: user_not_found.*550 nobody.*📟 On-call · paged/s, 'ladder')
  await on.says('failed', /📟 On-call · paged .*through PagerDuty/, 'ladder')
  expect(alertOf('failed')).toHaveLength(1)
  await on.says('gone', /What was open from before is closed:/)
})

it('the buttons of then on tickets', async () => {
  const { fakeSlack } = on.rig
  const byForm = async (host: string, actionId: string, values: Readonly<Record<string, string>>) => {
    const view = await on.form(forms[actionId] ?? '', () => click(host, actionId, { key: 'ticket' }))
    const given = Object.entries(values).map(([block, value]) => [block, { value }])
    expect(await fakeSlack.submit({ view, values: Object.fromEntries(given) })).toMatchObject({ status: 200 })
  }
  await click('ticket5', 'ticket_take', { key: 'ticket' })
  await on.says('ticket5', /in progress/, 'ticket')
  await byForm('ticket5', 'ticket_edit', { title: 'A needle at rest' })
  await byForm('ticket5', 'ticket_comment', { comment: 'It rests.' })
  await byForm('ticket6', 'ticket_assign', { assignee: fakeSlack.users.ana })
  await on.says('ticket6', new RegExp(`@${fakeSlack.users.ana}`), 'ticket')
  await byForm('ticket6', 'ticket_close', { reason: 'It moves.' })
  await click('closed', 'ticket_reopen', { key: 'ticket' })
  await on.says('ticket5', /A needle at rest/, 'ticket')
  await on.threadSays('ticket5', /It rests\./)
  await on.says('ticket6', /✅ closed by .*: It moves\./, 'ticket')
  await on.says('closed', /⚪ open/, 'ticket')
  await on.says('closed', /🎫 Ticket #9 .*On-call · de-escalated by .*paged because: the release/s, 'ladder')
})

it('the buttons of then on the ladder', async () => {
  await click('lead2', 'ladder_acknowledge', { key: 'lead', user: 'lead' })
  await click('taken', 'ladder_deescalate', { key: 'ladder' })
  await click('paged', 'ladder_resolve', { key: 'ladder' })
  const view = await on.form('ladder_reassigned', () => click('lead3', 'ladder_reassign', { key: 'ladder' }))
  await on.rig.fakeSlack.submit({ view, values: { to: { value: on.rig.fakeSlack.users.bo } } })
  await on.says('lead2', /✅ Acknowledged by/, 'lead')
  await on.says('taken', /☑️ On-call · de-escalated by/, 'ladder')
  await on.says('paged', /☑️ On-call/, 'ladder')
  await on.says('paged', /✅ closed by .*It was resolved with all/, 'ticket')
  await direct('bo', /gauge on lead3/)
  await outside(() => [...alertOf('taken'), ...alertOf('paged')].every(({ state }) => state === 'resolved'))
})

it('the buttons of then on fixes', async () => {
  await click('to-approve', 'fix_approve', { key: 'fix', user: 'bo' })
  await click('to-decline', 'fix_decline', { key: 'fix', user: 'bo' })
  const view = await on.form('fix_asked_for', () => click('unknown', 'fix_apply', { key: 'fix' }))
  await on.rig.fakeSlack.submit({ view })
  await on.threadSays('to-approve', /ran · resolved/)
  await on.threadSays('to-decline', /declined/)
  await on.threadSays('unknown', /ran · resolved/)
  expect([on.runs('to-approve'), on.runs('to-decline'), on.runs('unknown')]).toEqual(['once\n', '', 'once\n'])
})

it('every button and form of then was met', () => {
  expect([...clicked].sort()).toEqual([...names.actionIds].sort())
  expect([...submitted].sort()).toEqual([...names.callbackIds].sort())
})

it('nobody was paged, mailed or written to a second time', async () => {
  const before = told.filter(({ to }) => to === 'mail').map(({ messageId }) => messageId)
  const ids = on.mail.mails.map(({ raw }) => /^Message-ID:\s*<(\S+)>/im.exec(raw)?.[1] ?? '')
  expect(ids.map((id) => `<${id}>`).filter((id) => before.includes(id))).toEqual([])
  // To `waiting`, `due` and `blind`.
  expect(ids).toHaveLength(3)
  for (const host of ['waiting', 'due'])
    expect(ids).toContain(`escalation-${escalation(host, 2).id}@debvisor.internal`)
  expect(on.pager.alerts.map(({ triggers }) => triggers.length)).toEqual(on.pager.alerts.map(() => 1))
  const pages = on.pager.alerts.map(({ dedupKey }) => dedupKey)
  expect(new Set(pages).size).toBe(pages.length)

  const then = shown.flatMap(({ metadata }) => (metadata ? [metadata.event_payload] : []))
  const isOld = (run: string, key: string) =>
    then.some((each) => each.run === run && on.filled(each.key) === key)
  expect(on.posted().filter(({ run, key }) => isOld(run, key))).toEqual([])
})

it('all that is stored has come to its end, and the audit holds from its first row', async () => {
  // Four tickets had heard of a change then, and twelve changes were made here; one ticket is new.
  await outside(async () => {
    const issues = await on.github('/issues?state=all&per_page=100')
    const notes = [
      issues.map(({ comments }) => Number(comments)),
      on.jira.issues.map((each) => each.comments.length),
    ]
    const told = notes.every((each) => each.length === 13 && each.reduce((sum, count) => sum + count) === 16)
    return told && on.webhook.events.length === 13
  })
  const db = await on.stopAndOpen()
  try {
    const count = async (sql: string) => (await db.query(sql)).rows
    expect(await count("SELECT channel, reason FROM debvisor.sendings WHERE state = 'waiting'")).toEqual([])
    expect(await count("SELECT target, error FROM debvisor.mirrors WHERE state <> 'done'")).toEqual([])
    expect(await count("SELECT host FROM debvisor.runs WHERE state IN ('queued', 'running')")).toEqual([])

    const { rows } = await db.query<{
      run_id: string
      key: string
      ts: string | null
      file_id: string | null
    }>('SELECT run_id, key, ts, file_id FROM debvisor.messages')
    const now = new Map(rows.map((row) => [`${row.run_id} ${row.key}`, row.ts ?? row.file_id]))
    const moved = rowsOf('messages').filter(({ run_id, key = '', ts, file_id }) => {
      const place = now.get(`${run_id} ${on.filled(key)}`)
      return ts || file_id ? place !== on.filled(ts ?? file_id ?? '') : !place
    })
    expect(moved).toEqual([])

    const audit = await db.query<{ entry: string; previous: string; hash: string }>(
      'SELECT entry, previous, hash FROM debvisor.audit ORDER BY position',
    )
    const old = rowsOf('audit')
    expect(audit.rows.length).toBeGreaterThan(old.length + 30)
    expect(audit.rows.slice(0, old.length).map(({ hash }) => hash)).toEqual(old.map(({ hash }) => hash))
    let hash = '0'.repeat(64)
    for (const row of audit.rows) {
      expect(row.previous).toBe(hash)
      hash = createHash('sha256').update(`${hash}\n${row.entry}`).digest('hex')
      expect(row.hash).toBe(hash)
    }
    expect(await verifyAudit(db)).toEqual({ ok: true, head: { count: audit.rows.length, hash } })
  } finally {
    await db.close()
  }
})

it('the threads of then got what was due, and nothing under a new name', () => {
  const types = on.rig.fakeSlack
    .calls('chat.postMessage')
    .map(({ args }) => args.metadata as { event_type: string })
  expect(new Set(types.map((metadata) => metadata.event_type))).toEqual(new Set([names.eventType]))
  const since = on.posted().filter(({ host }) => host !== '?')
  expect(since.map(({ host, key }) => `${host} ${withoutIds(key)}`).sort()).toEqual([
    'blind ladder',
    'blind lead',
    'crawling thread:verdict',
    'due lead',
    'due overdue',
    'form fix',
    'lead1 lead',
    'lead3 lead',
    'lost thread:evidence',
    'offered ticket',
    'queued main',
    'queued thread:evidence',
    'ticket2 ticket:event',
    'ticket3 ticket:event',
    'ticket5 ticket:event',
    'unknown fix',
    'waiting lead',
  ])
})
