import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { initCluster } from './pglite-thread.ts'

/**
 * Makes the cluster in `data` unless it is there. It appears whole or not at all, so a kill during the first start
 * costs nothing. initdb takes 5 s and 0.8 GB of memory; a copy of the template 0.1 s.
 */
export async function ensureCluster(data: string): Promise<void> {
  if (isCluster(data)) return
  const fresh = `${data}.new`
  await rm(fresh, { recursive: true, force: true })
  const template = await templateFolder()
  if (existsSync(template)) await cp(template, fresh, { recursive: true })
  else await initCluster(fresh)
  // PGlite's files are readable by all.
  await chmod(fresh, 0o700)
  await rename(fresh, data)
}

export const isCluster = (data: string): boolean => existsSync(join(data, 'PG_VERSION'))

/** Makes the template, an empty cluster of 30 MB, unless it is there: the build does so once an install. */
export async function makeTemplate(): Promise<void> {
  const template = await templateFolder()
  if (existsSync(template)) return
  const fresh = `${template}.${process.pid}`
  await mkdir(dirname(template), { recursive: true })
  try {
    await initCluster(fresh)
    await letEveryoneRead(fresh)
    await rename(fresh, template)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another build was faster: its template is as good.
    if (!existsSync(template)) throw error
  }
}

/** Root may install what another user runs; there is nothing in it yet. */
async function letEveryoneRead(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o644)
  }
}

/** Beside the installed packages, for a build to leave it alone; named after the PGlite that can read it. */
async function templateFolder(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const { version } = JSON.parse(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'))
  const cache = new URL('../../../node_modules/.cache/debvisor/', import.meta.url)
  return fileURLToPath(new URL(`pglite-${version}`, cache))
}
