import type { Environment } from '@marcbachmann/cel-js'
import { declareProbeType } from '../language/evidence-types.ts'
import { compileExpression, type Expression, isOpenType } from '../language/expression.ts'
import { CheckedExpressions, type Language, languageOf } from '../language/language.ts'
import { madeOnce } from '../language/made-once.ts'
import { compileTemplate, type Template } from '../language/template.ts'
import { celTypeOf } from '../runbook/parameters.ts'
import { probesBehind } from '../runbook/probes-behind.ts'
import { SINCE } from '../runbook/run-window.ts'
import type { Fact, Fix, Probe, Rule } from '../runbook/runbook.ts'
import type { FactFile, FixFile, ParameterFile } from '../runbook/schema.ts'
import { mistakeOfChanged } from '../verdict/recent-changes.ts'
import { pathTo } from './check-explanations.ts'
import { compileFinding } from './compile-finding.ts'
import { compileFix } from './compile-fix.ts'
import { compileProbeExpressions, declareProbe, reportTakenWord } from './compile-probe.ts'
import { cellsOf, expressionOf } from './fact-table.ts'
import { environmentFor, knownNames, withFacts } from './file-environment.ts'
import type { FileWithIncludes } from './includes.ts'
import { reportMissingGuards } from './missing-guards.ts'
import type { Report, Scope } from './scope.ts'
import type { SourceFile } from './source-file.ts'

/**
 * What one file says itself, compiled once for all topics that include it. It may use what it includes, and nothing
 * else.
 */
export interface CompiledFile {
  /** What parameters of this file take from the probes that are asked first. */
  readonly discovered: ReadonlyMap<string, Expression>
  readonly probes: ReadonlyMap<string, Probe>
  readonly facts: readonly Fact[]
  readonly findings: readonly Rule[]
  readonly fixes: ReadonlyMap<string, Fix>
  readonly changed: string | undefined
  readonly blind: Template | undefined
  readonly lookedAt: Template | undefined
}

export type CompiledFiles = ReadonlyMap<SourceFile, CompileResult>

export interface Compiling {
  /** Every file that it includes, compiled. */
  readonly done: CompiledFiles
  /** Also look for missing guards (missing-guards.ts). */
  readonly guards: boolean
  /** Of a file that was found to be right before: its expressions are read when they are needed. */
  readonly checked?: CheckedExpressions | undefined
}

export interface CompileResult {
  /** Must not be used where a problem was reported. */
  readonly file: CompiledFile
  readonly problems: Problems
  readonly checked: CheckedExpressions
}

