import { didYouMean } from '../../text/did-you-mean.ts'

/** `{{name}}` in a command; a value of the inventory or one taken out of evidence through a typed pattern. */
const placeholder = /\{\{([a-z][A-Za-z0-9_]{0,39})\}\}/g
/** A slip for a placeholder: `{{ name }}`. Go templates such as `{{.Names}}` are none. */
const almost = /\{\{ ?[A-Za-z][A-Za-z0-9_-]{0,39} ?\}\}/g

/** Sentences on what is wrong with the placeholders of a word, which no shell reads. */
export function placeholderMistakes(text: string, names: ReadonlySet<string>): string[] {
  const mistakes: string[] = []
  for (const [written] of text.matchAll(almost)) {
    const name = written.slice(2, -2)
    if (names.has(name)) continue
    const near = didYouMean(name.trim(), names)
    mistakes.push(`there is no parameter \`${written}\`${near ? `; did you mean \`{{${near}}}\`?` : ''}`)
  }
  return mistakes
}

/** The same of a shell script, where none may stand within quotes. */
export const shellPlaceholderMistakes = (script: string, names: ReadonlySet<string>): string[] => [
  ...placeholderMistakes(script, names),
  ...[...script.matchAll(placeholder)]
    .filter(({ 1: name = '', index }) => names.has(name) && insideQuotes(script, index))
    .map(
      ([written]) => `\`${written}\` is within quotes; take them away, the value is quoted when it is put in`,
    ),
]

/** One pass: a value that looks like a placeholder is not replaced again. */
export const fill = (
  text: string,
  values: ReadonlyMap<string, string>,
  quote: (value: string) => string,
): string =>
  text.replace(placeholder, (written, name: string) => {
    const value = values.get(name)
    return value === undefined ? written : quote(value)
  })

/**
 * Whether a POSIX shell is within quotes there, or right behind a backslash. Comments are skipped; here-documents are
 * read as if they were commands.
 */
export function insideQuotes(script: string, offset: number): boolean {
  let quote = ''
  // Only at the start of a word does # begin a comment.
  let atStart = true
  for (let at = 0; at < offset; at++) {
    const character = script[at] ?? ''
    if (quote === "'") quote = character === "'" ? '' : quote
    else if (character === '\\') {
      at++
      if (at === offset) return true
      atStart = false
    } else if (quote === '"') quote = character === '"' ? '' : quote
    else if (character === '#' && atStart) {
      const end = script.indexOf('\n', at)
      if (end < 0 || end >= offset) return false
      at = end
    } else {
      if (character === "'" || character === '"') quote = character
      atStart = ' \t\n;&|()'.includes(character)
    }
  }
  return quote !== ''
}
