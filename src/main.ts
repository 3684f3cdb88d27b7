import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { areReadBySame, haveSameReaders, type Policy } from './access/policy.ts'
import { type Clock, systemClock } from './async/clock.ts'
import { isLoopback } from './config/addresses.ts'
import type { Config } from './config/config.ts'
import { fixLoginSettings, loginSettings } from './config/logins.ts'
import type { SlackAccess } from './config/slack.ts'
import type { Runbooks } from './engine/load-runbooks.ts'
import { connectChannels, reachableChannels } from './escalation/channels.ts'
import type { EscalationSettings } from './escalation/open-escalation.ts'
import { keepSweeping } from './escalation/sweep.ts'
import { makeFixHosts } from './fixes/fix-connections.ts'
import { fixableBy } from './fixes/offer.ts'
import { keepEndingFleets } from './fleet/runs/forgotten-fleets.ts'
import { httpRoutes, metricsRoute } from './handlers/http-routes.ts'
import { readiness } from './handlers/monitoring/health.ts'
import { makeApp } from './handlers/slack-app.ts'
import { makeReceivers } from './handlers/slack-receivers.ts'
import { keepConnected, type Socket } from './handlers/socket-mode.ts'
import { type Listener, startListener } from './http/listener.ts'
import { makeTrackers } from './integrations/make-trackers.ts'
import { makePager } from './integrations/pagerduty/events-api.ts'
import { makePagerApi } from './integrations/pagerduty/rest-api.ts'
import { makeHosts } from './inventory/host-connections.ts'
import type { Inventory } from './inventory/inventory.ts'
import type { FixRoutes } from './inventory/load-inventory.ts'
import { jobHandlers } from './jobs.ts'
import { startObserving } from './observe.ts'
import { withoutLogFields } from './redact/log-fields.ts'
import type { Redactor } from './redact/redact.ts'
import { keepRemoving } from './retention/keep-removing.ts'
import { keepTending } from './runs/queue/tend-queue.ts'
import { connectToSlack } from './slack/workspace/sign-in.ts'
import { openStore } from './store/open-store.ts'
import { startQueue } from './store/queue.ts'
import { makeStore } from './store/store.ts'
import { watchWrites } from './store/writes.ts'
import { makeFleets } from './threads/fleet/draw-fleet.ts'
import { type DrawnThreads, makeThreads } from './threads/threads.ts'
import { keepConfigured } from './watches/configured-schedules.ts'
import { keepLooking } from './watches/keep-looking.ts'

/** What was read and checked before anything is started. */
export interface Prepared {
  readonly config: Config
  readonly slack: SlackAccess
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly fixRoutes: FixRoutes
  readonly redactor: Redactor
  readonly policy?: Policy | undefined
  readonly log: Logger
  /** Of the program. */
  readonly version?: string
  /** Measures Slack's pace and the age of what it said of people. Default: the system's clock. */
  readonly slackClock?: Clock
}

export interface Bot {
  /** Of the one HTTP listener. */
  readonly url: string
  readonly team: string
  /** Takes no more requests and jobs, gives what is under way `graceMs`, and closes everything. */
  stop(graceMs?: number): Promise<void>
}

const GRACE_MS = 10_000
/** What is not drawn by then, the next process draws. */
const DRAWING_MS = 5_000

/**
 * The composition root: puts the bot together and starts it. Throws an error with one sentence if a part cannot be had;
 * nothing stays open then.
 */
