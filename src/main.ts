import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { type Clock, systemClock } from './async/clock.ts'
import { isLoopback } from './config/addresses.ts'
import type { SlackAccess } from './config/slack.ts'
import { keepSweeping } from './escalation/sweep.ts'
import { keepEndingFleets } from './fleet/runs/forgotten-fleets.ts'
import { readiness } from './handlers/monitoring/health.ts'
import { makeApp } from './handlers/slack-app.ts'
import { makeReceivers } from './handlers/slack-receivers.ts'
import { keepConnected, type Socket } from './handlers/socket-mode.ts'
import { type Listener, startListener } from './http/listener.ts'
import { jobHandlers, pinnedJobs, type Workers } from './jobs.ts'
import { startObserving } from './observe.ts'
import { type Lasting, type Loaded, type Parts, partsOf } from './parts.ts'
import { withoutLogFields } from './redact/log-fields.ts'
import type { LearningRedactor } from './redact/redact.ts'
import { type Merged, mergeConfig } from './reload/decisions.ts'
import { following, makeLive } from './reload/live.ts'
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

export interface Prepared extends Loaded {
  readonly slack: SlackAccess
  readonly redactor: LearningRedactor
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
  /**
   * All that begins from now on goes by this, and what is under way ends with what it began with. Throws where the store
   * does not take its schedules; nothing has changed then.
   */
  reload(next: Loaded): Promise<Pick<Merged, 'changed' | 'kept'>>
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
  const { config, slack: slackAccess, redactor, log } = prepared
  const clock = systemClock
  // At shutdown first nothing new comes in, then the jobs end, then the connection to Slack, then the store.
  const shutdown = makeShutdown(log)
  try {
    const slackClock = prepared.slackClock ?? clock
    const name = `${hostname()}:${process.pid}`
    const observers = await startObserving(config, { name, version: prepared.version ?? 'unknown', log })
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

    const threads = makeThreads(
      {
        ...{ store, slack, log },
        get runbooks() {
          return live.now().runbooks
        },
        get reachable() {
          return live.now().reachable
        },
        get fixable() {
          return live.now().fixable
        },
      },
      slackClock,
    )
    drawn = threads
    const receivers = makeReceivers(slackAccess, log)
    let socket: Socket | undefined
    let stopping = false
    const { scrape } = observers
    const metricsAt = config.metrics?.listen
    const lasting: Lasting = {
      ...{ name, store, slack, threads, redactor, clock, log, team: self.team, observers, storeTakesWrites },
      fleets: makeFleets({ store, slack, log }, slackClock),
      queueReady: () => queue.isLooking(),
      slackReady: () => socket?.ready() ?? true,
      isStopping: () => stopping,
      receive: receivers.http?.requestListener,
      metrics: scrape && { scrape, token: config.metrics?.token },
      metricsApart: metricsAt !== undefined,
    }
    observers.watch({ store, readiness: async () => ({ ...(await readiness(lasting)) }) })
    const live = makeLive(partsOf(lasting, prepared))
    const part = <
      K extends Exclude<keyof Parts, 'config' | 'workers' | 'reachable' | 'fixable' | 'runbooks'>,
    >(
      name: K,
    ): Parts[K] => following<Parts[K]>(() => live.now()[name])
    const worker = <K extends keyof Workers>(name: K): Workers[K] =>
      following<Workers[K]>(() => live.now().workers[name])

    const { pinned } = live
    makeApp(part('bot'), { receiver: receivers.bolt, apiUrl: slackAccess.apiUrl, self, pinned })
    const handlers = jobHandlers({
      ...{ runs: worker('runs'), fixes: worker('fixes'), changes: worker('changes') },
      ...{ escalations: worker('escalations'), alerts: worker('alerts') },
      ...{ schedules: worker('schedules'), fleets: worker('fleets') },
    })
    await queue.work(pinnedJobs(handlers, pinned), { concurrency: config.limits.running })
    const tending = keepTending(part('tender'))
    shutdown.add(() => tending.stop())
    const ending = keepEndingFleets({ store, log })
    shutdown.add(() => ending.stop())
    await keepConfigured(store, self.team, config.schedules)
    const looking = keepLooking(part('looker'))
    shutdown.add((graceMs) => looking.stop(graceMs))
    const removing = keepRemoving({
      store,
      team: self.team,
      settings: () => live.now().config.retention,
      log,
    })
    shutdown.add(() => removing.stop())
    const sweeper = keepSweeping(part('sweeper'))
    shutdown.add((graceMs) => sweeper.stop(graceMs))

    const listener = await startListener(config.http, part('routes'), log)
    listeners.push(listener)
    shutdown.add((graceMs) => listener.drain(graceMs))
    if (scrape && metricsAt) {
      const own = await startListener(metricsAt, part('metricsRoutes'), log)
      listeners.push(own)
      log.info({ url: `${own.url}/metrics` }, 'metrics have a listener of their own')
    }
    const { host } = metricsAt ?? config.http
    if (scrape && !config.metrics?.token && !isLoopback(host))
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
    return {
      url: listener.url,
      team: self.team,
      async reload(next) {
        const merged = mergeConfig(live.now().config, next.config)
        const parts = partsOf(lasting, { ...next, config: merged.config })
        redactor.learn(merged.config.secrets)
        await keepConfigured(store, self.team, merged.config.schedules)
        live.replace(parts)
        log.level = merged.config.log.level
        return merged
      },
      stop: (graceMs = GRACE_MS) => shutdown.run(graceMs),
    }
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
