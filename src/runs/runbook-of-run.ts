import type { Runbook, Runbooks } from '../engine/load-runbooks.ts'
import { widen } from '../engine/runbook/widen.ts'
import type { Report } from '../findings/report.ts'

/** What a run asked: its topic, with the others that were asked too. Undefined: the topic is there no more. */
export function runbookOfRun(
  { topics }: Pick<Runbooks, 'topics'>,
  { topic, report }: { readonly topic: string; readonly report: Pick<Report, 'alsoAsked'> | null },
): Runbook | undefined {
  const own = topics.get(topic)
  const others = (report?.alsoAsked ?? []).flatMap((other) => topics.get(other) ?? [])
  return own && (widen(own, others)?.runbook ?? own)
}
