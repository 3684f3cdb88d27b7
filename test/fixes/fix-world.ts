import type { Logger } from 'pino'
import type { Runbook } from '../../src/engine/load-runbooks.ts'
import { judge } from '../../src/engine/verdict/judge.ts'
import { applyFix, expire, type FixWorker } from '../../src/fixes/apply-fix.ts'
import { type Fix, getFix } from '../../src/fixes/fix-store.ts'
import { approve, decline, propose, submit } from '../../src/fixes/request-and-approve.ts'
import type { Host } from '../../src/inventory/inventory.ts'
import { saveProbe } from '../../src/runs/probe-store.ts'
import { claimRun, finishRun, noteRun } from '../../src/runs/run-lease.ts'
import { createRun, getRun } from '../../src/runs/run-store.ts'
import type { Delivery } from '../../src/slack/transport/delivery.ts'
import type { FixRoute } from '../../src/ssh/fix-connect.ts'
import type { Command, Connected, Outcome, Route, RunOptions } from '../../src/ssh/outcome.ts'
import { appendAudit, type WriteAudit } from '../../src/store/audit/audit.ts'
import type { Db, Queryable } from '../../src/store/db.ts'
import type { Job } from '../../src/store/queue.ts'
import { makeThreads } from '../../src/threads/threads.ts'
import { record, runbook, topic } from '../engine/sample-runbook.ts'
import { storeWith } from '../fakes/stores.ts'

/** The process ends here: what was not committed is not, what was sent is sent. */
export class Crash extends Error {}

export type Behaviour = 'mends' | 'fails' | 'loses the answer' | 'takes too long'

/** A command that reached a host: what the counter on the host would have seen. */
export interface Sent {
  readonly host: string
  readonly argv: readonly string[]
  readonly hostKey: string
  readonly production: boolean
  readonly behaved: Behaviour
  /** What the host would have said of itself at that moment; undefined: nothing was wrong with it any more. */
  readonly number: number | undefined
}

const text = (risk: string): string =>
  topic(`
parameters:
  word: { type: word, default: plain, description: W }
probes:
  number: { title: Number, run: number, answers: [0, 1], parse: lines }
fixes:
  mend:
    title: Mend {{number}}
    steps: [[first, '{{number}}', '{{word}}'], [second, '{{number}}']]
    as: login
    values: { number: number }
    settle: 0s
    effect: e
    risk: ${risk}
findings:
  it.broken: { title: It is broken, when: number.exit == 0, severity: critical, subject: s, detail: d, evidence: [number], resolution: [r], fix: { use: mend, values: { number: 'number.lines[0]' } } }
`)

/**
 * Whoever draws waits for a database that is away. A process that was killed waits for nothing: it does nothing more.
 * What was on its way to the database arrives, and then `die` is called.
 */
function untilItDies(db: Db, die: (crash: Crash) => void): Db {
  let isDead = false
  const onTheirWay = new Set<Promise<unknown>>()
  const nothing = () => new Promise<never>(() => {})
  async function ofTheLiving<T>(call: () => Promise<T>): Promise<T> {
    if (isDead) return nothing()
    const called = call()
    onTheirWay.add(called)
    try {
      const answer = await called
      return isDead ? nothing() : answer
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      isDead = true
      onTheirWay.delete(called)
      void Promise.allSettled(onTheirWay).then(() => die(error))
      return nothing()
    } finally {
      onTheirWay.delete(called)
    }
  }
  return {
    ...db,
    query: (sql, params) => ofTheLiving(() => db.query<never>(sql, params)),
    tx: (work) => ofTheLiving(() => db.tx(work)),
  }
}

/**
 * Everything around fixes but the people: a real store, hosts that note what reaches them, a queue in the store's own transactions. `crashAt` ends the
 * process at that await of the next job.
 */
