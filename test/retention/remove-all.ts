import { type Gone, removeOld } from '../../src/retention/pass.ts'
import type { RetentionSettings } from '../../src/retention/settings.ts'
import type { Db } from '../../src/store/db.ts'

/** As debvisor.yml has them where nobody wrote any. */
export const usual: RetentionSettings = {
  ...{ outputs: 30, runs: 365, looks: 30, fleets: 90, snapshots: 30, alerts: 30 },
  size: null,
}

export const silent = { info() {}, warn() {}, debug() {}, error() {} }

/** One pass, whenever the last one was. */
export const removeAll = (db: Db, settings: Partial<RetentionSettings> = {}): Promise<Gone | null> =>
  removeOld({ store: db, settings: () => ({ ...usual, ...settings }), log: silent }, { isAsked: true })
