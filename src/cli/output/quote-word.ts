import { sanitise } from '../../redact/sanitise.ts'
import { clip } from '../../text/shorten.ts'

/** Somebody's own word in a sentence: in quotes, short, and with nothing in it that moves a terminal. */
export const quoteWord = (word: string): string => `'${clip(sanitise(word).replaceAll('\n', ' '), 60)}'`
