import type { Runbook } from '../engine/load-runbooks.ts'
import type { ProbeRecord } from '../findings/probe-record.ts'

/** Records as people may read them: a probe with `expose: false` shows that it answered, not what. */
export const shownRecords = (
  runbook: Runbook | undefined,
  records: readonly ProbeRecord[],
): readonly ProbeRecord[] =>
  records.map((record) =>
    runbook?.probes.get(record.id)?.expose === false ? { ...record, stdout: '', stderr: '' } : record,
  )
