import {
  type Db as BossDb,
  type ConstructorOptions,
  type JobWithMetadata,
  PgBoss,
  type QueueOptions,
} from 'pg-boss'
import { withoutLogFields } from '../redact/log-fields.ts'
import type { Db, Queryable } from './db.ts'
import { poolLimits } from './session-limits.ts'

/** Opaque ids only: what is to be done is read from the row when the job runs. */
export type Job =
  /**
   * A slot for a run: which one is decided when there is one (runs/queue/take-run.ts). `runId`: of the run that asked for
   * it. `ticket`: what the slot is called; default: `runId`.
   */
  | { readonly kind: 'diagnose'; readonly runId: string; readonly ticket?: string }
  | { readonly kind: 'escalate'; readonly escalationId: string }
  | ({ readonly kind: 'redraw'; readonly runId: string } & Redrawn)
  | { readonly kind: 'mirror'; readonly ticketId: string; readonly target: string }
  | { readonly kind: 'fix'; readonly fixId: string }
  /** Sent with the question, for the moment when its time is over. */
  | { readonly kind: 'fix-expiry'; readonly fixId: string }
  /** The pager hears of a fix that ran. */
  | { readonly kind: 'change'; readonly fixId: string }
  /** Alerts that the run looked into are over. */
  | { readonly kind: 'alert-recheck'; readonly runId: string }
  | ({ readonly kind: 'alert-summary'; readonly summaryId: string } & Redrawn)
  /** Whoever made a schedule is told that it has ended. */
  | ({ readonly kind: 'schedule-ended'; readonly scheduleId: string } & Redrawn)
  /** A fleet began, one of its hosts has ended, or somebody cancelled it: its message is to be drawn. */
  | ({ readonly kind: 'fleet'; readonly fleetId: string } & Redrawn)

/** `lookForCopies`: somebody may have posted after another took over from them, so what stands there twice is taken away. */
interface Redrawn {
  readonly lookForCopies?: true
}

type JobOf<K extends Job['kind']> = Extract<Job, { kind: K }>

/** One attempt at a job. */
export interface JobAttempt {
  /** Aborted when the queue stops, when the job takes too long, or when another worker has taken it. */
  readonly signal: AbortSignal
  /** No further try follows this one: if it fails, `gaveUp` hears of it. */
  readonly lastTry: boolean
}

/**
 * Each job runs at least once, and more often after a crash: a handler fences what it writes. A throw means "again".
 */
export type Handlers = {
  readonly [K in Job['kind']]: (job: JobOf<K>, attempt: JobAttempt) => Promise<void>
} & {
  /** After the last try failed: its run or escalation must not stay silently under way. */
  readonly gaveUp: (job: Job) => Promise<void>
}

export interface Queue {
  /** In the transaction of the row that the job is about: both appear, or neither. */
  send(tx: Queryable, job: Job, options?: SendOptions): Promise<void>
  /** Jobs of a kind that no worker has yet, those apart that are for later. */
  waiting(db: Queryable, kind: Job['kind']): Promise<number>
  /** Some worker of this process has asked for jobs lately, and the database answered. */
  isLooking(): boolean
  /** Starts to take jobs; `concurrency` diagnoses at once in this process. */
  work(handlers: Handlers, options: { readonly concurrency: number }): Promise<void>
  /** Takes no more jobs, gives those under way `graceMs` to end, then aborts them; they are tried again elsewhere. */
  stop(graceMs: number): Promise<void>
}

export interface SendOptions {
  readonly afterMs?: number
  /** Where the same job waits already, it is put off instead, so that one waits at most. */
  readonly oneWaits?: boolean
}

export interface QueueLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

const SCHEMA = 'debvisor_queue'
const GAVE_UP = 'gave-up'

/** A dead process is noticed by its missing heartbeat (pg-boss allows no less than 10 s), looked for every 2 s. */
const common: QueueOptions & { notify: boolean } = {
  notify: true,
  heartbeatSeconds: 10,
  expireInSeconds: 3600,
  deleteAfterSeconds: 86_400,
  retryDelay: 1,
  retryBackoff: true,
}

