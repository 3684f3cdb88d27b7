import type { IncomingMessage, ServerResponse } from 'node:http'
import { startDeadline } from '../../async/deadline.ts'
import { reply } from '../../http/listener.ts'
import type { Queryable } from '../../store/db.ts'

export interface HealthSources {
  readonly store: Queryable
  /** This process looks for jobs, and the database answers it. */
  queueReady(): boolean
  /** Slack's socket, or the HTTP receiver, takes requests. */
  slackReady(): boolean
}

/** A store that takes longer keeps commands waiting. */
const STORE_MS = 2_000

type Part = 'ok' | 'down'

/**
 * `GET /health`: 200 when the store answers, runs are taken from the queue and Slack can reach us, else 503. Says nothing
 * that a stranger could use.
 */
export async function health(
  sources: HealthSources,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = await partsOf(sources)
  reply(response, allOk(parts) ? 200 : 503, parts)
}

/** `GET /healthz`: this process answers. Whoever restarts it for a database that is down makes nothing better. */
export function alive(_request: IncomingMessage, response: ServerResponse): void {
  reply(response, 200, { process: 'ok' })
}

export interface ReadySources extends HealthSources {
  /** The bot was told to stop. */
  isStopping(): boolean
  /** The store takes what is written, as far as anybody knows. */
  storeTakesWrites(): Promise<boolean>
}

export interface Readiness extends Readonly<Record<string, Part | 'stopping'>> {
  readonly process: 'ok' | 'stopping'
  readonly store: Part
  readonly writes: Part
  readonly queue: Part
  readonly slack: Part
}

/** What `GET /readyz` tells. Never throws, and takes two seconds at most. */
export async function readiness(sources: ReadySources): Promise<Readiness> {
  // The store is closed while the process stops, and says nothing by that.
  const process = sources.isStopping() ? 'stopping' : 'ok'
  const [parts, writes] = await Promise.all([
    partsOf(sources),
    within(STORE_MS, sources.storeTakesWrites(), false),
  ])
  return { process, ...parts, writes: partOf(writes) }
}

/** `GET /readyz`: 200 where this process can serve, else 503 with the part that keeps it from that. */
export async function ready(
  sources: ReadySources,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (sources.isStopping()) return reply(response, 503, { process: 'stopping' })
  const parts = await readiness(sources)
  reply(response, allOk(parts) ? 200 : 503, parts)
}

const partOf = (isOk: boolean): Part => (isOk ? 'ok' : 'down')
const allOk = (parts: object): boolean => Object.values(parts).every((part) => part === 'ok')

const partsOf = async (sources: HealthSources) => ({
  store: partOf(await answers(sources.store)),
  queue: partOf(sources.queueReady()),
  slack: partOf(sources.slackReady()),
})

/** Asked once at a time, however many ask us: a store that hangs would lose a connection to each of them. */
const underWay = new WeakMap<Queryable, Promise<boolean>>()

async function answers(store: Queryable): Promise<boolean> {
  const asked =
    underWay.get(store) ??
    store
      .query('select 1')
      .then(
        () => true,
        () => false,
      )
      .finally(() => underWay.delete(store))
  underWay.set(store, asked)
  return within(STORE_MS, asked, false)
}

async function within<T>(ms: number, asked: Promise<T>, otherwise: T): Promise<T> {
  const deadline = startDeadline(ms)
  const answer = await Promise.race([asked.catch(() => otherwise), deadline.reached.then(() => otherwise)])
  deadline.clear()
  return answer
}
