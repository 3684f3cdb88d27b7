/** The beginning of a long text, with a mark that it goes on; never half of a character outside the basic plane. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  const half = last >= 0xd800 && last <= 0xdbff
  return `${text.slice(0, half ? max - 1 : max)}…`
}
