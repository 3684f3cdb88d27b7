import type { Path } from '../../yaml/path.ts'
import type { Salvage } from '../../yaml/read-document.ts'
import type { Mistake } from '../../yaml/shape-mistakes.ts'
import { type PartFile, runbookFile, type TopicFile } from '../runbook/schema.ts'

/** The part of a file with mistakes that can be compiled, only to find what else is wrong in the file. */
export interface Salvaged {
  readonly content: TopicFile | PartFile
  /** What was wrong, such as `probes.disk`. The name exists, and nothing more is known of it. */
  readonly broken: ReadonlySet<string>
}

/** Stand in for wrong entries, so that their names exist. */
const standIns = {
  parameters: { type: 'word', description: 'x' },
  probes: { title: 'x', run: 'true' },
  facts: 'true',
  findings: {
    title: 'x',
    when: 'true',
    severity: 'critical',
    subject: 'x',
    detail: 'x',
    evidence: ['x'],
    resolution: ['x'],
  },
  fixes: { title: 'x', steps: [['true']], effect: 'x', risk: 'x' },
} as const
const keysThatMustBe: Readonly<Content> = { version: 1, title: 'x', symptoms: ['x'], description: 'x' }

/**
 * Undefined if the mistake decides what the rest means: the file's name and kind, what it includes, or a whole section.
 */
export function salvage({ value, mistakes }: Salvage): Salvaged | undefined {
  if (!isMap(value) || mistakes.some(({ path }) => isDecisive(path))) return undefined
  return read(value, mistakes, mended) ?? read(value, mistakes, replaced)
}

function read(value: Content, mistakes: readonly Mistake[], instead: Instead): Salvaged | undefined {
  const broken = new Set<string>()
  let content = value
  for (const mistake of mistakes) content = without(content, mistake, { broken, instead })
  const checked = runbookFile.safeParse(content)
  return checked.success ? { content: checked.data, broken } : undefined
}

/** What stands in for an entry with a mistake. Undefined: nothing that is known to be its own. */
type Instead = (entry: unknown, mistake: Mistake) => Content | undefined

const replaced: Instead = () => undefined

/** A finding keeps what is right of it: of a word that is wrong nothing else of it depends. */
const mended: Instead = (entry, { path: [section, , key] }) => {
  if (section !== 'findings' || !isMap(entry) || typeof key !== 'string' || key === 'evidence')
    return undefined
  const { [key]: _, ...rest } = entry
  const { [key]: word } = standIns.findings as Content
  return word === undefined ? rest : { ...rest, [key]: word }
}

const isDecisive = ([key, ...rest]: Path): boolean =>
  key === undefined ||
  ['topic', 'part', 'include'].includes(String(key)) ||
  (rest.length === 0 && key in standIns)

type Content = Record<string, unknown>

function without(
  content: Content,
  mistake: Mistake,
  { broken, instead }: { readonly broken: Set<string>; readonly instead: Instead },
): Content {
  const { path, at } = mistake
  const [section = '', name] = path.map(String)
  if (name === undefined || !(section in standIns)) {
    const { [section]: _, ...rest } = content
    return isWanted(section, content) ? { ...rest, [section]: keysThatMustBe[section] } : rest
  }
  const entries = content[section]
  if (!isMap(entries)) return content
  const { [name]: _, ...others } = entries
  // An entry is dropped if its name cannot be a name.
  if (path.length === 2 && at === 'key') return { ...content, [section]: others }
  const kept = instead(entries[name], mistake)
  if (kept) return { ...content, [section]: { ...entries, [name]: kept } }
  broken.add(`${section}.${name}`)
  return { ...content, [section]: { ...entries, [name]: standIns[section as keyof typeof standIns] } }
}

/** A topic has a title and symptoms, a part a description; the other's keys are unknown ones there. */
const isWanted = (key: string, content: Content): boolean =>
  key in keysThatMustBe && (key === 'version' || (key === 'description') === 'part' in content)

const isMap = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
