import { type Document, isMap, isScalar, type LineCounter, visit, type YAMLError } from 'yaml'
import type { Path } from './path.ts'

/** A slip in YAML's own grammar, in our words. */
export interface Slip {
  readonly offset: number
  readonly path: Path
  readonly message: string
}

export interface Slips {
  readonly list: readonly Slip[]
  /** Whether the text still reads as its author meant it, so that the rest can be checked too. */
  readonly harmless: boolean
}

const MOST = 20

/**
 * What is wrong with the grammar of a document. A tab makes the parser stumble over all that follows, so it stands
 * alone; otherwise the first slip of each line tells.
 */
export function slipsOf(doc: Document, text: string, lines: LineCounter): Slips {
  const errors = [...doc.errors, ...doc.warnings]
  const tab = errors.find(({ code }) => code === 'TAB_AS_INDENT')
  if (tab) return { list: [slipOf(tab, doc, text)], harmless: false }
  const twice = errors.some(({ code }) => code === 'DUPLICATE_KEY') ? duplicateKeys(doc, lines) : []
  const others = errors
    .filter(({ code }) => code !== 'DUPLICATE_KEY')
    .map((error) => slipOf(error, doc, text))
  const list = firstOfEachLine([...twice, ...others], lines)
  const quote = errors.some(isOpenQuote)
    ? list.findIndex(({ offset }) => offset === openedQuote(doc)?.offset)
    : -1
  return {
    // Behind a quote that is never closed there is nothing but its text.
    list: list.slice(0, quote < 0 ? MOST : quote + 1),
    harmless: errors.every(({ code }) => harmless.has(code)),
  }
}

const isOpenQuote = ({ message }: YAMLError): boolean => /^Missing closing .quote/.test(message)

function firstOfEachLine(slips: readonly Slip[], lines: LineCounter): Slip[] {
  const lineOf = ({ offset }: Slip): number => lines.linePos(offset).line
  const inOrder = [...slips].sort((a, b) => a.offset - b.offset)
  return inOrder.filter((slip, i) => i === 0 || lineOf(slip) !== lineOf(inOrder[i - 1] as Slip))
}

const harmless: ReadonlySet<YAMLError['code']> = new Set([
  'DUPLICATE_KEY',
  'NON_STRING_KEY',
  'TAG_RESOLVE_FAILED',
])

function slipOf(error: YAMLError, doc: Document, text: string): Slip {
  const [offset] = error.pos
  if (error.code === 'NON_STRING_KEY') return keyThatIsNoText(text, offset)
  const opened = isOpenQuote(error) ? openedQuote(doc) : undefined
  if (opened) return opened
  const message = sentences[error.code]?.(error.message, text.slice(offset)) ?? oneSentence(error.message)
  return { offset, path: [], message }
}

/** The library says only that there are some, and not always where. */
function duplicateKeys(doc: Document, lines: LineCounter): Slip[] {
  const found: Slip[] = []
  visit(doc, {
    Map(_, map, ancestors) {
      const first = new Map<string, number>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const [name, offset] = [String(key.value), key.range?.[0] ?? 0]
        const before = first.get(name)
        if (before === undefined) first.set(name, offset)
        else found.push(duplicateKey([...pathOf([...ancestors, map]), name], offset, lines.linePos(before)))
      }
    },
  })
  return found
}

const duplicateKey = (path: Path, offset: number, { line, col }: { line: number; col: number }): Slip => ({
  offset,
  path,
  message: `\`${path.at(-1)}\` is written twice, first at line ${line}, column ${col}; take one out or rename it`,
})

/** The steps that lead to the last of these nodes. */
function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, i): Path => {
    if (typeof node !== 'object' || node === null) return []
    if ('key' in node && isScalar(node.key)) return [String(node.key.value)]
    const next = nodes[i + 1]
    return 'items' in node && Array.isArray(node.items) && !isMap(node) ? [node.items.indexOf(next)] : []
  })
}

