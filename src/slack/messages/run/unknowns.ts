import type { RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Unknown } from '../../../findings/finding.ts'
import { oneLine } from '../../../text/shorten.ts'
import { bold, code, inline, preformatted, section, text } from '../rich-text.ts'
import { probeTitle, type RunView } from './run-view.ts'

/** A remedy (engine/verdict/remedy.ts) as people read it: what to do, and the line to copy where there is one. */
interface Remedy {
  readonly says: string
  readonly copy?: string
  /** What holds besides, in words: nobody pastes them into a shell. */
  readonly besides?: string
}

/** A whole script is of no use in a chat: it is in the file. */
const SHORT = 120

function remedyOf(sentence: string): Remedy {
  const one = oneLine(sentence)
  if (/^(sudo|usermod|systemctl) /.test(one)) {
    const [copy = one, ...besides] = one.split(/; (?=where )/)
    return { says: '', copy, ...(besides.length > 0 ? { besides: capital(besides.join('; ')) } : {}) }
  }
  const [, says, copy] = /^([^:`]{1,100}): (.+)$/.exec(one) ?? []
  if (!says || !copy) return { says: oneLine(one, 250) }
  if (/by hand/.test(says) && copy.length > SHORT) return { says: `${says}: its command is in the file` }
  return { says: `${says}:`, copy }
}

/** In one line, for the run's message. What holds besides is in the thread. */
export function remedyLine(sentence: string): RichTextElement[] {
  const { says, copy } = remedyOf(sentence)
  const before = copy && says !== '' ? text(' ') : []
  return [...inline(capital(says), 300), ...before, ...(copy ? code(oneLine(copy, 500)) : [])]
}

interface Group extends Remedy {
  readonly reason: string
  readonly titles: string[]
  readonly copies: Set<string>
}

const MOST = 8

const capital = (clause: string): string => clause.charAt(0).toUpperCase() + clause.slice(1)

/** Probes that failed alike and that one kind of remedy opens stand together, with every line that it takes. */
export function unseenElements(view: RunView, unknown: readonly Unknown[]): RichTextBlockElement[] {
  const groups = grouped(view, unknown)
  const left = groups.slice(MOST).flatMap(({ titles }) => titles).length
  const more = left > 0 ? [section(...text(`${left} more in the file.`))] : []
  return [...groups.slice(0, MOST).flatMap(groupElements), ...more]
}

function grouped(view: RunView, unknown: readonly Unknown[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const { probe, reason, remedy } of unknown) {
    const { copy, ...words } = remedyOf(remedy)
    const key = JSON.stringify([reason, words])
    const group = groups.get(key) ?? { reason, ...words, titles: [], copies: new Set<string>() }
    group.titles.push(probeTitle(view, probe))
    if (copy) group.copies.add(copy)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function groupElements({ titles, reason, says, copies, besides }: Group): RichTextBlockElement[] {
  const names = oneLine(titles.join(', '), 300)
  const does = says === '' ? [] : [...text('\n'), ...inline(capital(says), 250)]
  return [
    section(...bold(names), ...text(`: ${oneLine(reason, 340)}`), ...does),
    ...(copies.size > 0 ? [preformatted([...copies].join('\n'), 1_500)] : []),
    ...(besides ? [section(...inline(besides, 400))] : []),
  ]
}
