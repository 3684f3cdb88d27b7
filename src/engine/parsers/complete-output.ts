import { notUnderstood, type Parser } from './parser.ts'

/** The last line of a probe with `whole: true`: its script printed it after all else had succeeded. */
export const END = '=== end'

/** The text before the mark; undefined where the mark is missing: what came may be a part of the answer. */
export function beforeEnd(text: string): string | undefined {
  const trimmed = text.trimEnd()
  if (trimmed === END) return ''
  return trimmed.endsWith(`\n${END}`) ? trimmed.slice(0, -END.length) : undefined
}

/**
 * A parser for an answer that says where it ends: an empty list then means that there is nothing, not that a command
 * failed half-way.
 *
 *     debvisor.service	40	19	18	19	18	0	0	0	0	0
 *     === end
 */
export const ended = (parser: Parser): Parser => ({
  gives: parser.gives,
  parse(text) {
    const whole = beforeEnd(text)
    return whole === undefined ? notUnderstood(`\`${END}\` as its last line`, text) : parser.parse(whole)
  },
})
