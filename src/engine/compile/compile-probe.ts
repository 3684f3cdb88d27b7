import { probeType } from '../language/evidence-types.ts'
import { compileExpression, type Expression, isOpenType } from '../language/expression.ts'
import { placeholderMistakes, shellPlaceholderMistakes } from '../language/placeholders.ts'
import { ended } from '../parsers/complete-output.ts'
import { connectResult } from '../parsers/connect-result.ts'
import { parserFor } from '../parsers/index.ts'
import type { Parser } from '../parsers/parser.ts'
import { SINCE } from '../runbook/run-window.ts'
import type { Probe } from '../runbook/runbook.ts'
import type { ParameterType, ProbeFile } from '../runbook/schema.ts'
import type { Report, Scope } from './scope.ts'
import { scriptArgv } from './script-files.ts'

/**
 * First pass: the probe with the types that every expression may use. Undefined if its name is a word of ours that
 * expressions use; CEL's own are found when it is declared. `known`: whether the fields that it gives are known.
 */
export function declareProbe(
  id: string,
  { file, known }: { readonly file: ProbeFile; readonly known: boolean },
  report: Report,
): Probe | undefined {
  const parser = parserOf(id, file, report)
  if (ownWords.has(id)) {
    reportTakenWord(id, report)
    return undefined
  }
  const broken = !known || (file.parse !== undefined && parser === undefined)
  const type = probeType(id, broken ? 'not known' : (parser?.gives ?? {}))
  return { ...plainPart(id, file), parser, type, needs: undefined, values: new Map() }
}

export const reportTakenWord = (id: string, report: Report): void =>
  report(['probes', id], `\`${id}\` is a word of the expression language; give the probe another id`)

/**
 * Names that a probe cannot have: those that expressions have beside the probes, and words of CEL. CEL refuses the
 * other words itself.
 */
const ownWords: ReadonlySet<string> = new Set(
  'param host run compared facts it in true false null'.split(' '),
)

const plainPart = (id: string, file: ProbeFile) => ({
  id,
  title: file.title,
  guide: file.guide,
  run: file.run,
  privileged: file.privileged,
  connect: file.connect,
  answers: file.answers,
  timeoutMs: Number(file.timeout.slice(0, -1)) * 1000,
  package: file.package,
  grant: file.grant,
  expose: file.expose,
  whole: file.whole,
  snapshot: file.snapshot ?? false,
  first: file.first ?? false,
  log: file.log && { of: file.log.of, own: file.log.own ?? false, strangers: [], ours: [] },
})

function parserOf(id: string, file: ProbeFile, report: Report): Parser | undefined {
  if (file.connect !== undefined) return connectResult
  if (file.parse === undefined) return undefined
  const made = parserFor(file.parse)
  if (made.ok) return file.whole ? ended(made.parser) : made.parser
  report(['probes', id, 'parse', ...made.path], made.message)
  return undefined
}

/** Second pass: what needs all probes and facts to be known. */
export function compileProbeExpressions(
  probe: Probe,
  file: ProbeFile | undefined,
  scope: Scope,
  report: Report,
): Probe {
  if (!file || scope.broken.has(`probes.${probe.id}`)) return probe
  const at = ['probes', probe.id]
  const names = new Set([...scope.parameters.keys(), ...Object.keys(file.values ?? {})])
  const ofShell = new Set([...names, SINCE])
  if (file.script === undefined)
    for (const mistake of shellPlaceholderMistakes(file.run ?? '', ofShell)) report([...at, 'run'], mistake)
  for (const [i, word] of (file.script === undefined ? [] : scriptArgv(file.script)).entries())
    for (const mistake of placeholderMistakes(word, ofShell)) report([...at, 'script', i], mistake)
  for (const [i, word] of (file.privileged ?? []).entries()) {
    for (const mistake of placeholderMistakes(word, names)) report([...at, 'privileged', i], mistake)
    if (i === 0 && word.includes('{{')) report([...at, 'privileged', 0], 'the program must be a constant')
  }
  if (
    file.connect !== undefined &&
    scope.parameters.get(file.connect)?.type !== 'port' &&
    !scope.broken.has(`parameters.${file.connect}`)
  )
    report([...at, 'connect'], `\`${file.connect}\` must be a parameter of type port`)
  if (file.grant?.replaceAll('${login}', '').includes('${'))
    report([...at, 'grant'], '`${login}` is all that may stand here')

  const compile = (
    path: readonly string[],
    source: string,
    types: readonly string[],
    it?: string,
  ): Expression | undefined => {
    const compiled = compileExpression(scope.language, source, it)
    if (!compiled.ok) report([...at, ...path], compiled.message)
    else if (!types.includes(compiled.expression.type) && !isOpenType(compiled.expression.type))
      report([...at, ...path], `must be ${types.join(' or ')}, but is ${compiled.expression.type}`)
    else return compiled.expression
    return undefined
  }
  const values = new Map<string, { type: ParameterType; from: Expression }>()
  for (const [name, value] of Object.entries(file.values ?? {})) {
    if (scope.parameters.has(name))
      report([...at, 'values', name], `\`${name}\` is a parameter already; rename the value`)
    const from = compile(['values', name, 'from'], value.from, ['string', 'int', 'bool'])
    if (from) values.set(name, { type: value.type, from })
  }
  const needs = file.needs === undefined ? undefined : compile(['needs'], file.needs, ['bool'])
  const linesThat = (key: 'strangers' | 'ours'): Expression[] =>
    (file.log?.[key] ?? []).flatMap(
      (source, i) => compile(['log', key, String(i)], source, ['bool'], 'string') ?? [],
    )
  const log = probe.log && { ...probe.log, strangers: linesThat('strangers'), ours: linesThat('ours') }
  return { ...probe, needs, values, log }
}
