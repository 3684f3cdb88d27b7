import { MARK } from './mark.ts'
import { namesSecret } from './secret-key.ts'

/**
 * Secrets of several lines: private keys in PEM, and YAML block texts under a secret's name. Each line keeps its place
 * and its indentation; a block that the cap cut has no end and is redacted as far as it goes.
 */
export function redactBlocks(text: string): string {
  if (!text.includes('PRIVATE KEY') && !BLOCK_TEXT.test(text)) return text
  let inKey = false
  let deeperThan: number | undefined
  const lines = text.split('\n').map((line) => {
    if (deeperThan !== undefined && (line.trim() === '' || indentation(line) > deeperThan))
      return line.trim() === '' ? line : `${line.slice(0, indentation(line))}${MARK}`
    deeperThan = startsBlockText(line)
    const piece = redactKey(line, inKey)
    inKey = piece.inKey
    return piece.line
  })
  return lines.join('\n')
}

const BLOCK_TEXT = /:[ \t]*[|>][-+0-9]{0,2}[ \t]*\n/
const indentation = (line: string): number => line.search(/\S|$/)

/** How far the line of a key such as `password: |` is indented. */
function startsBlockText(line: string): number | undefined {
  const header = /:[ \t]*[|>][-+0-9]{0,2}$/.exec(line.trimEnd())
  if (!header) return undefined
  const name = /[\w.-]{1,64}(?=["']?$)/.exec(line.slice(Math.max(0, header.index - 66), header.index))?.[0]
  return name && namesSecret(name) ? indentation(line) : undefined
}

const BOUNDARY = /(-----(?:BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)/
/** What a line of a key looks like, within a log line too. */
const KEY_TEXT = /[A-Za-z0-9+/=]{24,}/g
const WHOLLY_KEY_TEXT = /^[A-Za-z0-9+/=]+$/
const HEADER = /^[\w-]+: |:$|^$/

/** A line that is no part of a key ends it: what follows a cut key survives. */
function redactKey(line: string, wasInKey: boolean): { readonly line: string; readonly inKey: boolean } {
  let inKey = wasInKey
  const pieces = line.split(BOUNDARY).map((piece, i, all) => {
    if (i % 2 === 1) {
      inKey = piece.startsWith('-----BEGIN')
      return piece
    }
    if (!inKey || piece === '') return piece
    // All of it on one line, its line ends written as \n: nothing between the two boundaries is kept.
    if (i > 0 && i < all.length - 1) return MARK
    const trimmed = piece.trim()
    if (WHOLLY_KEY_TEXT.test(trimmed)) return piece.replace(trimmed, MARK)
    const redacted = piece.replace(KEY_TEXT, MARK)
    inKey = redacted !== piece || piece.includes(MARK) || HEADER.test(trimmed)
    return redacted
  })
  return { line: pieces.join(''), inKey }
}