/** `{{x}}` without quotes is a map with a map as its key. */
function keyThatIsNoText(text: string, offset: number): Slip {
  const start = text[offset - 1] === '{' ? offset - 1 : offset
  const placeholder = /^\{\{[^{}\n]{0,60}\}\}/.exec(text.slice(start))?.[0]
  if (placeholder === undefined)
    return { offset, path: [], message: 'a key must be text; put it in quotes, or write `key: value`' }
  const message = `\`${placeholder}\` without quotes is a map in YAML; put the whole value in quotes, such as \`"${placeholder}"\``
  return { offset: start, path: [], message }
}

/** What the last quoted text of the document begins with: nothing can come after a quote that is never closed. */
function openedQuote(doc: Document): Slip | undefined {
  let slip: Slip | undefined
  visit(doc, {
    Scalar(_, { type, range }) {
      if (!range || (type !== 'QUOTE_DOUBLE' && type !== 'QUOTE_SINGLE')) return
      const quote = type === 'QUOTE_DOUBLE' ? '"' : "'"
      slip = {
        offset: range[0],
        path: [],
        message: `this ${quote} is never closed; add the closing ${quote}`,
      }
    },
  })
  return slip
}

/** The first `*name` that no `&name` stands before. */
export function aliasOfNothing(doc: Document): Slip | undefined {
  let slip: Slip | undefined
  visit(doc, {
    Alias(_, alias) {
      if (alias.resolve(doc)) return undefined
      const message = `\`*${alias.source}\` repeats something called \`&${alias.source}\`, which is not there; put text that begins with \`*\` in quotes`
      slip = { offset: alias.range?.[0] ?? 0, path: [], message }
      return visit.BREAK
    },
  })
  return slip
}

type Sentence = (said: string, rest: string) => string

const sentences: Partial<Record<YAMLError['code'], Sentence>> = {
  MULTIPLE_DOCS: () => 'a file is one document; split it at the `---`',
  BLOCK_AS_IMPLICIT_KEY: () =>
    'a key within the value of another; put text with `: ` in it in quotes, or indent the key like those beside it',
  TAB_AS_INDENT: () => 'a tab indents this line; YAML takes spaces only, so put spaces in place of all tabs',
  TAG_RESOLVE_FAILED: (_, rest) =>
    `YAML tags such as \`${firstWord(rest)}\` are not read here; write the plain value, in quotes where it begins with \`!\``,
  BAD_SCALAR_START: (_, rest) =>
    `a value cannot begin with ${rest.startsWith('`') ? 'a backtick' : `\`${rest[0] ?? ''}\``}; put the whole value in quotes`,
  MULTILINE_IMPLICIT_KEY: () =>
    'a key without its `:`, or text that goes on in the next line; write `key: value`, and longer text after `|`',
  BAD_DQ_ESCAPE: () =>
    'a backslash that YAML does not know in double quotes; write it twice, or use single quotes',
  BAD_INDENT: (said) =>
    said.startsWith('Flow')
      ? 'a `{` or `[` is not closed before this line; add its `}` or `]`'
      : 'this line is indented unlike those beside it; give all keys or items of one list the same indentation',
  MISSING_CHAR: missing,
  UNEXPECTED_TOKEN: (_, rest) =>
    `\`${firstWord(rest)}\` does not belong here; put the whole value in quotes if it is text`,
}

function missing(said: string, rest: string): string {
  if (/^(?:Block|Flow).* end with/.test(said))
    return 'a `{` or `[` is not closed before here; add its `}` or `]`'
  if (said.startsWith('Missing , '))
    return `a comma is missing before \`${firstWord(rest)}\`; or put text with \`,\`, \`[\` or \`{\` in it in quotes`
  if (said.startsWith('Implicit map keys'))
    return 'a key without its `:`; write `key: value`, or put the text on the line of its own key'
  return oneSentence(said)
}

const firstWord = (rest: string): string => (/^\S{1,30}/.exec(rest)?.[0] ?? '').replaceAll('`', "'")

/** The library ends some messages with the source line, which the reader has in front of them. */
const oneSentence = (message: string): string => (message.split('\n')[0] ?? message).replace(/[.:]$/, '')
