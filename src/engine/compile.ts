import { createHash } from 'node:crypto'
import type { Environment } from '@marcbachmann/cel-js'
import type { ProblemInFile } from '../yaml/problem.ts'
import { pathTo } from './causality.ts'
import type { Closure } from './closure.ts'
import { compileFinding } from './compile-finding.ts'
import { compileProbeExpressions, declareProbe } from './compile-probe.ts'
import { type RecordClass, recordClass, registerRecord } from './evidence-types.ts'
import { compileExpression, type Expression, newEnvironment } from './expression.ts'
import { celTypeOf } from './parameters.ts'
import { placeholderMistakes } from './placeholders.ts'
import type { Fact, Probe, Rule, Runbook } from './runbook.ts'
import type { FixFile, ParameterFile } from './schema.ts'
import type { Report, Scope } from './scope.ts'

/** All that a closure says, compiled. With problems it must not be used. */
export function compileClosure(closure: Closure, problems: ProblemInFile[]): Omit<Runbook, 'topic'> {
  const parameters = gather<ParameterFile>(closure, (content) => content.parameters)
  const fixes = gather<FixFile>(closure, (content) => content.fixes)
  const { env, param, host } = baseEnvironment(parameters)
  const probes = declareProbes(closure, env, problems)
  const names = knownNames(probes, parameters)
  const { facts, classOfFacts, factsEnv, probesOfFact } = compileFacts(closure, env, names, probes, problems)
  const probesOf = (expression: Expression): readonly string[] => {
    const behindFacts = [...expression.facts].flatMap((name) => [...(probesOfFact.get(name) ?? [])])
    const all = new Set([...expression.names, ...behindFacts])
    return [...probes.keys()].filter((id) => all.has(id))
  }
  const scope: Scope = { env: factsEnv, names, probes, parameters, fixes, probesOf }
  for (const { source, report } of withReports(closure, problems))
    for (const [id, file] of Object.entries(source.content.probes)) {
      const probe = probes.get(id)
      if (probe) probes.set(id, compileProbeExpressions(probe, file, scope, report))
    }
  reportCyclesOfNeeds(closure, scope, problems)
  checkFixes(closure, scope, problems)
  return {
    ...aboutTopic(closure),
    digest: digestOf(closure),
    parameters,
    probes,
    facts,
    findings: compileFindings(closure, scope, problems),
    fixes,
    records: { param, host, facts: classOfFacts },
    probesOf,
  }
}

/** The variables that every runbook has: `param` and `host`. */
function baseEnvironment(parameters: ReadonlyMap<string, ParameterFile>) {
  const env = newEnvironment()
  const types = Object.fromEntries([...parameters].map(([name, { type }]) => [name, celTypeOf[type]]))
  const param = registerRecord(env, 'param_record', types)
  const host = registerRecord(env, 'host_record', { name: 'string', production: 'bool' })
  env.registerVariable('param', 'param_record').registerVariable('host', 'host_record')
  return { env, param, host }
}

function declareProbes(closure: Closure, env: Environment, problems: ProblemInFile[]): Map<string, Probe> {
  const probes = new Map<string, Probe>()
  for (const { source, report } of withReports(closure, problems))
    for (const [id, file] of Object.entries(source.content.probes)) {
      // One that is there twice is reported as a clash.
      const probe = probes.has(id) ? undefined : declareProbe(env, id, file, report)
      if (probe) probes.set(id, probe)
    }
  return probes
}

function checkFixes(closure: Closure, scope: Scope, problems: ProblemInFile[]): void {
  const names = new Set(scope.parameters.keys())
  for (const { source, report } of withReports(closure, problems))
    for (const [id, fix] of Object.entries(source.content.fixes))
      for (const [i, word] of fix.command.entries())
        for (const mistake of placeholderMistakes(word, names, false))
          report(['fixes', id, 'command', i], mistake)
}

function compileFindings(closure: Closure, scope: Scope, problems: ProblemInFile[]): Rule[] {
  const ids = new Set(closure.members.flatMap(({ source }) => Object.keys(source.content.findings)))
  const findings: Rule[] = []
  for (const { source, distance, report } of withReports(closure, problems))
    for (const [id, file] of Object.entries(source.content.findings)) {
      const rule = compileFinding(id, file, { distance, ids }, scope, report)
      if (rule) findings.push(rule)
    }
  return findings
}

