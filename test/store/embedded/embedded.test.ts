import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTemplate } from '../../../src/store/embedded/cluster.ts'
import { openStore } from '../../../src/store/open-store.ts'
import { prepareEmbedded } from '../../fakes/stores.ts'

describe('the embedded store', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'debvisor-embedded-'))
    await makeTemplate().catch(() => undefined)
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('refuses a second process, and after kill -9 has every acknowledged row', async () => {
    const folder = join(root, 'killed')
    await prepareEmbedded(folder)
    const file = fileURLToPath(new URL('./embedded-child.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', file, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = new Promise((resolve) => child.once('exit', resolve))
    let acknowledged = 0
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line)
      if (acknowledged === 20) {
        await expect(openStore({ folder })).rejects.toThrow(
          `is in use by process ${child.pid}: stop that one first`,
        )
      }
      if (acknowledged === 100) child.kill('SIGKILL')
    }
    await exited
    const db = await openStore({ folder })
    const { rows } = await db.query<{ n: number }>('SELECT n FROM public.acknowledged ORDER BY n')
    await db.close()
    expect(acknowledged).toBeGreaterThanOrEqual(100)
    expect(rows.slice(0, acknowledged).map((row) => row.n)).toEqual(
      Array.from({ length: acknowledged }, (_, i) => i + 1),
    )
  })

  it('starts anew after a first start that was killed half-way', async () => {
    const folder = join(root, 'half')
    await mkdir(join(folder, 'data.new', 'base'), { recursive: true })
    await writeFile(join(folder, 'data.new', 'PG_VERSION'), '18\n')
    const db = await openStore({ folder })
    expect((await db.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
    await db.close()
    expect(await readdir(folder)).toEqual(['data', 'lock.1'])
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700)
  })

  it('makes its own cluster where there is no template', async () => {
    const { initCluster } = await import('../../../src/store/embedded/pglite-thread.ts')
    const folder = join(root, 'own')
    await mkdir(folder)
    await initCluster(join(folder, 'data'))
    const db = await openStore({ folder })
    expect((await db.query('SELECT count(*) AS n FROM debvisor.runs')).rows).toEqual([{ n: 0 }])
    await db.close()
  })

  it('keeps its rows over a clean stop, and answers nothing after it', async () => {
    const folder = join(root, 'clean')
    await prepareEmbedded(folder)
    const db = await openStore({ folder })
    await db.query('CREATE TABLE public.kept AS SELECT 42 AS n')
    const last = db.query('INSERT INTO public.kept VALUES (43)')
    await db.close()
    await last
    await db.close()
    await expect(db.query('SELECT 1')).rejects.toThrow('The embedded store is closed.')
    const again = await openStore({ folder })
    expect((await again.query('SELECT n FROM public.kept ORDER BY n')).rows).toEqual([{ n: 42 }, { n: 43 }])
    await again.close()
  })

  it('does not hold the event loop while it works', async () => {
    const folder = join(root, 'loop')
    await prepareEmbedded(folder)
    const db = await openStore({ folder })
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    await db.query('SELECT count(*) FROM generate_series(1, 2000000)')
    clearInterval(timer)
    await db.close()
    expect(ticks).toBeGreaterThan(3)
  })

  it('hears what it was told to listen to, and no more after it stopped listening', async () => {
    const folder = join(root, 'notify')
    await prepareEmbedded(folder)
    const db = await openStore({ folder })
    const heard: string[] = []
    const stop = await db.listen?.('a "channel"', (payload) => heard.push(payload))
    await db.query(`SELECT pg_notify('a "channel"', 'one')`)
    await db.tx((tx) => tx.query(`SELECT pg_notify('a "channel"', 'two')`))
    await stop?.()
    await db.query(`SELECT pg_notify('a "channel"', 'three')`)
    await db.close()
    expect(heard).toEqual(['one', 'two'])
  })

  it('names the folder that it cannot use', async () => {
    const folder = join(root, 'file')
    await writeFile(folder, '')
    await expect(openStore({ folder })).rejects.toThrow(
      `The embedded store in ${folder} does not open: EEXIST`,
    )
  })
})
