import { randomUUID } from 'node:crypto'
import { loadRunbooks } from '../../src/engine/load-runbooks.ts'
import type { Channel, KeptOf, SenderFor } from '../../src/escalation/channels.ts'
import type { Escalation } from '../../src/escalation/escalation.ts'
import {
  acknowledge,
  deEscalate,
  reassign,
  resolveProblems,
} from '../../src/escalation/escalation-actions.ts'
import { escalationsOfProblem } from '../../src/escalation/escalation-store.ts'
import { takePagerEvent } from '../../src/escalation/incidents/pager-event.ts'
import { openEscalation } from '../../src/escalation/open-escalation.ts'
import { type DirectMessages, sendMessage } from '../../src/escalation/outbox/direct-message-channel.ts'
import { claimNext, send } from '../../src/escalation/outbox/send.ts'
import { fireTimers, type SweepWorker } from '../../src/escalation/sweep.ts'
import type { Sender } from '../../src/integrations/channel-adapter.ts'
import { sendMail } from '../../src/integrations/mail/mail-channel.ts'
import type { Mailer } from '../../src/integrations/mail/smtp.ts'
import type { Pager } from '../../src/integrations/pagerduty/events-api.ts'
import type { IncidentEvent } from '../../src/integrations/pagerduty/incident-event.ts'
import { sendPage } from '../../src/integrations/pagerduty/page-channel.ts'
import { dedupKey } from '../../src/integrations/pagerduty/page-event.ts'
import type { PagerApi } from '../../src/integrations/pagerduty/rest-api.ts'
import type { Run } from '../../src/runs/run.ts'
import { claimRun, finishRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Threads } from '../../src/runs/threads.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import type { Db } from '../../src/store/db.ts'
import type { ThreadDrawer } from '../../src/threads/thread-drawer.ts'
import { makeThreads } from '../../src/threads/threads.ts'
import { storeWith } from '../fakes/stores.ts'
import type { Alert, PagerStub, PersonalAct } from './pager-stub.ts'

/**
 * The real jobs of escalation on a real store, with a pager that keeps alerts by their key as PagerDuty's documents say. Time passes by moving the
 * rows' times, which is what the database's clock would do. A crash is a transaction that never comes after its effect.
 */
export interface World {
  /** At the pager, of this problem. */
  alerts(): readonly Alert[]
  click(level: 1 | 2 | 3, run: number): Promise<void>
  /** What is due is sent; `fate` is what the other side does. */
  sendOne(fate: Fate, beforeItsEnd?: () => Promise<unknown>): Promise<boolean>
  acknowledge(level: 2 | 3): Promise<void>
  reassign(): Promise<void>
  deEscalate(level: 2 | 3): Promise<void>
  resolve(): Promise<void>
  /** Somebody does it at the pager; its webhook comes when it is delivered, but that of a reopening at once. */
  atPager(what: PersonalAct): Promise<void>
  /** Any of the webhooks that are under way, by two deliveries at once: each comes at least once, in no order. */
  deliver(which: number): Promise<boolean>
  /** All that came before, once more. */
  replay(): Promise<void>
  pass(minutes: number): Promise<void>
  fire(): Promise<void>
  escalations(): Promise<readonly Escalation[]>
  /** Time goes on and everything works, until nothing waits any more. */
  settle(): Promise<void>
  waiting(): Promise<number>
  /** The pager's REST API is asked before a trigger is sent again. */
  readonly asks: boolean
  /** How often somebody resolved it at the pager. */
  resolvedThere(): number
  /** Of either replica, in turn. */
  parts(): WorldParts
}

export type Fate = 'works' | 'down' | 'answer lost' | 'crash after'

const TEAM = 'T1'