function aboutTopic({ root }: Closure) {
  const { content } = root
  if (!('topic' in content)) return { aliases: [], title: root.name, symptoms: [], about: [], order: 0 }
  const { aliases, title, symptoms, about, order } = content
  return { aliases, title, symptoms, about, order }
}

/** What the files say, without layout and comments; the order of keys counts, for it decides the order of findings. */
const digestOf = (closure: Closure): string =>
  createHash('sha256')
    .update(JSON.stringify(closure.members.map(({ source }) => source.content)))
    .digest('hex')

function* withReports(closure: Closure, problems: ProblemInFile[]) {
  for (const { source, distance } of closure.members) {
    const report: Report = (path, message) => problems.push(source.problem(path, message))
    yield { source, distance, report }
  }
}

type Content = Closure['root']['content']

function gather<T>(closure: Closure, section: (content: Content) => Record<string, T>): Map<string, T> {
  return new Map(closure.members.flatMap(({ source }) => Object.entries(section(source.content))))
}

/** To suggest the right one where a name is mistyped. */
function knownNames(
  probes: ReadonlyMap<string, Probe>,
  parameters: ReadonlyMap<string, unknown>,
): Set<string> {
  const names = new Set(['param', 'host', 'facts', 'it', 'name', 'production', ...parameters.keys()])
  for (const word of ['ran', 'installed', 'exit', 'out', 'err', 'ms', 'lines', 'fields', 'rows'])
    names.add(word)
  for (const [id, probe] of probes) {
    names.add(id)
    for (const field of Object.keys({ ...probe.parser?.gives.fields, ...probe.parser?.gives.rows }))
      names.add(field)
  }
  return names
}

/** A fact sees those above it: its type must be known before it is used. */
function compileFacts(
  closure: Closure,
  env: Environment,
  names: Set<string>,
  probes: ReadonlyMap<string, Probe>,
  problems: ProblemInFile[],
) {
  const facts: Fact[] = []
  const probesOfFact = new Map<string, ReadonlySet<string>>()
  const types: Record<string, string> = Object.create(null)
  const classOfFacts = recordClass()
  let factsEnv = environmentWithFacts(env, types, classOfFacts)
  for (const { source, report } of withReports(closure, problems))
    for (const [name, text] of Object.entries(source.content.facts)) {
      const compiled = compileExpression(factsEnv, text, names)
      if (!compiled.ok) report(['facts', name], compiled.message)
      if (name in types) continue
      // What is wrong is said here, once, and not again wherever the fact is used.
      types[name] = compiled.ok ? compiled.expression.type : 'dyn'
      names.add(name)
      factsEnv = environmentWithFacts(env, types, classOfFacts)
      if (!compiled.ok) continue
      const { expression } = compiled
      facts.push({ name, expression })
      const behind = [...expression.facts].flatMap((other) => [...(probesOfFact.get(other) ?? [])])
      const own = [...expression.names].filter((id) => probes.has(id))
      probesOfFact.set(name, new Set([...own, ...behind]))
    }
  return { facts, classOfFacts, factsEnv, probesOfFact }
}

function environmentWithFacts(
  env: Environment,
  types: Record<string, string>,
  ctor: RecordClass,
): Environment {
  return env
    .clone()
    .registerType('facts_record', { ctor, fields: { ...types } })
    .registerVariable('facts', 'facts_record')
}

/** A probe that, through conditions and facts, needs its own answer would never run. */
function reportCyclesOfNeeds(closure: Closure, scope: Scope, problems: ProblemInFile[]): void {
  const needs = new Map(
    [...scope.probes.values()].map((probe): [string, readonly string[]] => {
      const expressions = [probe.needs, ...[...probe.values.values()].map((value) => value.from)]
      return [probe.id, expressions.flatMap((given) => (given ? scope.probesOf(given) : []))]
    }),
  )
  for (const { source, report } of withReports(closure, problems))
    for (const id of Object.keys(source.content.probes))
      for (const needed of needs.get(id) ?? []) {
        const way = pathTo(needed, id, needs)
        if (way)
          report(['probes', id, 'needs'], `probes need each other in a circle: ${[id, ...way].join(' → ')}`)
      }
}
