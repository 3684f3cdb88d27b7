import type { Config } from '../../config/config.ts'
import type { Db } from '../../store/db.ts'
import { openExistingStore, type StoreConfig } from '../../store/open-store.ts'
import { refuse } from '../output/refusals.ts'
import type { Terminal } from '../output/terminal.ts'
import { type Options, readConfig } from '../read-hosts.ts'

/** An embedded store that a running bot holds refuses to open, in one sentence (StoreInUse). */
export async function withStore(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: Options,
  work: (db: Db, config: Config) => Promise<number>,
): Promise<number> {
  const ready = readConfig(env, options, ['databaseUrl'])
  if (!ready.ok) return refuse(term, ready.sentences)
  const db = await openExistingStore(ready.config.store)
  if (!db) return refuse(term, [noStore(ready.config.store)])
  try {
    return await work(db, ready.config)
  } finally {
    await db.close()
  }
}

const noStore = ({ databaseUrl, folder }: StoreConfig): string =>
  databaseUrl
    ? 'There is no store in the database of DATABASE_URL: name the database that `debvisor serve` uses.'
    : `There is no store in ${folder}: run this where \`debvisor serve\` runs, name its debvisor.yml with --config, or set DATABASE_URL.`
