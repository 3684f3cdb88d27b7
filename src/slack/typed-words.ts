/** Quotes around a whole word, or around everything, are habit: no name has any. */
export const bare = (word: string): string => word.replace(/^(["'`])([^"'`]*)\1$/, '$2')

/** "host1." at the end of a sentence, "host1:" before what is wrong with it, "`host1`," out of a message. */
export const withoutPunctuation = (word: string): string => bare(word.replace(/[.,:!?]+$/, ''))

export const wordsOf = (text: string): string[] =>
  text
    .split(/\s+/)
    .map(bare)
    .filter((word) => word !== '')

/** The user's own word, back to the user: short, and with nothing in it that Slack would take for markup. */
export const quoteWord = (word: string): string =>
  `\`${word.slice(0, 60).replace(/[`<>&*_~|@#\p{C}]/gu, '·')}\``
