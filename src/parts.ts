import type { Logger } from 'pino'
import { areReadBySame, haveSameReaders, type Policy } from './access/policy.ts'
import type { Clock } from './async/clock.ts'
import type { Config } from './config/config.ts'
import { fixLoginSettings, loginSettings } from './config/logins.ts'
import type { Runbooks } from './engine/load-runbooks.ts'
import { connectChannels, reachableChannels } from './escalation/channels.ts'
import type { EscalationSettings } from './escalation/open-escalation.ts'
import { makeFixHosts } from './fixes/fix-connections.ts'
import { fixableBy } from './fixes/offer.ts'
import type { Capabilities } from './handlers/capabilities.ts'
import { type HttpEndpoints, httpRoutes, metricsRoute } from './handlers/http-routes.ts'
import type { MetricsReader } from './handlers/monitoring/read-metrics.ts'
import { makeTrackers } from './integrations/make-trackers.ts'
import { makePager } from './integrations/pagerduty/events-api.ts'
import { makePagerApi } from './integrations/pagerduty/rest-api.ts'
import { makeHosts } from './inventory/host-connections.ts'
import type { Inventory } from './inventory/inventory.ts'
import type { FixRoutes } from './inventory/load-inventory.ts'
import type { Workers } from './jobs.ts'
import type { Observers } from './observe.ts'
import type { LearningRedactor } from './redact/redact.ts'
import type { Workspace } from './slack/workspace/workspace.ts'
import type { Store } from './store/store.ts'
import type { Fleets } from './threads/fleet/draw-fleet.ts'
import type { DrawnThreads } from './threads/threads.ts'

/** What was read and checked: at the start, and again at each reload. */
export interface Loaded {
  readonly config: Config
  readonly runbooks: Runbooks
  readonly inventory: Inventory
  readonly fixRoutes: FixRoutes
  readonly policy?: Policy | undefined
}

/** What is opened once. */
export interface Lasting
  extends Omit<HttpEndpoints, 'access' | 'store' | 'alerts' | 'pagerDuty' | 'metrics'> {
  /** `host:pid`. */
  readonly name: string
  readonly store: Store
  readonly slack: Workspace
  readonly threads: DrawnThreads
  readonly fleets: Fleets
  readonly redactor: LearningRedactor
  readonly clock: Clock
  readonly log: Logger
  readonly team: string
  readonly observers: Pick<Observers, 'meter' | 'tracer' | 'connections'>
  /** Undefined: metrics are not configured. */
  readonly metrics: MetricsReader | undefined
  /** They have a listener of their own. */
  readonly metricsApart: boolean
}

export type Parts = ReturnType<typeof partsOf>

/** What is made anew at each reload: it holds nothing open. */
export function partsOf(lasting: Lasting, loaded: Loaded) {
  const { name, store, slack, threads, fleets, redactor, clock, log, team, metrics, metricsApart } = lasting
  const { meter, tracer, connections } = lasting.observers
  const { config, runbooks, policy } = loaded
  const { limits } = config
  const plainHosts = makeHosts(loaded.inventory, loginSettings(config))
  const hosts = { ...plainHosts, connect: connections.count('diagnose', plainHosts.connect) }
  const plainFixHosts = makeFixHosts(loaded.fixRoutes, fixLoginSettings(config))
  const fixHosts = { ...plainFixHosts, connect: connections.count('fix', plainFixHosts.connect) }
  const escalationSettings = settingsOf(config.escalation)
  const { pager, pagerApi } = makePagers(config.escalation, clock)
  const trackers = makeTrackers(config.mirrors, clock.now)
  const access = { homeTeam: team, policy }

  const shared = { store, slack, hosts, runbooks, redactor, log, meter }
  const bot: Capabilities = { ...shared, access, limits, fixHosts, escalationSettings, pagerApi, trackers }
  const sameReaders = {
    haveSameReaders: (one: string, other: string) => haveSameReaders(policy, one, other),
    areReadBySame: (one: string, other: string) => areReadBySame(policy, one, other),
  }
  const worker = { name, store, hosts, runbooks, threads, redactor, clock, log, meter, tracer }
  const runs = { ...worker, ...sameReaders, limits }
  const fixes = { ...worker, fixHosts, tellsPager: pager !== undefined }
  const changes = { store, slack, pager, redactor, clock }
  const senderFor = connectChannels({ ...config.escalation, directMessages: threads })
  const escalations = { ...shared, escalationSettings, threads, senderFor, trackers }
  const mostOf = (source: string) => config.alerts.find(({ name }) => name === source)?.most
  const alerts = { ...shared, access, limits, team, sources: config.alerts, mostOf }
  const workers: Workers = { runs, fixes, changes, escalations, alerts, schedules: shared, fleets }
  const { webhookSecrets: secrets } = config.escalation
  const endpoints: HttpEndpoints = {
    ...lasting,
    access,
    metrics: metricsApart ? undefined : metrics,
    alerts: config.alerts.length > 0 ? { ...alerts, clock } : undefined,
    pagerDuty: secrets.length > 0 ? { store, team, pagerApi, secrets, clock, log } : undefined,
  }
  return {
    ...{ config, runbooks, reachable: escalationSettings.reachable, fixable: fixableBy(fixHosts) },
    ...{ bot, workers, routes: httpRoutes(endpoints) },
    metricsRoutes: metrics && metricsApart ? [metricsRoute(endpoints, metrics)] : [],
    sweeper: escalations,
    tender: { store, threads, limits, log },
    looker: { ...shared, access, limits },
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
