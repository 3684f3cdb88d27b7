import { didYouMean } from '../../text/did-you-mean.ts'
import { compileExpression, type Expression, isOpenType } from '../language/expression.ts'
import { placeholderMistakes } from '../language/placeholders.ts'
import type { Fix, FixChanges, FixUse, FixValue } from '../runbook/runbook.ts'
import type { FindingFile, FixFile } from '../runbook/schema.ts'
import type { Report, Scope } from './scope.ts'

/** Compiles a fix and reports what is wrong in it, whichever finding uses it. */
export function compileFix(id: string, file: FixFile, scope: Scope, report: Report): Fix {
  reportWords(id, file, scope.parameters, report)
  const compile = (path: readonly string[], source: string, type: string): Expression | undefined => {
    const compiled = compileExpression(scope.language, source)
    if (!compiled.ok) report(['fixes', id, ...path], compiled.message)
    else if (compiled.expression.type !== type && !isOpenType(compiled.expression.type))
      report(['fixes', id, ...path], `must be ${type}, but is ${compiled.expression.type}`)
    return compiled.ok ? compiled.expression : undefined
  }
  return {
    ...plainPartsOf(id, file),
    when: file.when === undefined ? undefined : compile(['when'], file.when, 'bool'),
    changes: compileChanges(file.changes, compile),
    others: file.others === undefined ? undefined : compile(['others'], file.others, 'list<string>'),
  }
}

function compileChanges(
  file: FixFile['changes'],
  compile: (path: readonly string[], source: string, type: string) => Expression | undefined,
): FixChanges | undefined {
  if (!file) return undefined
  const count = compile(['changes', 'count'], file.count, 'int')
  const first = compile(['changes', 'first'], file.first, 'list<string>')
  return count && first ? { count, first, from: file.from, to: file.to } : undefined
}

function reportWords(
  id: string,
  file: FixFile,
  parameters: ReadonlyMap<string, unknown>,
  report: Report,
): void {
  const at = ['fixes', id]
  const names = new Set([...parameters.keys(), ...Object.keys(file.values)])
  for (const name of Object.keys(file.values))
    if (parameters.has(name))
      report([...at, 'values', name], `\`${name}\` is a parameter already; rename the value`)
  for (const [name, value] of Object.entries(file.values))
    for (const [i, parameter] of grantedBy(value)?.entries() ?? [])
      if (!parameters.has(parameter))
        report([...at, 'values', name, 'granted', i], noParameter(parameter, parameters.keys()))
  for (const [i, step] of file.steps.entries())
    for (const [j, word] of step.entries()) {
      for (const mistake of placeholderMistakes(word, names)) report([...at, 'steps', i, j], mistake)
      if (j === 0 && word.includes('{{')) report([...at, 'steps', i, 0], 'the program must be a constant')
    }
  for (const part of ['from', 'to'] as const)
    for (const mistake of placeholderMistakes(file.changes?.[part] ?? '', names))
      report([...at, 'changes', part], mistake)
  for (const part of ['title', 'effect', 'risk'] as const)
    for (const mistake of placeholderMistakes(file[part], names)) report([...at, part], mistake)
  if (file.grant?.replaceAll('${login}', '').includes('${'))
    report([...at, 'grant'], '`${login}` is all that may stand here')
  // A line of sudoers is exact, and nobody knows such a value when it is written.
  if (file.as === 'root' && Object.values(file.values).some((value) => !grantedBy(value)))
    report(
      [...at, 'values'],
      'sudoers cannot grant what only evidence decides; a fix with `values` is `as: login`, or says what is `granted`',
    )
}

function noParameter(name: string, names: Iterable<string>): string {
  const near = didYouMean(name, names)
  return `there is no parameter \`${name}\`${near ? `; did you mean \`${near}\`?` : ''}`
}

type ValueFile = FixFile['values'][string]

const grantedBy = (value: ValueFile): readonly string[] | undefined =>
  typeof value === 'string' ? undefined : value.granted

const typedValue = (value: ValueFile): FixValue =>
  typeof value === 'string' ? { type: value, granted: undefined } : value

const plainPartsOf = (id: string, file: FixFile): Omit<Fix, 'when' | 'changes' | 'others'> => ({
  id,
  title: file.title,
  effect: file.effect,
  risk: file.risk,
  steps: file.steps,
  as: file.as,
  values: new Map(Object.entries(file.values).map(([name, value]) => [name, typedValue(value)])),
  timeoutMs: milliseconds(file.timeout),
  settleMs: milliseconds(file.settle),
  grant: file.grant,
})

const milliseconds = (seconds: string): number => Number(seconds.slice(0, -1)) * 1000

interface Compiling {
  complain(path: readonly string[], message: string): void
  compile(path: readonly string[], source: string): Expression | undefined
  noSuch(what: string, name: string, names: Iterable<string>): string
  /** Whether the fix exists and is wrong, which has been reported. */
  isBroken(fix: string): boolean
}

/** Checks a finding's `fix:`: the fix exists, and gets exactly the values that it asks for. */
export function compileFixUse(
  file: NonNullable<FindingFile['fix']>,
  fixes: ReadonlyMap<string, FixFile>,
  { complain, compile, noSuch, isBroken }: Compiling,
): FixUse | undefined {
  const {
    use,
    when,
    values: given,
  } = typeof file === 'string' ? { use: file, when: undefined, values: {} } : file
  const fix = fixes.get(use)
  if (!fix) {
    complain(typeof file === 'string' ? [] : ['use'], noSuchFix(use, [...fixes.keys()]))
    return undefined
  }
  if (isBroken(use)) return undefined
  for (const name of Object.keys(fix.values))
    if (!Object.hasOwn(given, name)) complain([], `the fix \`${use}\` needs \`values.${name}\``)
  const values = new Map<string, Expression>()
  for (const [name, source] of Object.entries(given)) {
    if (!Object.hasOwn(fix.values, name))
      complain(['values', name], noSuch('value', name, Object.keys(fix.values)))
    const from = compile(['values', name], source)
    if (from && !['string', 'int', 'bool'].includes(from.type) && !isOpenType(from.type))
      complain(['values', name], `must be string, int or bool, but is ${from.type}`)
    if (from) values.set(name, from)
  }
  const condition = when === undefined ? undefined : compile(['when'], when)
  if (condition && condition.type !== 'bool' && !isOpenType(condition.type))
    complain(['when'], `a condition is true or false, but this is ${condition.type}`)
  return { id: use, when: condition, values }
}

function noSuchFix(name: string, names: readonly string[]): string {
  const list = names.map((each) => `\`${each}\``).join(', ')
  const near = didYouMean(name, names)
  const remedy = near
    ? `did you mean \`${near}\`?`
    : 'name one of these, write yours under `fixes`, or include the part that has it'
  return `there is no fix \`${name}\` in this file or what it includes (there ${names.length > 1 ? 'are' : 'is'} ${list || 'none'}); ${remedy}`
}
