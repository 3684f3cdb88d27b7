import type { Evidence } from '../../findings/finding.ts'
import { clip } from '../../text/shorten.ts'
import type { Context } from '../language/expression.ts'
import { linesOf } from '../parsers/parser.ts'
import { said } from '../plan/evidence-context.ts'
import type { Rule } from '../runbook/runbook.ts'
import type { Observation } from './observation.ts'

/** A quotation that is read at a glance; the whole output is in the thread's file. */
const MAX_LINES = 5
export const MAX_LINE = 300

/** What a true finding quotes: what its author chose, else the first lines of the probes that decided it. */
export function evidenceFor(rule: Rule, context: Context, seen: Observation): Evidence[] {
  const chosen = rule.evidence.flatMap(({ probe, text }): Evidence[] => {
    const answer = text?.evaluate(context)
    // What was chosen and is not there (a log without that line) is no evidence.
    if (answer?.known) {
      const chosenLines = lines(answer.value)
      return quoted(lookThatHas(chosenLines, probe, seen), quote(chosenLines))
    }
    return quoted(probe, outputOf(probe, seen))
  })
  if (chosen.length > 0) return chosen
  return rule.probes.flatMap((probe) => quoted(probe, outputOf(probe, seen)))
}

/** A log may be read twice, the second time after a request that failed: it is quoted from the look that has the lines. */
function lookThatHas(
  all: readonly string[],
  probe: string,
  { runbook, context, unparsed }: Observation,
): string {
  const of = runbook.probes.get(probe)?.log?.of
  if (of === undefined) return probe
  const has = (id: string): boolean => {
    if (unparsed.has(id)) return false
    const { rows = [] } = (context[id] ?? {}) as { rows?: readonly { readonly text: string }[] }
    const text = rows.map((row) => row.text).join('\n')
    return all.slice(0, MAX_LINES).every((line) => text.includes(line))
  }
  const looks = [...runbook.probes.values()].filter(({ log }) => log?.of === of).map(({ id }) => id)
  return [probe, ...looks].find(has) ?? probe
}

const quoted = (probe: string, text: string): Evidence[] => (text === '' ? [] : [{ probe, text }])

const lines = (value: unknown): string[] => linesOf(Array.isArray(value) ? value.join('\n') : String(value))

function outputOf(id: string, { runbook, records }: Observation): string {
  const record = records.get(id)
  const probe = runbook.probes.get(id)
  if (!record || !probe) return ''
  if (record.status === 'not-installed') return `${probe.title}: not installed`
  if (record.status !== 'answered') return ''
  if (!probe.expose) return `${probe.title}: exit status ${record.exitCode} (its output is not shown)`
  const printed = quote(linesOf(said(probe, record))) || quote(linesOf(record.stderr))
  return printed || `${probe.title}: exit status ${record.exitCode}, no output`
}

const quote = (given: readonly string[]): string =>
  given
    .slice(0, MAX_LINES)
    .map((line) => clip(line, MAX_LINE))
    .join('\n')