export async function startBot(prepared: Prepared): Promise<Bot> {
  const { config, slack: slackAccess, runbooks, redactor, log } = prepared
  const clock = systemClock
  // At shutdown first nothing new comes in, then the jobs end, then the connection to Slack, then the store.
  const shutdown = makeShutdown(log)
  try {
    const slackClock = prepared.slackClock ?? clock
    const name = `${hostname()}:${process.pid}`
    const observers = await startObserving(config, { name, version: prepared.version ?? 'unknown', log })
    const { meter, tracer, connections } = observers
    shutdown.add(() => observers.close())
    // They are closed last: whoever runs the bot asks them how far it is with stopping.
    const listeners: Listener[] = []
    shutdown.add(() => Promise.all(listeners.map((one) => one.close())))
    const { self, workspace: slack } = await connectToSlack(slackAccess, {
      clock: slackClock,
      log,
      onCall: observers.onSlackCall,
    })
    const opened = await openStore(config.store, (error) =>
      withoutLogFields(() => log.error({ err: error }, 'the store met an error')),
    )
    shutdown.add(() => opened.close())
    const { db, takesWrites: storeTakesWrites } = watchWrites(opened, config.store.folder)
    shutdown.add(() => slack.delivery.close(5_000))
    let drawn: DrawnThreads | undefined
    shutdown.add(async (graceMs) => drawn?.settle(Math.min(graceMs, DRAWING_MS)))
    const queue = await startQueue(db, { databaseUrl: config.store.databaseUrl, log })
    shutdown.add((graceMs) => queue.stop(graceMs))
    const store = makeStore(db, queue, redactor)

    const plainHosts = makeHosts(prepared.inventory, loginSettings(config))
    const hosts = { ...plainHosts, connect: connections.count('diagnose', plainHosts.connect) }
    const plainFixHosts = makeFixHosts(prepared.fixRoutes, fixLoginSettings(config))
    const fixHosts = { ...plainFixHosts, connect: connections.count('fix', plainFixHosts.connect) }
    const escalationSettings = settingsOf(config.escalation)
    const { reachable } = escalationSettings
    const drawer = { store, slack, runbooks, reachable, fixable: fixableBy(fixHosts), log }
    const threads = makeThreads(drawer, slackClock)
    drawn = threads
    const { pager, pagerApi } = makePagers(config.escalation, clock)
    const trackers = makeTrackers(config.mirrors, clock.now)
    const access = { homeTeam: self.team, policy: prepared.policy }

    const receivers = makeReceivers(slackAccess, log)
    const shared = { store, slack, hosts, runbooks, redactor, log, meter }
    const bot = { ...shared, access, limits: config.limits, fixHosts, escalationSettings, pagerApi, trackers }
    makeApp(bot, { receiver: receivers.bolt, apiUrl: slackAccess.apiUrl, self })
    const sameReaders = {
      haveSameReaders: (one: string, other: string) => haveSameReaders(prepared.policy, one, other),
      areReadBySame: (one: string, other: string) => areReadBySame(prepared.policy, one, other),
    }
    const worker = { name, store, hosts, runbooks, threads, redactor, clock, log, meter, tracer }
    const runs = { ...worker, ...sameReaders, limits: config.limits }
    const fixes = { ...worker, fixHosts, tellsPager: pager !== undefined }
    const changes = { store, slack, pager, redactor, clock }
    const senderFor = connectChannels({ ...config.escalation, directMessages: threads })
    const escalations = { ...shared, escalationSettings, threads, senderFor, trackers }
    const taker = { ...shared, access, limits: config.limits, team: self.team }
    const mostOf = (source: string) => config.alerts.find(({ name }) => name === source)?.most
    const alerts = { ...taker, sources: config.alerts, mostOf }
    const fleets = makeFleets(shared, slackClock)
    await queue.work(jobHandlers({ runs, fixes, changes, escalations, alerts, schedules: shared, fleets }), {
      concurrency: config.limits.running,
    })
    const tending = keepTending({ store, threads, limits: config.limits, log })
    shutdown.add(() => tending.stop())
    const ending = keepEndingFleets({ store, log })
    shutdown.add(() => ending.stop())
    await keepConfigured(store, self.team, config.schedules)
    const looking = keepLooking({ ...shared, access, limits: config.limits })
    shutdown.add((graceMs) => looking.stop(graceMs))
    const removing = keepRemoving({ store, team: self.team, settings: () => config.retention, log })
    shutdown.add(() => removing.stop())
    const sweeper = keepSweeping(escalations)
    shutdown.add((graceMs) => sweeper.stop(graceMs))

    let socket: Socket | undefined
    let stopping = false
    const { webhookSecrets: secrets } = config.escalation
    const endpoints = {
      store,
      access,
      clock,
      log,
      queueReady: () => queue.isLooking(),
      slackReady: () => socket?.ready() ?? true,
      isStopping: () => stopping,
      storeTakesWrites,
      receive: receivers.http?.requestListener,
      alerts: config.alerts.length > 0 ? { ...alerts, clock } : undefined,
      pagerDuty: secrets.length > 0 ? { store, team: self.team, pagerApi, secrets, clock, log } : undefined,
    }
    observers.watch({ store, readiness: async () => ({ ...(await readiness(endpoints)) }) })
    const { scrape } = observers
    const metrics = scrape && { scrape, token: config.metrics?.token }
    const metricsAt = config.metrics?.listen
    const routes = httpRoutes({ ...endpoints, metrics: metricsAt ? undefined : metrics })
    const listener = await startListener(config.http, routes, log)
    listeners.push(listener)
    shutdown.add((graceMs) => listener.drain(graceMs))
    if (metrics && metricsAt) {
      const own = await startListener(metricsAt, [metricsRoute(endpoints, metrics)], log)
      listeners.push(own)
      log.info({ url: `${own.url}/metrics` }, 'metrics have a listener of their own')
    }
    const { host } = metricsAt ?? config.http
    if (metrics && !metrics.token && !isLoopback(host))
      log.warn({ host }, 'whoever reaches this address may read the metrics: set `metrics.tokenFile`')
    if (receivers.socket) {
      const connected = await keepConnected(receivers.socket, log)
      socket = connected
      shutdown.add(() => connected.stop())
    }
    shutdown.add(async () => {
      stopping = true
    })
    log.info({ url: listener.url, team: self.team, mode: slackAccess.mode, store: db.kind }, 'the bot is up')
    return { url: listener.url, team: self.team, stop: (graceMs = GRACE_MS) => shutdown.run(graceMs) }
  } catch (error) {
    await shutdown.run(GRACE_MS)
    throw error
  }
}

/** Closes what was opened, from the last to the first. A part that does not close keeps no other one open. */
function makeShutdown(log: Logger) {
  const closers: ((graceMs: number) => Promise<unknown>)[] = []
  return {
    add: (close: (graceMs: number) => Promise<unknown>) => void closers.push(close),
    async run(graceMs: number): Promise<void> {
      for (const close of closers.splice(0).reverse()) {
        await close(graceMs).catch((error: unknown) =>
          log.warn({ err: error }, 'a part did not close cleanly'),
        )
      }
    },
  }
}

const settingsOf = (escalation: Config['escalation']): EscalationSettings => ({
  lead: escalation.lead,
  reachable: reachableChannels(escalation),
  acknowledgeWithin: escalation.acknowledgeWithin,
})

/** The way to PagerDuty for events, and for questions; each undefined where its key is not set. */
const makePagers = ({ pagerduty, pagerApi }: Config['escalation'], clock: Clock) => ({
  pager: pagerduty && makePager({ ...pagerduty, timeoutMs: 10_000 }),
  pagerApi: pagerApi && makePagerApi({ ...pagerApi, timeoutMs: 5_000, now: clock.elapsed }),
})
