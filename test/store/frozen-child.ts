/** A replica of its own: it takes the audit's head, says "holds", and goes on when it reads a line. argv[2]: the store's configuration as JSON. */
import { once } from 'node:events'
import { appendAudit } from '../../src/store/audit/audit.ts'
import { openStore } from '../../src/store/open-store.ts'
import { entry } from './frozen-entry.ts'

const db = await openStore(JSON.parse(process.argv[2] ?? '{}'))
const say = (line: string) => process.stdout.write(`${line}\n`)
await db
  .tx(async (tx) => {
    await appendAudit(tx, entry('the frozen one'))
    say('holds')
    await once(process.stdin.resume(), 'data')
    await appendAudit(tx, entry('the frozen one, again'))
  })
  .catch((error: { code?: string }) => say(`failed ${error.code}`))
await db.tx((tx) => appendAudit(tx, entry('the frozen one, later')))
say('wrote')
await db.close()
process.exit()