/** Compiles `whole.root`. */
export function compileFile(
  whole: FileWithIncludes,
  { done, guards, checked: before }: Compiling,
): CompileResult {
  const { root } = whole
  const checked = before ?? new CheckedExpressions()
  const problems: Problems = []
  const report: Report = (path, message) => problems.push(root.problem(path, message))
  const included = whole.members.flatMap(({ source }) => done.get(source)?.file ?? [])
  const parameters = gather<ParameterFile>(whole, (content) => content.parameters)
  if (Object.hasOwn(root.content.parameters, SINCE))
    report(
      ['parameters', SINCE],
      `\`{{${SINCE}}}\` is how far back a run asks; give the parameter another name`,
    )
  const fixes = gather<FixFile>(whole, (content) => content.fixes)

  const broken = new Set(whole.members.flatMap(({ source }) => [...source.broken]))
  const probes = new Map(included.flatMap((file) => [...file.probes].filter(isEvidence)))
  const declared = declareProbes(root, probes, report)
  const env = madeOnce(() => {
    const made = environmentFor(parameters, broken)
    for (const [id, probe] of probes) declareProbeType(made, id, probe.type)
    return made
  })
  if (!before) dropWordsOfCel(declared, env(), report)
  for (const [id, probe] of [...declared].filter(isEvidence)) probes.set(id, probe)

  const all = [...included.flatMap((file) => [...file.probes]), ...declared]
  const snapshots = new Set(all.flatMap((one) => (isEvidence(one) ? [] : [one[0]])))
  const names = Object.assign(knownNames(probes, parameters), { snapshots })
  const facts = new Map(included.flatMap((file) => file.facts.map((fact) => [fact.name, fact])))
  const language = languageOf(() => withFacts(env(), facts), names, {
    found: checked,
    right: before !== undefined,
  })
  // What a fact sees is what stands above it. Where that was checked, its language may have all of them.
  const above = before
    ? () => language
    : () => languageOf(() => withFacts(env(), facts), names, { found: checked })
  const own = compileFacts(root, { above, names, probes, facts }, report)
  const scope: Scope = { language, probes, facts, parameters, fixes, broken }

  const compiled = new Map(
    [...declared].map(([id, probe]) => [
      id,
      compileProbeExpressions(probe, root.content.probes[id], scope, report),
    ]),
  )
  reportCyclesOfNeeds(compiled, scope, report)
  const ownFixes = new Map(
    Object.entries(root.content.fixes).map(([id, fix]) => [id, compileFix(id, fix, scope, report)]),
  )
  const applies = compileApplies(root, scope, report)
  const findings = Object.entries(root.content.findings).flatMap(([id, finding]): Rule[] => {
    const rule = broken.has(`findings.${id}`) ? undefined : compileFinding(id, finding, scope, report)
    return rule ? [{ ...rule, applies }] : []
  })
  if (guards) reportMissingGuards({ probes: compiled, findings }, scope, report)
  const changed = checkChanged(root, probes, report)
  const blind = compileClause('blind', root, scope, report)
  const lookedAt = compileClause('lookedAt', root, scope, report)
  const discovered = compileDiscovered(root, scope, report)
  const file = {
    discovered,
    probes: compiled,
    facts: own,
    findings,
    fixes: ownFixes,
    changed,
    blind,
    lookedAt,
  }
  return { file, problems, checked }
}

/** Snapshots are compared, and no expression reads them. */
const isEvidence = ([, probe]: readonly [string, Probe]): boolean =>
  !probe.snapshot || probe.snapshot === 'evidence'

type Problems = ReturnType<SourceFile['problem']>[]
type Content = SourceFile['content']

export function gather<T>(
  whole: FileWithIncludes,
  section: (content: Content) => Record<string, T>,
): Map<string, T> {
  return new Map(whole.members.flatMap(({ source }) => Object.entries(section(source.content))))
}

/** A name that is there already is a duplicate, which duplicate-names.ts reports. */
function declareProbes(
  root: SourceFile,
  others: ReadonlyMap<string, Probe>,
  report: Report,
): Map<string, Probe> {
  const declared = new Map<string, Probe>()
  for (const [id, file] of Object.entries(root.content.probes)) {
    const known = !root.broken.has(`probes.${id}`)
    const probe = others.has(id) ? undefined : declareProbe(id, { file, known }, report)
    if (probe) declared.set(id, probe)
  }
  return declared
}

/** CEL alone knows which words are its own. */
function dropWordsOfCel(declared: Map<string, Probe>, env: Environment, report: Report): void {
  for (const [id, probe] of [...declared].filter(isEvidence)) {
    try {
      declareProbeType(env, id, probe.type)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      reportTakenWord(id, report)
      declared.delete(id)
    }
  }
}

interface FactScope {
  /** The language of a fact that stands below those in `facts`. */
  above(): Language
  readonly names: Set<string>
  readonly probes: ReadonlyMap<string, Probe>
  /** Of included files; the file's own are added. */
  readonly facts: Map<string, Fact>
}

/** A fact sees those above it: its type must be known before it is used. */
function compileFacts(root: SourceFile, { above, names, probes, facts }: FactScope, report: Report): Fact[] {
  const own: Fact[] = []
  for (const name of facts.keys()) names.add(name)
  for (const [name, file] of Object.entries(root.content.facts)) {
    if (facts.has(name)) continue
    const language = above()
    const compiled = compileExpression(language, expressionOf(file))
    names.add(name)
    const broken = root.broken.has(`facts.${name}`)
    if (!compiled.ok || broken) {
      if (!compiled.ok && !broken) {
        const wrong = wrongCells(file, language)
        if (wrong.length === 0) report(['facts', name], compiled.message)
        for (const { path, message } of wrong) report(['facts', name, ...path], message)
      }
      // What is wrong is said here, once, and not again wherever the fact is used.
      facts.set(name, { name, type: 'dyn', expression: undefined, probes: [] })
      continue
    }
    const { expression } = compiled
    const fact = {
      name,
      type: expression.type,
      expression,
      probes: probesBehind(expression, { probes, facts }),
    }
    facts.set(name, fact)
    own.push(fact)
  }
  return own
}

