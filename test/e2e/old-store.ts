import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/store/open-store.ts'
import type { FakeJira } from '../fakes/jira.ts'
import type { FakePagerDuty } from '../fakes/pagerduty.ts'
import { signed } from '../fakes/pagerduty-webhooks.ts'
import { openDatabase } from '../fakes/postgres/shared-server.ts'
import type { FakeSmtp } from '../fakes/smtp.ts'
import type { StoreKind } from '../fakes/stores.ts'
import type { WebhookReceiver } from '../fakes/webhook.ts'
import { asText, openRig, type Rig } from './bot.ts'
import { env, filled, filler, hostOfRun, type Shown, shown, told, withoutIds } from './old-store/fixture.ts'
import { postMessages, roomOf } from './old-store/messages.ts'
import { openOutside } from './old-store/outside.ts'
import { loadRows } from './old-store/rows.ts'
import { deliver, type Submitted, submission } from './old-store/submission.ts'
import { layHosts, layWorkspace } from './old-store/workspace.ts'

/** How long nobody looked: what fell due in that time is done at the start. */
const AWAY_MS = 120_000

interface Place {
  readonly channel: string
  readonly ts: string
  /** Of the message that its thread hangs on. */
  readonly thread: string
}

export interface OldStore {
  readonly rig: Rig
  readonly pager: FakePagerDuty
  readonly mail: FakeSmtp
  readonly jira: FakeJira
  readonly webhook: WebhookReceiver
  readonly github: (path: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Messages that were posted since: the run's host (`?` for a run that is new) and the message's key. */
  posted(): readonly { readonly host: string; readonly run: string; readonly key: string }[]
  /** Where a message of then stands; of the host's newest run that has it. `key`: without the ids in it, such as `ticket:event`. */
  place(host: string, key?: string): Place
  click(
    host: string,
    actionId: string,
    options?: { readonly key?: string; readonly user?: string },
  ): ReturnType<Rig['fakeSlack']['click']>
  says(host: string, words: RegExp, key?: string): Promise<string>
  /** The thread of the host's run. */
  threadSays(host: string, words: RegExp): Promise<string>
  /** What the host's fix did there: a line each time. */
  runs(host: string): string
  /** The next form of that kind to open, once it can be submitted. */
  form(callbackId: string, open: () => Promise<unknown>): Promise<string>
  /** The text of a row of then, with today's names in place of its placeholders. */
  filled(text: string): string
  /** A form that was open then is submitted; what Slack would be told. */
  submit(callbackId: string, values: Readonly<Record<string, object>>): Promise<Submitted>
  /** A webhook of then, with what is changed in it. */
  webhookAgain(index: number, change?: object): Promise<string>
  /** Stops the bot, and looks into its store. */
  stopAndOpen(): ReturnType<typeof openStore>
  close(): Promise<void>
}

/**
 * Sets up what test/fixtures/store-at-c4090bf holds (its README.md says what that is) and starts the current bot on it, in a Slack that shows the
 * messages of then. Little of src/ is imported, so that it may move.
 */
export async function openOldStore(kind: StoreKind): Promise<OldStore> {
  const moment = Date.now() - AWAY_MS
  const known = new Map<string, string>()
  const fill = filler(known, moment)
  const outside = await openOutside(known)
  const postgres = kind === 'postgres' ? await openDatabase() : undefined
  const hosts = mkdtempSync(join(tmpdir(), 'debvisor-hosts-'))
  let store = { folder: '', databaseUrl: postgres?.url }
  let callsBefore = 0
  const rig = await openRig({
    mode: 'http',
    hosts: ['unused'],
    fixes: true,
    ackLimitMs: 15_000,
    env,
    databaseUrl: postgres?.url,
    prepare: async (workshop, fakeSlack) => {
      store = { ...store, folder: join(workshop.folder, 'var', 'store') }
      const knownHosts = readFileSync(join(workshop.folder, 'known_hosts'), 'utf8')
      const more = {
        mode: 'http',
        hosts,
        slack: new URL(fakeSlack.apiUrl).origin,
        ssh: String(workshop.ssh.port),
        sshAddress: `127.0.0.1:${workshop.ssh.port}`,
        login: workshop.user,
        hostKey: fingerprintOf(knownHosts.split(' ')[2] ?? ''),
      }
      for (const [name, value] of Object.entries(more)) known.set(name, value)
      for (const [name, id] of Object.entries(fakeSlack.users)) known.set(`user.${name}`, id)
      for (const [name, id] of Object.entries(fakeSlack.channels)) known.set(`channel.${name}`, id)
      layWorkspace(workshop.folder, fill)
      layHosts(hosts)
      await outside.tell(fill)
      await postMessages(fakeSlack, known, fill)
      await loadRows(kind, store, fill, moment)
      callsBefore = fakeSlack.calls('chat.postMessage').length
    },
  })
  outside.pager.incidents.subscribe(`${rig.bot.url}/pagerduty/webhook`, [env.PAGERDUTY_WEBHOOK_SECRET ?? ''])
  const { fakeSlack } = rig
  let stopped = false

  const place: OldStore['place'] = (host, key = 'main') => {
    const found = shown.findLast(({ metadata }) => {
      const payload = metadata?.event_payload
      return payload && withoutIds(payload.key) === key && hostOfRun.get(payload.run) === host
    })
    if (!found) throw new Error(`there was no message ${key} about ${host}`)
    const ts = known.get(`ts.${found.post}`) ?? ''
    return { channel: roomOf(known, found.room), ts, thread: fill(found.thread_ts ?? ts) }
  }
  const until = (look: () => Promise<string>, words: RegExp, what: string) =>
    fakeSlack.waitFor(
      async () => {
        const text = await look()
        return words.test(text) && text
      },
      { what: `${words} ${what}`, ms: 30_000 },
    )
  return {
    ...{ rig, place, filled: fill },
    ...{
      pager: outside.pager,
      mail: outside.mail,
      jira: outside.jira,
      webhook: outside.webhook,
      github: outside.github,
    },
    posted: () =>
      fakeSlack
        .calls('chat.postMessage')
        .slice(callsBefore)
        .flatMap(({ args, answer }) => {
          const { run, key } = (args.metadata as Required<Shown>['metadata']).event_payload
          return answer?.ok ? [{ host: hostOfRun.get(run) ?? '?', run, key }] : []
        }),
    click: (host, actionId, { key, user = 'ana' } = {}) => {
      const { channel, ts } = place(host, key)
      return fakeSlack.click({ channel, ts, actionId, user })
    },
    says: (host, words, key) => {
      const { channel, ts } = place(host, key)
      return until(async () => asText(await fakeSlack.message(channel, ts)), words, `on ${host}`)
    },
    threadSays: (host, words) =>
      until(() => rig.thread(place(host).thread), words, `in the thread of ${host}`),
    runs: (host) => readFileSync(join(hosts, host, 'runs'), 'utf8'),
    async form(callbackId, open) {
      const before = fakeSlack.openedViews().map(({ view }) => view.id)
      await open()
      const opened = () =>
        fakeSlack
          .openedViews()
          .find(({ view }) => view.callback_id === callbackId && view.submit && !before.includes(view.id))
      return (await fakeSlack.waitFor(opened, { what: 'the form' })).view.id
    },
    submit(callbackId, values) {
      const form = shown.find((each) => each.form === callbackId)
      if (!form) throw new Error(`no form ${callbackId} was open`)
      const { user = '', private_metadata, blocks } = filled(fill, form)
      const payload = submission(fakeSlack.teamId, { user, callbackId, private_metadata, blocks, values })
      return deliver(`${rig.bot.url}/slack/events`, fakeSlack.signingSecret, payload)
    },
    async webhookAgain(index, change = {}) {
      const sent = told.filter(({ from }) => from === 'pagerduty')[index]
      const { event } = filled(fill, sent?.body) as { event: object }
      // As the rows of the store, it is of the moment at which that bot went away, whenever the dump was made.
      const then = { occurred_at: new Date(moment).toISOString() }
      const body = JSON.stringify({ event: { ...event, ...then, ...change } })
      const signature = signed(body, [env.PAGERDUTY_WEBHOOK_SECRET ?? ''])
      const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature }
      return (await fetch(`${rig.bot.url}/pagerduty/webhook`, { method: 'POST', headers, body })).text()
    },
    async stopAndOpen() {
      stopped = true
      await rig.bot.stop(10_000)
      return openStore(store)
    },
    async close() {
      if (stopped) await rig.fakeSlack.close().then(() => rig.demoHosts.close())
      else await rig.close()
      await postgres?.stop()
      await outside.close()
      rmSync(hosts, { recursive: true, force: true })
    },
  }
}

/** As ssh-keygen -l says it. */
const fingerprintOf = (blob: string): string =>
  `SHA256:${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')}`
