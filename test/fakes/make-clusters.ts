/** A program that makes the clusters of clusters.ts that are missing. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Db } from '../../src/store/db.ts'
import { openStore, type StoreConfig } from '../../src/store/open-store.ts'
import { startQueue } from '../../src/store/queue.ts'
import { clusterOf, copyCluster } from './clusters.ts'
import { postgresFolder, postgresVersion } from './postgres/binaries.ts'
import { startPostgres } from './postgres.ts'

async function makeEmbedded(folder: string): Promise<void> {
  await withSchema({ folder })
  await keep(join(folder, 'data'), clusterOf('embedded'))
}

async function makePostgres(bin: string): Promise<void> {
  const postgres = await startPostgres({ empty: true })
  if (!postgres) return
  await withSchema({ folder: '', databaseUrl: postgres.url })
  await postgres.stop((data) => keep(data, clusterOf(postgresVersion(bin))))
}

async function withSchema(config: StoreConfig): Promise<void> {
  const db = await openStore(config)
  const log = { warn() {}, error() {} }
  const queue = await startQueue(db, { databaseUrl: config.databaseUrl, log })
  await queue.stop(1_000)
  await dropTemplate(db)
  await db.close()
}

/** Nobody copies template0, and each copy of a cluster has a quarter fewer files without it. CREATE DATABASE copies template1. */
async function dropTemplate(db: Db): Promise<void> {
  await db.query(`UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'`)
  await db.query('DROP DATABASE template0')
}

/** Whole or not at all, whoever else makes it. */
async function keep(data: string, cluster: string): Promise<void> {
  const fresh = `${cluster}.${process.pid}`
  await mkdir(dirname(cluster), { recursive: true })
  if (!copyCluster(data, fresh)) throw new Error(`${data} could not be copied to ${fresh}`)
  await rename(fresh, cluster).catch(() => rm(fresh, { recursive: true, force: true }))
}

const folder = await mkdtemp(join(tmpdir(), 'debvisor-cluster-'))
const bin = postgresFolder()
if (!existsSync(clusterOf('embedded'))) await makeEmbedded(folder)
if (bin && !existsSync(clusterOf(postgresVersion(bin)))) await makePostgres(bin)
await rm(folder, { recursive: true, force: true })