function wrongCells(file: FactFile, language: Language): { path: readonly string[]; message: string }[] {
  return cellsOf(file).flatMap(({ path, source }) => {
    const cell = compileExpression(language, source)
    return cell.ok ? [] : [{ path, message: cell.message }]
  })
}

/** It decides over what no probe has to say, so that it is always known. */
function compileApplies({ content }: SourceFile, scope: Scope, report: Report): Expression | undefined {
  if (content.applies === undefined) return undefined
  const compiled = compileExpression(scope.language, content.applies)
  if (!compiled.ok) {
    report(['applies'], compiled.message)
    return undefined
  }
  const { expression } = compiled
  if (expression.type !== 'bool') report(['applies'], `must be bool, but is ${expression.type}`)
  if ([...expression.names].some((name) => !['param', 'host'].includes(name)))
    report(
      ['applies'],
      'only `param` and `host` are always known; a condition over probes belongs to the finding',
    )
  return expression
}

/** They are read before anything else is known: no parameter, and no probe that is not asked first. */
function compileDiscovered(root: SourceFile, scope: Scope, report: Report): Map<string, Expression> {
  const discovered = new Map<string, Expression>()
  for (const [name, { type, from }] of Object.entries(root.content.parameters)) {
    if (from === undefined || root.broken.has(`parameters.${name}`)) continue
    const path = ['parameters', name, 'from']
    const compiled = compileExpression(scope.language, from)
    if (!compiled.ok) {
      report(path, compiled.message)
      continue
    }
    const { expression } = compiled
    const fits = [celTypeOf[type], 'string'].includes(expression.type) || isOpenType(expression.type)
    if (!fits) report(path, `must be ${celTypeOf[type]} or string, but is ${expression.type}`)
    const late = probesBehind(expression, scope).find((id) => !scope.probes.get(id)?.first)
    if (late !== undefined) report(path, `\`${late}\` is not asked first; say \`first: true\` of it`)
    if (expression.names.has('param') || expression.names.has('it'))
      report(path, 'parameters are not known yet when this is read')
    discovered.set(name, expression)
  }
  return discovered
}

function checkChanged(
  { content: { changed } }: SourceFile,
  probes: ReadonlyMap<string, Probe>,
  report: Report,
): string | undefined {
  if (changed === undefined) return undefined
  const probe = probes.get(changed)
  const mistake = probe ? mistakeOfChanged(probe) : `there is no probe \`${changed}\``
  if (mistake) report(['changed'], mistake)
  return changed
}

function compileClause(
  key: 'blind' | 'lookedAt',
  { content }: SourceFile,
  scope: Scope,
  report: Report,
): Template | undefined {
  const source = content[key]
  if (source === undefined) return undefined
  const compiled = compileTemplate(scope.language, source)
  if (compiled.ok) return compiled.template
  for (const message of compiled.messages) report([key], message)
  return undefined
}

/**
 * A probe that, through conditions and facts, needs its own answer would never run. Included probes cannot need those
 * of this file.
 */
function reportCyclesOfNeeds(own: ReadonlyMap<string, Probe>, scope: Scope, report: Report): void {
  const needs = new Map(
    [...own].map(([id, probe]): [string, readonly string[]] => {
      const expressions = [probe.needs, ...[...probe.values.values()].map((value) => value.from)]
      return [id, expressions.flatMap((given) => (given ? probesBehind(given, scope) : []))]
    }),
  )
  for (const [id, needed] of needs)
    for (const other of needed) {
      const way = pathTo(other, id, needs)
      if (way)
        report(['probes', id, 'needs'], `probes need each other in a circle: ${[id, ...way].join(' → ')}`)
    }
}
