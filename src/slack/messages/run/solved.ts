import type { RichTextElement } from '@slack/types'
import { isOpen } from '../../../escalation/escalation.ts'
import type { Run } from '../../../runs/run.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { nameOf } from '../escalation/escalation-view.ts'
import { bold, lines, mention, moment, text } from '../rich-text.ts'
import { about, conclusion, type RunView, type Solved } from './run-view.ts'

/** "☑️ db on host1: fix Restart PostgreSQL by @ana worked, found healthy 14:13 · resolved by @bo 14:15" */
export const solvedHeadline = (run: Run, solved: Solved): RichTextElement[] => [
  ...bold(`☑️ ${about(run)}: `),
  ...solvedParts(solved).flatMap((part, at) => (at === 0 ? part : [...text(' · '), ...part])),
]

/** What says that it is over, in the order in which it was said. */
export function solvedParts({ healthy, fix, resolved }: Solved): RichTextElement[][] {
  const found = [
    ...(fix
      ? [
          ...text('fix '),
          ...bold(oneLine(fix.title, 150)),
          ...text(' by '),
          ...mention(fix.by),
          ...text(' worked'),
        ]
      : []),
    ...(healthy
      ? [
          ...text(`${fix ? ', ' : ''}found healthy `),
          ...moment(healthy.at),
          ...(fix ? [] : [...text(' by '), ...mention(healthy.by)]),
          ...text(` (run ${healthy.code})`),
        ]
      : []),
  ]
  const said = resolved
    ? [...text('resolved by '), ...mention(resolved.by ?? 'somebody'), ...text(' '), ...moment(resolved.at)]
    : []
  const saidFirst = resolved && healthy && resolved.at < healthy.at
  return (saidFirst ? [said, found] : [found, said]).filter((part) => part.length > 0)
}

/** Plain text, where there is room for no more. */
export const solvedWords = (run: Run): string => `☑️ ${about(run)}: solved. It was: ${conclusion(run)}`

/** How the run stands now: what solved it, what it was, and what nobody has closed yet. */
export const solvedConclusion = ({ run, escalations }: RunView, solved: Solved): MessageBlock =>
  lines(solvedHeadline(run, solved), text(`It was: ${conclusion(run)}`), stillOpen(escalations))

/** A healthy run closes nothing, so what is open says so. */
function stillOpen(escalations: RunView['escalations']): RichTextElement[] {
  const open = escalations.filter(isOpen).map(nameOf)
  return open.length > 0 ? text(`Still open: ${[...new Set(open)].join(', ')}`) : []
}
