import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { layCluster } from './clusters.ts'
import { postgresFolder, postgresVersion } from './postgres/binaries.ts'
import { whenWeEnd } from './postgres/guard.ts'

/**
 * A PostgreSQL of this machine, on a cluster of its own that goes with it: on 127.0.0.1 and a Unix socket, without fsync.
 * PostgreSQL refuses to run as root: there it runs as `postgres` or `nobody`.
 */
export interface RealPostgres {
  readonly url: string
  /** Crash (every backend gone at once) and start again on the same port and data: resolves when it answers. */
  /** `whileDown` is awaited between the end of the old server and the start of the new one. */
  restart(whileDown?: () => Promise<void>): Promise<void>
  /** `keep` gets the folder of the data once the server has ended, before it goes. */
  stop(keep?: (data: string) => Promise<void>): Promise<void>
}

/**
 * Undefined, said aloud, where the machine has none; with DEBVISOR_TEST_REQUIRE_ALL=1 that is an error. `empty`: without today's schema, which is
 * there otherwise, without a row. `settings`: NAME=VALUE. Most tests need no server of their own, but a database (postgres/shared-server.ts).
 */
export async function startPostgres({
  empty = false,
  settings = [],
}: {
  empty?: boolean
  settings?: readonly string[]
} = {}): Promise<RealPostgres | undefined> {
  const bin = postgresFolder()
  if (!bin) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-pg-'))
  const owner = process.getuid?.() === 0 ? unprivileged() : {}
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  if (empty || !layCluster(postgresVersion(bin), data)) initdb(bin, data, owner)

  const port = await freePort()
  const url = `postgres://debvisor@127.0.0.1:${port}/postgres`
  const start = () => startServer(join(bin, 'postgres'), { data, folder, port, owner, url, settings })
  let server = await start()
  let guard = endWithUs(server, { folder, owner })
  return {
    url,
    async restart(whileDown) {
      guard.kill('SIGKILL')
      await end(server, 'SIGQUIT')
      await whileDown?.()
      server = await start()
      guard = endWithUs(server, { folder, owner })
    },
    async stop(keep) {
      guard.kill('SIGKILL')
      await end(server, 'SIGINT')
      await keep?.(data)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function initdb(bin: string, data: string, owner: Owner): void {
  const made = spawnSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'debvisor',
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C',
      '--wal-segsize=1',
    ],
    { ...owner, cwd: dirname(data), encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message}`)
}

interface Owner {
  uid?: number
  gid?: number
}

function unprivileged(): Owner {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
}

interface Where {
  data: string
  folder: string
  port: number
  owner: Owner
  url: string
  settings: readonly string[]
}

async function startServer(program: string, where: Where): Promise<ChildProcess> {
  const settings = [
    'fsync=off',
    'synchronous_commit=off',
    'full_page_writes=off',
    'listen_addresses=127.0.0.1',
    'max_connections=60',
    ...where.settings,
  ]
  const child = spawn(
    program,
    ['-D', where.data, '-p', String(where.port), '-k', where.folder, ...settings.flatMap((s) => ['-c', s])],
    { ...where.owner, cwd: where.folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000)
  })
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}: ${log}`)
    if (await answers(where.url)) return child
    await delay(50)
  }
  child.kill('SIGKILL')
  throw new Error(`postgres did not answer within 15 s: ${log}`)
}

function endWithUs({ pid }: ChildProcess, { folder, owner }: Pick<Where, 'folder' | 'owner'>): ChildProcess {
  const line = 'kill -QUIT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"'
  return whenWeEnd(line, [String(pid), folder], owner)
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
