import type { RichTextElement } from '@slack/types'
import type { AlertOfRun } from '../../../alerts/alert-store.ts'
import type { Run } from '../../../runs/run.ts'
import type { MessageBlock } from '../../blocks.ts'
import { code, lines, moment, text } from '../rich-text.ts'

const MOST_NAMED = 10

/**
 * Which alerts a run looks into, and how they stand. None where its reason says as much: it was started by one that
 * fires.
 */
export function alertsBlock(run: Run, alerts: readonly AlertOfRun[] = []): MessageBlock[] {
  const looked = alerts.filter(({ isRecheck }) => !isRecheck)
  const isSaid = run.actor.kind === 'webhook' && looked.length === 1 && looked[0]?.resolvedAt === null
  if (looked.length === 0 || isSaid) return []
  const left = countOf(looked) - MOST_NAMED
  return [
    lines([
      ...text('🔔 '),
      ...looked
        .slice(0, MOST_NAMED)
        .flatMap((each, at) => [...text(at === 0 ? '' : ', '), ...standing(each)]),
      ...text(left > 0 ? ` and ${left} more` : ''),
    ]),
  ]
}

/** Not all of a storm are read. */
const countOf = (alerts: readonly AlertOfRun[]): number => Math.max(alerts.length, alerts[0]?.alike ?? 0)

const standing = ({ name, source, resolvedAt }: AlertOfRun): RichTextElement[] => [
  ...code(name),
  ...text(` of ${source} ${resolvedAt ? 'resolved ' : 'fires'}`),
  ...(resolvedAt ? moment(resolvedAt) : []),
]

/** "The alert HighCpuUsage is resolved, but host1 is not well." Empty: the run does not look after an alert. */
export function overLine(run: Run, alerts: readonly AlertOfRun[] = []): RichTextElement[] {
  const over = alerts.filter(({ isRecheck }) => isRecheck)
  const [first] = over
  if (!first) return []
  const what =
    over.length === 1
      ? `The alert ${first.name} is resolved`
      : `${countOf(over)} alerts are resolved (${first.name}, …)`
  return text(`${what}${howHostIs(run)}`)
}

function howHostIs({ host, report }: Run): string {
  if (report?.verdict === 'healthy') return ', and nothing wrong is found any more.'
  if (report?.verdict === 'problem') return `, but ${host} is not well.`
  return `, but whether ${host} is well could not be seen.`
}

/** For a notification: " (the alert is resolved)". */
export function overWords(alerts: readonly AlertOfRun[] = []): string {
  const over = alerts.filter(({ isRecheck }) => isRecheck).length
  if (over === 0) return ''
  return over === 1 ? ' (its alert is resolved)' : ' (its alerts are resolved)'
}