/** `pager` is of the whole store: whoever sends, sends what any world left. */
export async function openWorld(
  db: Db,
  replica: Db,
  pager: PagerStub,
  pagerApi?: IncidentFinder,
): Promise<World> {
  const problemKey = `problem-${randomUUID()}`
  const alerts = () => pager.alerts.filter(({ key }) => key === dedupKey(problemKey))
  const seen: IncidentEvent[] = []
  const runs = [await newRun(db, problemKey), await newRun(db, problemKey)] as const
  let turn = 0
  let resolved = 0
  /** Two replicas take turns; what the other side does concerns one request. */
  const next = (fate: Fate = 'works'): WorldParts => {
    const parts = makeParts(turn++ % 2 === 0 ? db : replica, pager, { now: fate })
    const asking = pagerApi && {
      incidentsOf: async (key: string, since: Date) =>
        fate === 'down' ? null : pagerApi.incidentsOf(key, since),
    }
    return withOutside(parts, { pagerApi: asking })
  }
  const escalations = () => escalationsOfProblem(db, TEAM, problemKey)
  const openAt = async (level: number) =>
    (await escalations()).find(
      (escalation) =>
        escalation.level === level && escalation.closedAt === null && escalation.state !== 'failed',
    )
  const audit = async () => {}
  const step = async (level: number) => {
    const escalation = await openAt(level)
    return escalation && { escalation, run: (await getRun(db, escalation.runId)) as Run, by: 'U1', audit }
  }
  const take = async (event: IncidentEvent) => {
    await takePagerEvent({ ...next(), team: TEAM, pagerApi: undefined }, event, Date.now())
  }

  /** Alone in the table: an update of all rows in no order would deadlock with those who take several. */
  const older = (table: string, columns: readonly string[], minutes: number) =>
    db.tx(async (tx) => {
      await tx.query(`LOCK TABLE debvisor.${table} IN EXCLUSIVE MODE`)
      const sets = columns.map((column) => `${column} = ${column} - make_interval(mins => $1)`)
      await tx.query(`UPDATE debvisor.${table} SET ${sets.join(', ')}`, [minutes])
    })

  const world: World = {
    alerts,
    escalations,
    parts: () => next(),
    asks: pagerApi !== undefined,
    resolvedThere: () => resolved,
    async click(level, at) {
      const run = runs[at % 2 === 0 ? 0 : 1]
      const asked = next()
      await asked.store.tx((tx) =>
        openEscalation(tx, asked, {
          team: TEAM,
          problemKey,
          level,
          runId: run.id,
          channel: 'C1',
          actor: { kind: 'user', id: 'U1' },
          title: 'It is down',
          body: 'steps',
          severity: 'critical',
          host: 'host1',
        }),
      )
      // What the job of a ticket does.
      if (level === 1)
        await db.query(
          `UPDATE debvisor.escalations SET state = 'done' WHERE level = 1 AND state = 'requested'`,
        )
    },
    async sendOne(what, beforeItsEnd) {
      const sender = next(what)
      const entry = await claimNext(sender)
      if (!entry) return false
      if (what === 'crash after') {
        const dead = {
          ...sender,
          store: { ...sender.store, tx: () => Promise.reject(new Error('kill -9')) },
        }
        await send(dead, entry).catch(() => undefined)
      } else if (beforeItsEnd) await send(withPause(sender, beforeItsEnd), entry)
      else await send(sender, entry)
      return true
    },
    async acknowledge(level) {
      const found = await step(level)
      if (found) await acknowledge(next().store, found)
    },
    async reassign() {
      const found = await step(2)
      if (found) await reassign(next(), found, { to: 'U2' })
    },
    async deEscalate(level) {
      const found = await step(level)
      if (found) await deEscalate(next(), found, level === 3 ? 2 : 1)
    },
    async resolve() {
      await resolveProblems(
        next().store,
        { team: TEAM, problemKeys: [problemKey], by: 'U1', why: 'It is over.' },
        audit,
      )
    },
    async atPager(what) {
      const all = alerts()
      const found = all.findLast(({ state }) => applies[what].includes(state))
      if (!found) return
      if (what === 'reopened') {
        // What people open there beside a page of ours is theirs.
        const newer = await openAt(3)
        if (all.some(({ state }) => state !== 'resolved') || (newer && newer.createdAt > found.createdAt))
          return
      }
      pager.act(found, what)
      if (what === 'resolved') resolved += 1
      if (what === 'reopened') await world.deliver(pager.webhooks.length - 1)
    },
    async deliver(which) {
      const [event] = pager.webhooks.splice(which % Math.max(1, pager.webhooks.length), 1)
      if (!event) return false
      seen.push(event)
      await Promise.all([take(event), take(event)])
      return true
    },
    async replay() {
      for (const event of seen) await take(event)
    },
    async pass(minutes) {
      await older('sendings', ['next_at', 'busy_until', 'created_at'], minutes)
      await older('escalations', ['due_at'], minutes)
    },
    fire: () => fireTimers(next()),
    async settle() {
      for (let round = 0; round < 30; round++) {
        await world.pass(10)
        while (await world.sendOne('works'));
        if ((await world.waiting()) === 0) return
      }
    },
    async waiting() {
      const { rowCount } = await db.query(
        `SELECT 1 FROM debvisor.sendings s JOIN debvisor.escalations e ON e.id = s.escalation_id
         WHERE e.problem_key = $1 AND s.state = 'waiting'`,
        [problemKey],
      )
      return rowCount
    },
  }
  return world
}

const applies: Readonly<Record<PersonalAct, readonly Alert['state'][]>> = {
  acknowledged: ['triggered'],
  unacknowledged: ['acknowledged'],
  resolved: ['triggered', 'acknowledged'],
  reopened: ['resolved'],
}

