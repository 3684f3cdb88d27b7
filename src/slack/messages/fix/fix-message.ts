import type { Button, RichTextElement } from '@slack/types'
import type { Comparison } from '../../../findings/compare-reports.ts'
import { type Fix, type FixState, isWithdrawn } from '../../../fixes/fix-store.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { type Message, makeMessage } from '../../message.ts'
import { actionIds, button } from '../action-ids.ts'
import {
  bold,
  bullets,
  excerpt,
  lines,
  mention,
  mentionText,
  moment,
  preformatted,
  rich,
  section,
  text,
} from '../rich-text.ts'
import { headline, type RunView } from '../run/run-view.ts'
import type { FixView } from './fix-view.ts'
import { touchesBlocks } from './touches-blocks.ts'

const marks: Readonly<Record<FixState, string>> = {
  proposed: '🔧',
  'awaiting-approval': '🔧',
  approved: '⏳',
  running: '⏳',
  succeeded: '✅',
  failed: '❌',
  unknown: '❓',
  refused: '🚫',
  expired: '⌛',
  void: '🚫',
}

const said: Readonly<Record<FixState, string>> = {
  proposed: 'not asked for yet',
  'awaiting-approval': 'waits for approval',
  approved: 'approved, not begun yet',
  running: 'runs now',
  succeeded: 'ran',
  failed: 'failed',
  unknown: 'nobody knows whether it ran',
  refused: 'declined, nothing was run',
  expired: 'not approved in time, nothing was run',
  void: 'void, nothing was run',
}

const longest = 2_400

const nameOf = ({ title, host }: Fix): string => oneLine(`${title} on ${host}`, 200)

/** "✅ Restart PostgreSQL on host1: ran · resolved" */
const headOf = (view: FixView): string => {
  const { fix, comparison } = view
  const after = comparison ? ` · ${outcome[comparison.kind]}` : ''
  return `${marks[fix.state]} ${nameOf(fix)}: ${stateOf(fix)}${after}`
}

const stateOf = (fix: Fix): string =>
  fix.state === 'refused' && isWithdrawn(fix) ? 'withdrawn, nothing was run' : said[fix.state]

const outcome: Readonly<Record<Comparison['kind'], string>> = {
  resolved: 'resolved',
  'not-resolved': 'not resolved',
  'other-causes': 'that cause is gone, others remain',
  worse: 'worse: there is a new cause',
  unclear: 'could not see whether it helped',
}

/** On the run's own message, a line a fix: for everybody who does not open the thread. */
export const fixLines = ({ fixes }: RunView): MessageBlock[] =>
  fixes === undefined || fixes.asked.length === 0
    ? []
    : [lines(...fixes.asked.slice(-3).map((view) => [...text(`${headOf(view)} · `), ...people(view.fix)]))]

/** *Apply fix*: the value is the run's id (S7); what would run is shown before anything is asked for. */
export const fixButtons = ({ fixes, run }: RunView): Button[] =>
  fixes?.offer === 'offered' ? [{ ...button(actionIds.fix, 'Apply fix', run.id), style: 'primary' }] : []

/**
 * In the thread: what is asked, by whom, answered by whom, what ran and what came of it. The same message from the
 * question to the end.
 */
export function fixMessage(view: FixView): Message {
  const { fix } = view
  const message = makeMessage(headOf(view), [
    lines(bold(headOf(view)), people(fix), why(fix)),
    rich(preformatted(fix.steps.map(({ text: command }) => `$ ${command}`).join('\n'), longest)),
    lines(
      [...bold('Expected: '), ...text(oneLine(fix.effect, 600))],
      [...bold('Risk: '), ...text(oneLine(fix.risk, 600))],
      ...loginOf(fix),
    ),
    ...touchesBlocks(fix),
    ...answers(fix),
    ...afterwards(view),
    ...actions(view),
  ])
  if (fix.state !== 'awaiting-approval') return message
  return {
    ...message,
    text: `${message.text}: ${mentionText(fix.requester)} needs somebody else to approve it`,
  }
}

/** All steps of a fix go through one session. */
const loginOf = ({ steps: [first] }: Fix): RichTextElement[][] =>
  first?.login ? [text(oneLine(`It logs in as ${first.login}.`, 200))] : []

function people(fix: Fix): RichTextElement[] {
  const { requester, approver, decliner, requestedAt, decidedAt } = fix
  const declined = isWithdrawn(fix) ? 'withdrawn' : 'declined'
  const at = (when: Date | null): RichTextElement[] => (when ? [...text(' · '), ...moment(when)] : [])
  return [
    ...text('asked for by '),
    ...mention(requester),
    ...at(requestedAt),
    ...(approver ? [...text(', approved by '), ...mention(approver), ...at(decidedAt)] : []),
    ...(decliner ? [...text(`, ${declined} by `), ...mention(decliner), ...at(decidedAt)] : []),
  ]
}

function why(fix: Fix): RichTextElement[] {
  if (fix.reason) return text(oneLine(fix.reason, 600))
  if (fix.state !== 'awaiting-approval') return []
  return [
    ...text(`${fix.host} is in production: somebody else has to approve these very commands until `),
    ...moment(fix.expiresAt),
  ]
}

/** What each step answered, in its own words. */
const answers = ({ results }: Fix): MessageBlock[] =>
  results.flatMap((record) => {
    const printed = [record.stdout, record.stderr].filter((part) => part.trim() !== '').join('\n')
    const status =
      record.exitCode === null ? (record.reason ?? record.status) : `exit status ${record.exitCode}`
    return [
      rich(
        section(...text(oneLine(`${record.id}: ${status}, ${record.ms} ms`, 300))),
        ...(printed === '' ? [] : [excerpt(printed)]),
      ),
    ]
  })

function afterwards({ fix, recheck, comparison }: FixView): MessageBlock[] {
  if (!recheck) return []
  const before = text(`Before: ${oneLine(`${fix.finding} (${fix.subject})`, 300)}`)
  const after = text(`After: ${oneLine(headline(recheck), 400)}`)
  const causes = comparison && 'causes' in comparison ? comparison.causes : []
  return [
    rich(
      section(...before, ...text('\n'), ...after),
      ...bullets(causes.slice(0, 5).map((cause) => text(oneLine(`${cause.title}: ${cause.detail}`, 300)))),
    ),
  ]
}

/** Those that can still be used: a click on any other is answered, and has no effect. */
function actions(view: FixView): MessageBlock[] {
  const buttons = buttonsOf(view)
  return buttons.length === 0 ? [] : [{ type: 'actions', block_id: `fix_${view.fix.id}`, elements: buttons }]
}

function buttonsOf({ fix, recheck, comparison, again }: FixView): Button[] {
  if (fix.state === 'awaiting-approval')
    return [
      { ...button(actionIds.approve, 'Approve', fix.id), style: 'primary' },
      // One word for everybody who reads it: whoever might approve declines with it, whoever asked withdraws.
      button(actionIds.decline, 'Do not run', fix.id),
    ]
  if (fix.state !== 'unknown' || !recheck || !comparison) return []
  return [
    button(actionIds.again, 'Check again', recheck.id),
    ...(again ? [button(actionIds.fix, 'Apply again', recheck.id)] : []),
  ]
}
