/**
 * The one quoting function: text as a single word of a POSIX shell command line. Inside single quotes nothing
 * is special, so only the single quote itself is written differently. NUL cannot be part of an argument on
 * any system; a caller that has one has a bug.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('a NUL byte cannot be part of a command')
  return `'${text.replaceAll("'", `'\\''`)}'`
}
