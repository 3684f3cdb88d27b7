/** More hosts than this behind one pattern are a slip: `[1:100000]`. */
const MOST = 1000

export type Expanded =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly message: string }

/**
 * Ansible's host ranges: `web[01:10]` (a leading zero keeps the width), `db-[a:c]`, `web[1:9:2]` (every second one),
 * and several in one name. Both ends count.
 */
export function expandRanges(pattern: string): Expanded {
  const open = pattern.indexOf('[')
  if (open < 0) return { ok: true, names: [pattern] }
  const close = pattern.indexOf(']', open)
  const range = close < 0 ? undefined : oneRange(pattern.slice(open + 1, close))
  if (!range) return refuse(pattern, 'a range is written [1:9], [01:10], [a:f] or [1:9:2]')
  const rest = expandRanges(pattern.slice(close + 1))
  if (!rest.ok) return rest
  if (range.length * rest.names.length > MOST) return refuse(pattern, `it means more than ${MOST} hosts`)
  const head = pattern.slice(0, open)
  return { ok: true, names: range.flatMap((part) => rest.names.map((tail) => `${head}${part}${tail}`)) }
}

const refuse = (pattern: string, why: string): Expanded => ({
  ok: false,
  message: `the host range \`${pattern.slice(0, 80)}\` cannot be expanded: ${why}`,
})

function oneRange(text: string): string[] | undefined {
  const match = /^(\d{0,9}|[A-Za-z]):(\d{1,9}|[A-Za-z])(?::([1-9]\d{0,3}))?$/.exec(text)
  if (!match) return undefined
  const [, first = '', last = '', step = '1'] = match
  return /[A-Za-z]/.test(first)
    ? letters(first, last, Number(step))
    : numbers(first || '0', last, Number(step))
}

function numbers(first: string, last: string, step: number): string[] | undefined {
  if (!/^\d+$/.test(last) || Number(first) > Number(last)) return undefined
  const padded = first.length > 1 && first.startsWith('0')
  if (padded && first.length !== last.length) return undefined
  return count(Number(first), Number(last), step).map((n) =>
    String(n).padStart(padded ? first.length : 1, '0'),
  )
}

function letters(first: string, last: string, step: number): string[] | undefined {
  const sameCase = /^[a-z]{2}$|^[A-Z]{2}$/.test(first + last)
  if (!sameCase || first > last) return undefined
  return count(first.charCodeAt(0), last.charCodeAt(0), step).map((code) => String.fromCharCode(code))
}

const count = (first: number, last: number, step: number): number[] =>
  Array.from({ length: Math.min(Math.floor((last - first) / step), MOST) + 1 }, (_, i) => first + i * step)
