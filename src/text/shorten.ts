/** The beginning of a long text, with a mark that it goes on; never half of a character outside the basic plane. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  const half = last >= 0xd800 && last <= 0xdbff
  return `${text.slice(0, half ? max - 1 : max)}…`
}

/** Line breaks and controls become one space; at most `max` UTF-16 units, the cut shown as "…". */
export function oneLine(text: string, max = Number.POSITIVE_INFINITY): string {
  const line = text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length <= max ? line : `${start(line, max - 1)}…`
}

/** The first `max` units, the cut marked inside them. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const mark = `\n[… cut: ${text.length} characters in all]`
  return mark.length >= max ? start(text, max) : start(text, max - mark.length) + mark
}

/** For logs, whose last lines matter most: a quarter from the start and the rest from the end. */
export function headAndTail(text: string, max: number): string {
  if (text.length <= max) return text
  const mark = `\n[… cut: ${text.length} characters in all …]\n`
  if (mark.length >= max) return start(text, max)
  const head = Math.floor((max - mark.length) / 4)
  return start(text, head) + mark + end(text, max - mark.length - head)
}

// A cut never leaves half of a surrogate pair.
const start = (text: string, length: number): string =>
  text.slice(0, Math.max(0, length)).replace(/[\uD800-\uDBFF]$/, '')
const end = (text: string, length: number): string =>
  length <= 0 ? '' : text.slice(-length).replace(/^[\uDC00-\uDFFF]/, '')
