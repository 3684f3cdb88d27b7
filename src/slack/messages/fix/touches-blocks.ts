import type { RichTextElement } from '@slack/types'
import { changedPaths, concernedOthers, type TouchedPaths } from '../../../findings/fix-touches.ts'
import { duration } from '../../../findings/recent-changes.ts'
import type { Fix } from '../../../fixes/fix-store.ts'
import { oneLine } from '../../../text/shorten.ts'
import type { MessageBlock } from '../../blocks.ts'
import { bold, moment, preformatted, rich, section, text } from '../rich-text.ts'

const LIST = 1_600

/**
 * What a fix changes and whom else it concerns, as the run saw it: the same for whoever asks and for whoever approves.
 * The age is that of the sight when the form opened.
 */
export function touchesBlocks({ touches, createdAt }: Pick<Fix, 'touches' | 'createdAt'>): MessageBlock[] {
  if (!touches) return []
  const seenAt = new Date(touches.seenAt)
  const age = duration(Math.max(0, Math.round((createdAt.getTime() - seenAt.getTime()) / 1000)))
  const seen = [...text(`, seen ${age} before the form opened, at `), ...moment(seenAt)]
  const others = oneLine(concernedOthers(touches), 1_500)
  return [
    ...(touches.paths ? [pathList(touches.paths, seen)] : []),
    ...(others === '' ? [] : [rich(section(...text(others), ...(touches.paths ? [] : seen)))]),
  ]
}

const pathList = (paths: TouchedPaths, seen: readonly RichTextElement[]): MessageBlock => {
  const more = paths.count - paths.first.length
  const listed = paths.first.map((path) => oneLine(path, 300))
  if (more > 0) listed.push(listed.length > 0 ? `… and ${more} more` : 'their names could not be read')
  const said = changedPaths(paths)
  return rich(
    section(...bold(`${said.charAt(0).toUpperCase()}${said.slice(1)}`), ...seen),
    preformatted(listed.join('\n'), LIST),
  )
}
