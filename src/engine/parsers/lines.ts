import { linesOf, type Parser, understood } from './parser.ts'

/** `parse: lines`: `.lines`, the lines that are not blank. No output is an empty list. */
export const lines: Parser = {
  gives: { lines: true },
  parse: (text) => understood({ lines: linesOf(text) }),
}
