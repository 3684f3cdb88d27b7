/** Of the first words of titles, those that are capitals within a sentence too. */
const NAMES: ReadonlySet<string> = new Set(['Debian', 'Linux', 'Node', 'Perl', 'Python', 'Redis'])

/** A title where a sentence goes on with it: "Could not look at the paths that errors name". Names stay as they are. */
export const midSentence = (title: string): string =>
  title.replace(/^[A-Z][a-z]*(?= |$)/, (word) => (NAMES.has(word) ? word : word.toLowerCase()))
