import type { Queryable } from '../../store/db.ts'
import { feedbackOn } from '../history/feedback.ts'
import { probesOf } from '../probe-store.ts'
import type { Run } from '../run.ts'
import { type Examinable, type Recording, recordingOf } from './recording.ts'

/**
 * A stored run as a recording, with what people said of its verdict: what it has was redacted before it was stored.
 * Undefined: it has no verdict, or is older than what is kept for that.
 */
export async function storedRecording(db: Queryable, run: Run): Promise<Recording | undefined> {
  const { rows } = await db.query<{ examined: Examinable | null }>(
    'SELECT examined FROM debvisor.runs WHERE id = $1',
    [run.id],
  )
  const examined = rows[0]?.examined
  const { report } = run
  if (!examined || !report) return undefined
  // A worker that died may have asked more than the one whose verdict this is.
  const asked = new Set(report.probes.map(({ id }) => id))
  const records = (await probesOf(db, run.id)).filter(({ id }) => asked.has(id))
  const host = { name: run.host, production: run.production }
  const feedback = ((await feedbackOn(db, [run.id])).get(run.id) ?? []).map(({ rating, said }) =>
    said === null ? { rating } : { rating, said },
  )
  const recording = recordingOf({ ...examined, report, records, host })
  return feedback.length > 0 ? { ...recording, feedback } : recording
}
