import type { Runbook } from '../engine/load-runbooks.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'

/**
 * Records as people may read them: a probe with `expose: false` shows that it answered, not what. Of one that the runbook
 * does not know, nobody can say whether it may be shown: a worker that died may have asked more than the one after it.
 */
export const shownRecords = (
  runbook: Runbook | undefined,
  records: readonly ProbeRecord[],
): readonly ProbeRecord[] =>
  records.map((record) =>
    runbook?.probes.get(record.id)?.expose ? record : { ...record, stdout: '', stderr: '' },
  )
