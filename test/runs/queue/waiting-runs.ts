import type { Run } from '../../../src/runs/run.ts'
import { createRun, type NewRun } from '../../../src/runs/run-store.ts'
import type { Db } from '../../../src/store/db.ts'

let hosts = 0

/** A run that waits, on a host of its own. */
export const waitingRun = (db: Db, parts: Partial<NewRun> = {}): Promise<Run> =>
  db.tx((tx) =>
    createRun(tx, {
      team: 'T1',
      actor: { kind: 'user', id: 'U1' },
      topic: 'db',
      host: `host${++hosts}`,
      production: false,
      channel: 'C1',
      responseUrl: null,
      ...parts,
    }),
  )
