import { z } from 'zod'
import type { ProblemInFile } from '../yaml/problem.ts'
import { type DocumentResult, readDocument } from '../yaml/read-document.ts'

/**
 * The shape of an Ansible YAML inventory. Bodies may be empty: `web1:`. What the names and values mean is read in
 * group-tree.ts and read-host.ts.
 */
export interface GroupBody {
  readonly hosts?: Readonly<Record<string, Values | null>> | null | undefined
  readonly vars?: Values | null | undefined
  readonly children?: Readonly<Record<string, GroupBody | null>> | null | undefined
}
type Values = Readonly<Record<string, unknown>>
export type InventoryBody = Readonly<Record<string, GroupBody | null>>

const variables = z.record(z.string(), z.unknown())
const group = z.strictObject({
  hosts: z.record(z.string(), variables.nullable()).nullish(),
  vars: variables.nullish(),
  get children(): z.ZodOptional<z.ZodType<GroupBody['children']>> {
    return z.record(z.string(), group.nullable()).nullable().optional()
  },
})
const inventory = z.record(z.string(), group.nullable())

export function readInventoryDocument(file: string, text: string): DocumentResult<InventoryBody> {
  const document = readDocument(file, text, inventory)
  if (document.ok) return document
  if (INI_SECTION.test(text))
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: ini(file) }] }
  return { ok: false, problems: document.problems.map(explained) }
}

const INI_SECTION = /^\[[\w.-]+(?::(?:vars|children))?\][ \t]*$/m
const ini = (file: string): string =>
  `this is an inventory in INI; write it as YAML once: \`ansible-inventory -i ${file} --list --yaml --export --output inventory.yml\``

/** What Ansible would run or decrypt, and we do not. */
function explained(problem: ProblemInFile): ProblemInFile {
  if (problem.path === 'plugin' || problem.path.startsWith('plugin.'))
    return {
      ...problem,
      message:
        'inventory plugins are not run here; save what the plugin answers: `ansible-inventory -i FILE --list --yaml --export --output inventory.yml`',
    }
  if (problem.message.includes('!vault'))
    return {
      ...problem,
      message:
        'values encrypted with ansible-vault are not read; the bot needs none: it logs in with a key file',
    }
  if (problem.message.startsWith('YAML tags'))
    return { ...problem, message: 'YAML tags are not read in an inventory; write the plain value' }
  return problem
}