/** About an hour: whoever draws a thread may be held up by Slack for long, and the newest state must not get lost. */
const untilDrawn = { ...common, retryLimit: 60, retryDelayMax: 60 }

/** An escalation is worth a day of an unreachable Slack or pager: 300 tries, five minutes apart at most. */
const queues: Record<Job['kind'], QueueOptions> = {
  diagnose: { ...common, retryLimit: 3, retryDelayMax: 10 },
  escalate: { ...common, retryLimit: 300, retryDelayMax: 300 },
  redraw: untilDrawn,
  // A tracker that is down is no failed job: the next one is sent for the time that it asked for
  // (escalation/tickets/mirror.ts).
  mirror: { ...common, retryLimit: 20, retryDelayMax: 300 },
  // A second try only shows what the first one stored: it never sends a command again, and an approval ends by its own
  // time. So what it needs its tries for is to draw.
  fix: untilDrawn,
  'fix-expiry': { ...common, retryLimit: 20, retryDelayMax: 60 },
  change: { ...common, retryLimit: 20, retryDelayMax: 300 },
  'alert-recheck': { ...common, retryLimit: 20, retryDelayMax: 60 },
  'alert-summary': untilDrawn,
  'schedule-ended': untilDrawn,
  fleet: untilDrawn,
}

/**
 * A new job is told to every worker by NOTIFY. What becomes due later (a retry, a timer) is told to nobody: one worker a
 * queue looks each second, the others less often, for when that one is busy.
 */
const polling = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 1 }
const seldom = { ...polling, notifyPollingIntervalSeconds: 5 }

/** Of all kinds of jobs, one worker each looks every second, if it is free. */
const LOOKS_WITHIN_MS = 10_000

/**
 * Most redraws sleep until their thread may change again (threads/space-redraws.ts), one for each thread that is busy.
 * A sleeper costs next to nothing, and with few workers the sleepers would hold up the first redraw of a quiet thread.
 */
const REDRAWS = 8
/** Those of a fleet sleep in the same way, one for each that is under way. */
const FLEETS = 4

/** Opens the durable queue beside the store: `databaseUrl` when the store is PostgreSQL, otherwise through `db`. */
export async function startQueue(
  db: Db,
  options: { readonly databaseUrl?: string | undefined; readonly log: QueueLog },
): Promise<Queue> {
  const { log } = options
  const boss = new PgBoss({ ...connection(db, options.databaseUrl), ...settings })
  boss.on('error', (error) => withoutLogFields(() => log.error({ err: error }, 'the queue met an error')))
  boss.on('warning', (warning) => log.warn({ warning }, 'the queue warns'))
  try {
    await boss.start()
    await declareQueues(boss)
  } catch (error) {
    // What it has started by then goes on by itself, and would keep a process alive that serves nobody.
    await boss.stop({ graceful: false }).catch(() => undefined)
    throw error
  }
  return {
    async send(tx, job, { afterMs = 0, oneWaits = false } = {}) {
      const startAfter = Math.ceil(afterMs / 1000)
      const options = { db: through(tx), ...(startAfter > 0 || oneWaits ? { startAfter } : {}) }
      if (oneWaits) await boss.upsert(job.kind, job, { ...options, singletonKey: JSON.stringify(job) })
      else await boss.send(job.kind, job, options)
    },
    async waiting(session, kind) {
      const { rows } = await session.query<{ count: number }>(
        `SELECT count(*) AS count FROM ${SCHEMA}.job
         WHERE name = $1 AND state IN ('created', 'retry') AND (state = 'retry' OR start_after <= now())`,
        [kind],
      )
      return rows[0]?.count ?? 0
    },
    isLooking: () => {
      const newest = Math.max(...boss.getWipData().map(({ lastFetchedOn }) => Number(lastFetchedOn ?? 0)))
      return Date.now() - newest < LOOKS_WITHIN_MS
    },
    async work(handlers, { concurrency }) {
      await take(boss, 'diagnose', concurrency, (job, attempt) => handlers.diagnose(job, attempt))
      await take(boss, 'escalate', 2, (job, attempt) => handlers.escalate(job, attempt))
      await take(boss, 'redraw', REDRAWS, (job, attempt) => handlers.redraw(job, attempt))
      await take(boss, 'mirror', 2, (job, attempt) => handlers.mirror(job, attempt))
      await take(boss, 'fix', 2, (job, attempt) => handlers.fix(job, attempt))
      await take(boss, 'fix-expiry', 1, (job, attempt) => handlers['fix-expiry'](job, attempt))
      await take(boss, 'alert-recheck', 1, (job, attempt) => handlers['alert-recheck'](job, attempt))
      await take(boss, 'alert-summary', 1, (job, attempt) => handlers['alert-summary'](job, attempt))
      await take(boss, 'schedule-ended', 1, (job, attempt) => handlers['schedule-ended'](job, attempt))
      await take(boss, 'fleet', FLEETS, (job, attempt) => handlers.fleet(job, attempt))
      await take(boss, 'change', 1, (job, attempt) => handlers.change(job, attempt))
      await boss.work<Job>(GAVE_UP, polling, async ([dead]) => {
        if (dead) await handlers.gaveUp(dead.data)
      })
    },
    stop: (graceMs) => boss.stop({ graceful: true, timeout: graceMs }),
  }
}

