import type { KnownBlock, RichTextElement } from '@slack/types'
import { oneLine } from '../../escalation/document.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Report } from '../../findings/report.ts'
import { type Message, makeMessage } from '../message.ts'
import { buttons, escalationLines } from './escalations.ts'
import { bold, context, inline, lines, text } from './rich.ts'
import { counted, footer, headline, type RunView } from './run-view.ts'

/** Read at 3 a.m. in two breaths: what it is, why, what to do, whom to call. The rest is in the thread. */
export function verdictMessage(view: RunView): Message {
  const { report } = view.run
  return ended(view, report ? explain(report) : [])
}

/** A known host that could not be reached or refused us: at which hop, why, and the remedy. */
export function failedMessage(view: RunView): Message {
  const { failure } = view.run
  if (!failure) return ended(view, [])
  return ended(view, [
    text(`At ${failure.hop}: ${oneLine(failure.reason, 600)}`),
    inline(failure.remedy, 600),
  ])
}

function ended(view: RunView, said: readonly (readonly RichTextElement[])[]): Message {
  const first = headline(view.run)
  const blocks: KnownBlock[] = [
    lines(bold(first), ...said),
    ...escalationLines(view),
    buttons(view),
    context(footer(view)),
  ]
  return makeMessage(first, blocks)
}

function explain(report: Report): readonly (readonly RichTextElement[])[] {
  switch (report.verdict) {
    case 'problem':
      return explainProblem(report)
    case 'inconclusive':
      return [...explainUnknown(report), ...notices(report)]
    case 'healthy':
      return [text(ruledOut(report)), ...notices(report)]
  }
}

/** The likeliest cause, what follows from it, its resolution; the other causes by name. */
function explainProblem({ findings }: Report): readonly (readonly RichTextElement[])[] {
  const [cause, ...others] = findings.filter((finding) => finding.role === 'cause')
  if (!cause) return []
  const also = others.map((finding) => finding.title)
  return [
    text(chain(cause, findings)),
    inline(cause.resolution.slice(0, 2).join(' · '), 500),
    ...(also.length > 0 ? [text(`Also: ${listed(also, 3)}`)] : []),
  ]
}

/** "/var is 100 % used → PostgreSQL stopped at 14:02 → the API answers 500" */
function chain(cause: Finding, findings: readonly Finding[]): string {
  const explained = new Set([cause.id])
  const links = [cause.detail]
  for (const finding of findings) {
    if (!finding.explainedBy?.some((id) => explained.has(id))) continue
    explained.add(finding.id)
    links.push(finding.detail)
  }
  const shown = links.slice(0, 4).map((link) => oneLine(link, 250))
  return shown.join(' → ') + (links.length > 4 ? ` → ${links.length - 4} more` : '')
}

function explainUnknown({ unknown }: Report): readonly (readonly RichTextElement[])[] {
  const [first, ...rest] = unknown
  if (!first) return []
  const more = rest.length > 0 ? ` (and ${rest.length} more in the thread)` : ''
  return [
    text(`Could not look at ${first.probe}: ${oneLine(first.reason, 300)}${more}`),
    inline(first.remedy, 500),
  ]
}

const ruledOut = ({ ruledOut: all }: Report): string =>
  all.length === 0 ? 'Nothing was found.' : `${counted(all.length, 'known problem')} ruled out.`

function notices({ findings }: Report): readonly (readonly RichTextElement[])[] {
  const titles = findings.filter((finding) => finding.role === 'notice').map((finding) => finding.title)
  return titles.length > 0 ? [text(`Worth a look: ${listed(titles, 3)}`)] : []
}

const listed = (titles: readonly string[], max: number): string => {
  const shown = titles.slice(0, max).map((title) => oneLine(title, 120))
  return shown.join('; ') + (titles.length > max ? `; and ${titles.length - max} more` : '')
}
