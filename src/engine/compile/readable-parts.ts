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
  const broken = new Set<string>()
  let content = value
  for (const mistake of mistakes) content = without(content, mistake, broken)
  const checked = runbookFile.safeParse(content)
  return checked.success ? { content: checked.data, broken } : undefined
}

const isDecisive = ([key, ...rest]: Path): boolean =>
  key === undefined ||
  ['topic', 'part', 'include'].includes(String(key)) ||
  (rest.length === 0 && key in standIns)

type Content = Record<string, unknown>

function without(content: Content, { path, at }: Mistake, broken: Set<string>): Content {
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
  broken.add(`${section}.${name}`)
  return { ...content, [section]: { ...entries, [name]: standIns[section as keyof typeof standIns] } }
}

/** A topic has a title and symptoms, a part a description; the other's keys are unknown ones there. */
const isWanted = (key: string, content: Content): boolean =>
  key in keysThatMustBe && (key === 'version' || (key === 'description') === 'part' in content)

const isMap = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
