/** Words, `{`, `}` and `;` of an nginx configuration, with their lines (from 1). Quotes and comments are gone. */
export interface Token {
  readonly kind: 'word' | '{' | '}' | ';'
  readonly text: string
  readonly line: number
}

/** Undefined where a quote or a Lua block is not closed. */
export function nginxTokens(text: string): Token[] | undefined {
  const tokens: Token[] = []
  let line = 1
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\n') line++
    if (isBlank(character)) at++
    else if (character === '#') at = endOf(text, at, '\n')
    else if (character === '{' && isLua(tokens)) {
      const end = endOfLua(text, at)
      if (end === undefined) return undefined
      line += lineBreaks(text, at, end)
      at = end
      tokens.push({ kind: ';', text: ';', line })
    } else if (character === ';' || character === '{' || character === '}') {
      tokens.push({ kind: character, text: character, line })
      at++
    } else {
      const word = character === '"' || character === "'" ? quoted(text, at) : plain(text, at)
      if (!word) return undefined
      tokens.push({ kind: 'word', text: word.text, line })
      line += lineBreaks(text, at, word.end)
      at = word.end
    }
  }
  return tokens
}

interface Word {
  readonly text: string
  readonly end: number
}

const isBlank = (character: string): boolean => ' \t\r\n'.includes(character)

const endOf = (text: string, at: number, wanted: string): number => {
  const end = text.indexOf(wanted, at)
  return end < 0 ? text.length : end
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (text[at] === '\n') count++
  return count
}

function quoted(text: string, start: number): Word | undefined {
  const quote = text[start]
  let word = ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === quote) return { text: word, end: at + 1 }
    if (text[at] === '\\' && at + 1 < text.length) at++
    word += text[at]
  }
  return undefined
}

/** Braces of a variable, `${name}`, belong to the word. */
function plain(text: string, start: number): Word {
  let at = start
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\\') at += 2
    else if (character === '$' && text[at + 1] === '{') at = endOf(text, at, '}') + 1
    else if (isBlank(character) || character === ';' || character === '{' || character === '}') break
    else at++
  }
  const end = Math.min(Math.max(at, start + 1), text.length)
  return { text: text.slice(start, end), end }
}

/** `content_by_lua_block { … }` holds Lua, which ends at its own closing brace. */
const isLua = (tokens: readonly Token[]): boolean => tokens.at(-1)?.text.endsWith('_by_lua_block') ?? false

function endOfLua(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return at + 1
  }
  return undefined
}
