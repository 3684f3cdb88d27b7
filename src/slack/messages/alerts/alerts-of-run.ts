import type { RichTextElement } from '@slack/types'
import type { AlertOfRun } from '../../../alerts/alert-store.ts'
import type { Run } from '../../../runs/run.ts'
import { escapeText } from '../../typed-text.ts'
import { text } from '../rich-text.ts'

const MOST_NAMED = 10

/**
 * Which alerts a run looks into, and how they stand, in small print: mrkdwn, names as code. None where the run's reason
 * says as much: one alert that fires.
 */
export function alertsLine(alerts: readonly AlertOfRun[] = []): string[] {
  const looked = alerts.filter(({ isRecheck }) => !isRecheck)
  if (looked.length === 0 || (looked.length === 1 && looked[0]?.resolvedAt === null)) return []
  const shown = looked.slice(0, MOST_NAMED).map(({ name, source, resolvedAt }) => {
    const end = resolvedAt ? `resolved ${clock(resolvedAt)}` : 'fires'
    return `\`${escapeText(name)}\` of ${escapeText(source)} ${end}`
  })
  const left = looked.length - shown.length
  return [`🔔 ${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`]
}

const clock = (at: Date): string =>
  `<!date^${Math.floor(at.getTime() / 1000)}^{time}|${at.toISOString().slice(11, 16)} UTC>`

/** "The alert HighCpuUsage is resolved, but host1 is not well." Empty: the run does not look after an alert. */
export function overLine(run: Run, alerts: readonly AlertOfRun[] = []): RichTextElement[] {
  const over = alerts.filter(({ isRecheck }) => isRecheck)
  const [first] = over
  if (!first) return []
  const what =
    over.length === 1
      ? `The alert ${first.name} is resolved`
      : `${over.length} alerts are resolved (${first.name}, …)`
  return text(`${what}${standing(run)}`)
}

function standing({ host, report }: Run): string {
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
