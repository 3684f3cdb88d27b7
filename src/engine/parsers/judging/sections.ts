/**
 * The parts of an answer below lines of the form `=== NAME`, each with its lines; blank ones stay, for they part units.
 * What comes before the first is nobody's, and of two sections with one name the lines are put together.
 */
export function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith(MARK)) {
      section.push(line)
      continue
    }
    const name = line.slice(MARK.length).trim()
    section = sections.get(name) ?? []
    sections.set(name, section)
  }
  return sections
}

const MARK = '=== '
