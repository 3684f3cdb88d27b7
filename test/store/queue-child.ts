/** A process of its own that sends the job argv[3], takes it and never ends it. argv[2]: the store's configuration as JSON. */

import { openStore } from '../../src/store/open-store.ts'
import { startQueue } from '../../src/store/queue.ts'

// Its parent died without killing it.
process.stdin.resume().once('end', () => process.exit(1))
const config = JSON.parse(process.argv[2] ?? '{}')
const log = { warn() {}, error: (details: object) => process.stderr.write(`${JSON.stringify(details)}\n`) }
const db = await openStore(config)
const queue = await startQueue(db, { databaseUrl: config.databaseUrl, log })
const never = () => new Promise<never>(() => {})
await queue.work(
  {
    async diagnose(job) {
      process.stdout.write(`took ${job.runId}\n`)
      await never()
    },
    escalate: never,
    redraw: never,
    mirror: never,
    fix: never,
    'fix-expiry': never,
    change: never,
    'alert-recheck': never,
    'alert-summary': never,
    'schedule-ended': never,
    fleet: never,
    gaveUp: never,
  },
  { concurrency: 1 },
)
await db.tx((tx) => queue.send(tx, { kind: 'diagnose', runId: process.argv[3] ?? '' }))