export async function openWorld(db: Db) {
  await db.query('CREATE TABLE IF NOT EXISTS debvisor.test_jobs (id serial PRIMARY KEY, job json NOT NULL)')
  await db.query('TRUNCATE debvisor.test_jobs; DELETE FROM debvisor.fixes; DELETE FROM debvisor.runs')
  let book: Runbook = runbook(text('small'))
  let risks = 0
  const now = {
    words: { host1: 'plain', host2: 'plain' } as Record<string, string>,
    production: { host1: true, host2: false } as Record<string, boolean>,
    keys: { host1: 'SHA256:a', host2: 'SHA256:b' } as Record<string, string>,
    /** What is wrong with a host has a number of its own; undefined: somebody mended it. */
    numbers: {} as Record<string, number | undefined>,
    /** Whether a diagnosis gets an answer there. */
    sees: true,
    behaves: 'mends' as Behaviour,
    slack: true,
    /** What happens while the host gets ready for a command, and while the store's word that it may be sent is on its way back. */
    gettingReady: async () => {},
    /** What happens in a transaction while the head of the audit is another's. */
    auditIsWaitedFor: async (_tx: Queryable) => {},
    onItsWay: async () => {},
    /** Milliseconds of the process itself. */
    clock: 0,
    /** Until then Slack says nothing to a message. */
    slackAnswers: Promise.resolve(),
  }
  const sent: Sent[] = []
  let countdown = Number.POSITIVE_INFINITY
  const point = (): void => {
    if (--countdown < 0) throw new Crash('kill -9')
  }
  /** Each call may be the last thing before the end, or the last thing that still happened. */
  async function failing<T>(call: () => Promise<T>): Promise<T> {
    point()
    const result = await call()
    point()
    return result
  }
  const mortal: Db = {
    ...db,
    query: (sql, params) =>
      failing(async () => {
        const result = await db.query<never>(sql, params)
        if (sql.includes('held_till - clock_timestamp()')) await now.onItsWay()
        return result
      }),
    tx: (work) =>
      failing(() =>
        db.tx((tx) =>
          work({
            query: (sql: string, params?: readonly unknown[]) =>
              failing(async () => {
                if (sql.includes('audit_head FOR UPDATE')) await now.auditIsWaitedFor(tx)
                return tx.query(sql, params)
              }),
          } as Queryable),
        ),
      ),
  }
  const host = (name: string): Host => ({
    name,
    groups: [],
    production: now.production[name] ?? false,
    route: { kind: 'ssh', hops: [{ name, address: name, port: 22, user: 'bot', keyFile: '/d' }] },
    variables: { word: now.words[name] },
  })
  const route = (name: string): FixRoute => ({
    kind: 'fix',
    via: [],
    target: { name, address: name, port: 22, user: 'fix', keyFile: '/k' },
    diagnosisKeyFile: undefined,
  })

  async function reach(name: string, command: Command): Promise<Outcome> {
    const argv = command.kind === 'shell' ? command.script.slice(1, -1).split("' '") : command.argv
    const behaved = now.behaves
    sent.push({
      host: name,
      argv,
      hostKey: now.keys[name] ?? '',
      production: now.production[name] ?? false,
      behaved,
      number: now.numbers[name],
    })
    const streams = { stdout: Buffer.from(''), stderr: Buffer.from(''), ms: 1 }
    switch (behaved) {
      case 'mends':
        return { ...streams, status: 'exited', code: 0 }
      case 'fails':
        return { ...streams, status: 'exited', code: 1 }
      case 'loses the answer':
        return { status: 'lost', reason: 'the connection was lost', ms: 1 }
      case 'takes too long':
        return { ...streams, status: 'timed-out', leftover: 0 }
    }
  }
  /** As a real session does: the last thing before the command is the question whether it may be sent. */
  async function runForFix(name: string, [command]: readonly Command[], options?: RunOptions) {
    if (!options?.mayStart) throw new Error('a fix is sent without asking whether it may be')
    await now.gettingReady()
    const lost: Outcome = { status: 'lost', reason: 'it was called off', ms: 1 }
    const outcome = async () =>
      command && (await options.mayStart?.()) ? await reach(name, command) : undefined
    return new Map(command ? [[command.id, (await outcome()) ?? lost]] : [])
  }
  const connectForFix = ({ target }: FixRoute): Promise<Connected> =>
    failing(async () => ({
      ok: true,
      session: {
        fingerprint: now.keys[target.name],
        user: 'fix',
        run: (commands, options) => failing(() => runForFix(target.name, commands, options)),
        checkPort: undefined,
        close: async () => {},
      },
    }))

  const answerOf = (name: string): Outcome => {
    const found = now.numbers[name]
    if (!now.sees) return { status: 'lost', reason: 'the connection was lost', ms: 1 }
    const stdout = Buffer.from(found === undefined ? '' : `${found}\n`)
    return { status: 'exited', code: found === undefined ? 1 : 0, stdout, stderr: Buffer.from(''), ms: 1 }
  }
  /** As the login that diagnoses: it answers, and nothing is noted. */
  const connect = (to: Route): Promise<Connected> =>
    failing(async () => {
      const name = to.kind === 'ssh' ? (to.hops.at(-1)?.name ?? '') : ''
      const run = () => failing(async () => new Map([['number', answerOf(name)]]))
      const session = { fingerprint: now.keys[name], user: 'bot', run, checkPort: undefined }
      return { ok: true, session: { ...session, close: async () => {} } }
    })

  let ts = 0
  const delivery = {
    post: async () => {
      await now.slackAnswers
      return now.slack ? { ok: true, ts: String(++ts) } : { ok: false, reason: 'unavailable', detail: '' }
    },
    update: async () =>
      now.slack ? { ok: true, ts: '1' } : { ok: false, reason: 'unavailable', detail: '' },
    find: async () => ({ ok: true, ts: null }),
    upload: async () => ({ ok: true, fileId: 'F1' }),
    updateSoon: () => {},
  } as unknown as Delivery
  const quiet = { warn() {}, error() {}, info() {}, debug() {} } as unknown as Logger
  const counted: Readonly<Record<string, string>>[] = []
  const workerOn = (store: Db): FixWorker => ({
    name: 'w',
    meter: { add: (name, labels) => void counted.push({ name, ...labels }), observe() {} },
    store: storeWith(store, async (tx, job) => {
      await tx.query('INSERT INTO debvisor.test_jobs (job) VALUES ($1)', [JSON.stringify(job)])
    }),
    get threads() {
      const { runbooks } = this
      return makeThreads({
        store: storeWith(store),
        slack: { delivery },
        runbooks,
        log: quiet,
        reachable: ['page'],
        fixable: () => true,
      })
    },
    get runbooks() {
      return { topics: new Map([['db', book]]), find: () => book, names: () => ['db'] }
    },
    hosts: {
      get inventory() {
        return { hosts: new Map(['host1', 'host2'].map((name) => [name, host(name)])), groups: new Map() }
      },
      connect,
    },
    fixHosts: {
      routes: new Map(['host1', 'host2'].map((name) => [name, route(name)])),
      connect: connectForFix,
    },
    tellsPager: true,
    redactor: { output: (bytes) => Buffer.from(bytes).toString(), text: (said) => said },
    clock: { now: () => 0, elapsed: () => now.clock },
    log: quiet,
  })
  const firstRow = (await db.query<{ count: number }>('SELECT count FROM debvisor.audit_head')).rows[0]?.count
  /** What a door does around a click: its row is in the transaction of its effect. `crashAt` ends the process at that await. */
  async function click<T>(
    user: string,
    fixId: string,
    work: (worker: FixWorker, audit: WriteAudit) => Promise<T>,
    crashAt = Number.POSITIVE_INFINITY,
  ): Promise<T | undefined> {
    const about = { team: 'T1', actor: user, door: 'click', action: 'fix', asked: fixId, reason: null }
    const where = { host: null, topic: null, decision: 'allowed' } as const
    if (crashAt !== Number.POSITIVE_INFINITY) countdown = crashAt
    try {
      return await work(workerOn(crashAt === Number.POSITIVE_INFINITY ? db : mortal), async (tx, target) => {
        await appendAudit(tx, { ...about, ...where, target: target ?? null })
      })
    } catch (error) {
      if (!(error instanceof Crash) && !/transaction failed/.test(String((error as Error).message)))
        throw error
      return undefined
    } finally {
      if (crashAt !== Number.POSITIVE_INFINITY) countdown = Number.POSITIVE_INFINITY
    }
  }

  let number = 0
  /** A run that found the host broken; the number in its evidence is its own. */
  async function diagnose(name: string): Promise<string> {
    const seen = { name, production: now.production[name] ?? false }
    const run = await createRun(db, {
      team: 'T1',
      actor: { kind: 'user', id: 'U1' },
      topic: 'db',
      host: name,
      production: seen.production,
      channel: 'C1',
      responseUrl: null,
    })
    const taken = await claimRun(db, run.id, 'w')
    const lease = { runId: run.id, epoch: taken?.epoch ?? 0 }
    await noteRun(db, lease, { runbookDigest: book.digest, hostKey: now.keys[name] ?? null })
    now.numbers[name] = ++number
    const found = record('number', { stdout: `${number}\n` })
    await saveProbe(db, lease, found)
    const records = new Map([[found.id, found]])
    const parameters = { word: now.words[name] ?? '' }
    const report = judge({ runbook: book, parameters, host: seen, records, ms: 1, login: 'bot' })
    await finishRun(db, lease, { state: 'done', report, problemKeys: ['k'] })
    return run.id
  }

  async function perform(job: Job, crashAt: number | undefined): Promise<void> {
    countdown = crashAt ?? Number.POSITIVE_INFINITY
    let die = (_: Crash): void => {}
    const death = new Promise<never>((_, reject) => {
      die = reject
    })
    const worker = workerOn(untilItDies(mortal, die))
    const work = async (): Promise<void> => {
      if (job.kind === 'fix') await applyFix(worker, job.fixId, new AbortController().signal)
      if (job.kind === 'fix-expiry' && !(await expire(worker, job.fixId))) throw new Error('not yet')
    }
    try {
      await Promise.race([work(), death])
    } finally {
      countdown = Number.POSITIVE_INFINITY
    }
  }

  return {
    /** What the metrics were told, in order. */
    counted,
    db,
    now,
    sent,
    diagnose,
    changeRunbook: () => {
      book = runbook(text(`grew ${++risks} times`))
    },
    async propose(runId: string, user: string) {
      const run = await getRun(db, runId)
      const answer = run && (await click(user, runId, (worker, audit) => propose(worker, run, user, audit)))
      return answer ?? { ok: false as const, sentence: 'gone' }
    },
    request: (fix: Fix, user: string, crashAt?: number) =>
      click(user, fix.id, (worker, audit) => submit(worker, fix, user, audit), crashAt),
    approve: (fix: Fix, user: string, crashAt?: number) =>
      click(user, fix.id, ({ store }, audit) => approve(store, fix, user, audit), crashAt),
    decline: (fix: Fix, user: string, crashAt?: number) =>
      click(user, fix.id, ({ store }, audit) => decline(store, fix, user, audit), crashAt),
    /** The audit of this world: who did what, oldest first. */
    async rows(): Promise<
      readonly { readonly actor: string; readonly decision: string; readonly target: string }[]
    > {
      const { rows } = await db.query<{ entry: string }>(
        'SELECT entry FROM debvisor.audit WHERE position > $1 ORDER BY position',
        [firstRow ?? 0],
      )
      return rows.map(({ entry }) => JSON.parse(entry))
    },
    /** The database's clock goes on: everything that is stored is so much older. */
    async pass(minutes: number) {
      const columns = [
        'created_at',
        'expires_at',
        'requested_at',
        'decided_at',
        'started_at',
        'ended_at',
        'held_till',
      ]
      const older = columns.map((column) => `${column} = ${column} - make_interval(mins => ${minutes})`)
      await db.query(`UPDATE debvisor.fixes SET ${older.join(', ')}`)
      await db.query(`UPDATE debvisor.runs SET ended_at = ended_at - make_interval(mins => ${minutes})`)
    },
    async jobs(): Promise<readonly { readonly id: number; readonly job: Job }[]> {
      const { rows } = await db.query<{ id: number; job: Job }>(
        'SELECT id, job FROM debvisor.test_jobs ORDER BY id',
      )
      return rows.filter(({ job }) => job.kind === 'fix' || job.kind === 'fix-expiry')
    },
    /**
     * As pg-boss does: a job that failed, or whose process ended, comes again; `times` at once where a heartbeat was lost. False: it did not end well.
     */
    async deliver(
      { id, job }: { readonly id: number; readonly job: Job },
      crashAt?: number,
      times = 1,
    ): Promise<boolean> {
      const all = await Promise.allSettled(Array.from({ length: times }, () => perform(job, crashAt)))
      for (const one of all) {
        if (one.status === 'fulfilled') continue
        const { reason } = one
        if (
          !(reason instanceof Crash) &&
          !/not yet|^Slack: |transaction failed/.test(String(reason?.message))
        )
          throw reason
        // pg-boss misses a heartbeat for longer than what the ended process held.
        if (reason instanceof Crash)
          await db.query(
            `UPDATE debvisor.messages SET held_till = now() - interval '1 second' WHERE held_till IS NOT NULL`,
          )
      }
      const done = all.some(({ status }) => status === 'fulfilled')
      if (done) await db.query('DELETE FROM debvisor.test_jobs WHERE id = $1', [id])
      return done
    },
    fix: (id: string) => getFix(db, id),
    /** Fixes that the pager is to hear of. */
    async announced(): Promise<readonly string[]> {
      const { rows } = await db.query<{ id: string }>(
        `SELECT job ->> 'fixId' AS id FROM debvisor.test_jobs WHERE job ->> 'kind' = 'change' ORDER BY id`,
      )
      return rows.map(({ id }) => id)
    },
    async fixes(): Promise<readonly Fix[]> {
      const { rows } = await db.query<{ id: string }>('SELECT id FROM debvisor.fixes ORDER BY created_at, id')
      const all = await Promise.all(rows.map(({ id }) => getFix(db, id)))
      return all.filter((fix) => fix !== null)
    },
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>