export type WorldParts = SweepWorker & ThreadDrawer & { readonly threads: Threads; readonly outside: Outside }

/** The jobs' real parts on that store, and an outside that does as `fate` says. */
export function makeParts(db: Db, pager: PagerStub, fate: { now: Fate }): WorldParts {
  const runbooks = loadRunbooks([])
  if (!runbooks.ok) throw new Error('no runbooks are always good')
  const down = () => fate.now === 'down'
  const lost = () => fate.now === 'answer lost'
  const delivery = {
    openDm: async () => (down() ? unavailable : { ok: true, channel: 'D1' }),
    post: async () => (down() || lost() ? unavailable : { ok: true, ts: '1.1' }),
    find: async () => ({ ok: true, ts: '1.1' }),
    upload: async () => ({ ok: true, fileId: 'F1' }),
    update: async () => ({ ok: true, ts: '1.1' }),
    permalink: async () => undefined,
    replies: async () => [],
  } as unknown as Delivery
  const shown = {
    store: storeWith(db),
    slack: { delivery, displayName: async (user: string) => user },
    runbooks: runbooks.runbooks,
    log: {
      warn: () => {},
      error: () => {},
      info: () => {},
      debug: () => {},
    } as unknown as ThreadDrawer['log'],
    reachable: ['page', 'message', 'mail'] as const,
    fixable: () => true as const,
  }
  const threads = makeThreads(shown)
  const outside: Outside = {
    directMessages: threads,
    pagerApi: undefined,
    mailer: {
      send: async (mail) => {
        if (down()) return { ok: false, retry: true, reason: 'the server refuses connections' }
        return lost()
          ? { ok: false, retry: true, reason: 'it hung up' }
          : { ok: true, messageId: `<${mail.escalationId}@x>` }
      },
    },
    pager: {
      send: async (event) => {
        if (down()) return { outcome: 'retry-later', reason: 'PagerDuty answered 503.' }
        pager.take(event)
        return lost()
          ? { outcome: 'retry-later', reason: 'no answer' }
          : { outcome: 'accepted', dedupKey: event.dedup_key }
      },
    },
  }
  return {
    ...shown,
    threads,
    hosts: {
      inventory: {
        hosts: new Map([
          [
            'host1',
            { name: 'host1', groups: ['production'], production: true, route: [] as never, variables: {} },
          ],
        ]),
        groups: new Map(),
      },
    },
    escalationSettings: {
      lead: { slackUser: 'U9' },
      reachable: shown.reachable,
      acknowledgeWithin: [{ minutes: 10, take: 'page' }],
    },
    redactor: { text: (text) => text },
    outside,
    senderFor: sendersTo(outside),
  }
}

/** What each channel's real sender meets. */
interface Outside {
  readonly directMessages: DirectMessages
  readonly mailer: Pick<Mailer, 'send'>
  readonly pager: Pick<Pager, 'send'>
  readonly pagerApi: IncidentFinder | undefined
}

export type IncidentFinder = Pick<PagerApi, 'incidentsOf'>

function sendersTo({ directMessages, mailer, pager, pagerApi }: Outside): SenderFor {
  const senders: { readonly [C in Channel]?: Sender<KeptOf<C>> } = {
    message: sendMessage(directMessages),
    mail: sendMail(mailer, 'lead@example.org'),
    page: sendPage(pager, pagerApi),
  }
  return (channel) => senders[channel]
}

export function withOutside(parts: WorldParts, changed: Partial<Outside>): WorldParts {
  const outside = { ...parts.outside, ...changed }
  return { ...parts, outside, senderFor: sendersTo(outside) }
}

/** Between what happens outside and its note. */
const withPause = (parts: WorldParts, pause: () => Promise<unknown>): WorldParts =>
  withOutside(parts, {
    pager: {
      send: async (event) => {
        const result = await parts.outside.pager.send(event)
        await pause()
        return result
      },
    },
  })

const unavailable = { ok: false, reason: 'unavailable', detail: 'no answer' } as const

/** A run that found host1 unreachable: its problem has that key. */
export async function newRun(db: Db, problemKey: string): Promise<Run> {
  const run = await db.tx((tx) =>
    createRun(tx, {
      team: TEAM,
      actor: { kind: 'user', id: 'U1' },
      topic: 'db',
      host: 'host1',
      production: true,
      channel: 'C1',
      responseUrl: null,
    }),
  )
  const claimed = (await claimRun(db, run.id, 'w')) as Run
  const failure = { hop: 'host1', stage: 'network', reason: 'no answer', remedy: 'look' } as const
  await finishRun(
    db,
    { runId: run.id, epoch: claimed.epoch },
    { state: 'failed', failure, problemKeys: [problemKey] },
  )
  return (await getRun(db, run.id)) as Run
}
