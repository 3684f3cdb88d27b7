import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, it } from 'vitest'
import { fill } from '../../src/engine/language/placeholders.ts'
import { quote } from '../../src/text/quote.ts'
import { runbooks } from './diagnosis.ts'

const bin = mkdtempSync(join(tmpdir(), 'debvisor-bin-'))
afterAll(() => rmSync(bin, { recursive: true, force: true }))

/** The probe as a host runs it; `psql` in place of PostgreSQL's. */
async function pool(where: string, psql = 'exit 1') {
  writeFileSync(join(bin, 'psql'), `#!/bin/sh\n${psql}\n`)
  chmodSync(join(bin, 'psql'), 0o755)
  const values = new Map([
    ['poolMetrics', where],
    ['pgHost', 'localhost'],
    ['pgbouncerPort', '6432'],
  ])
  const script = fill(runbooks.topics.get('db')?.probes.get('pool')?.run ?? '', values, quote)
  const child = spawn('/bin/sh', ['-c', script], { env: { PATH: `${bin}:${process.env.PATH}` } })
  const status = new Promise((resolve) => child.once('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { status: await status, out, err }
}

async function serving(body: string, ask: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
  server.close()
}

it('reads the metrics of a pool from a URL, and of nothing else', async () => {
  const body = '# HELP db_pool_size x\ndb_pool_size 20\ndb_pool_waiting_requests 3\ngo_threads 9\n'
  await serving(body, async (url) => {
    expect(await pool(url)).toMatchObject({ status: 0, out: 'db_pool_size 20\ndb_pool_waiting_requests 3\n' })
  })
})

it('answers nothing where the metrics tell nothing of a pool: that is not a pool without waiters', async () => {
  await serving('go_threads 9\n', async (url) => {
    expect(await pool(url)).toMatchObject({
      status: 65,
      out: '',
      err: expect.stringContaining('nothing of a pool'),
    })
  })
})

it('answers nothing where nobody answers', async () => {
  expect((await pool('http://127.0.0.1:9/metrics')).status).not.toBe(0)
})

it('asks PgBouncer for its pools', async () => {
  const csv = 'database,user,cl_active,cl_waiting,sv_active\ndebvisor,debvisor,20,4,20'
  expect(await pool('pgbouncer', `printf '%s\\n' '${csv}'`)).toMatchObject({ status: 0, out: `${csv}\n` })
})

it('answers nothing where PgBouncer refuses the login', async () => {
  expect(await pool('pgbouncer', "echo 'FATAL: password authentication failed' >&2; exit 2")).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining('authentication failed'),
  })
})