const settings: ConstructorOptions = {
  schema: SCHEMA,
  schedule: false,
  useListenNotify: true,
  monitorIntervalSeconds: 2,
  superviseIntervalSeconds: 2,
}

function connection(db: Db, databaseUrl: string | undefined): ConstructorOptions {
  if (db.kind === 'embedded') return { backend: 'pglite', db: embedded(db) }
  if (!databaseUrl) throw new Error('a queue on PostgreSQL needs databaseUrl')
  // pg-boss hands these settings to `pg` as they are; its own transactions set longer limits where they need them.
  return { connectionString: databaseUrl, application_name: 'debvisor queue', max: 5, ...poolLimits }
}

function through(session: Queryable): BossDb {
  return { executeSql: (sql, values) => session.query(sql, values?.length ? values : undefined) }
}

function embedded(db: Db): BossDb {
  const { listen } = db
  if (!listen) return through(db)
  return {
    ...through(db),
    async listen(channel, onNotification, onReconnect) {
      const close = await listen(channel, onNotification)
      onReconnect()
      return { close }
    },
  }
}

async function declareQueues(boss: PgBoss): Promise<void> {
  await boss.createQueue(GAVE_UP, { ...common, retryLimit: 10 })
  for (const [name, wanted] of Object.entries(queues)) {
    await boss.createQueue(name, { ...wanted, deadLetter: GAVE_UP })
    // For a queue that an older version declared.
    await boss.updateQueue(name, { ...wanted, deadLetter: GAVE_UP })
  }
}

async function take<K extends Job['kind']>(
  boss: PgBoss,
  kind: K,
  atOnce: number,
  handle: (job: JobOf<K>, attempt: JobAttempt) => Promise<void>,
): Promise<void> {
  for (let worker = 0; worker < atOnce; worker++) {
    const options = { ...(worker === 0 ? polling : seldom), includeMetadata: true } as const
    let id = ''
    id = await boss.work<JobOf<K>, void, typeof options>(
      kind,
      options,
      async ([job]: JobWithMetadata<JobOf<K>>[]) => {
        // Whoever ends a job asks at once for the next one: jobs that wait were told to workers that were busy.
        boss.notifyWorker(id)
        if (job) await handle(job.data, { signal: job.signal, lastTry: job.retryCount >= job.retryLimit })
      },
    )
  }
}
