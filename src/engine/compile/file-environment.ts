import type { Environment } from '@marcbachmann/cel-js'
import {
  AnswerChangeRecord,
  ComparedRecord,
  declareRecord,
  FactsRecord,
  HostRecord,
  ParamRecord,
  RunRecord,
} from '../language/evidence-types.ts'
import { newEnvironment } from '../language/expression.ts'
import { celTypeOf } from '../runbook/parameters.ts'
import type { Fact, Probe } from '../runbook/runbook.ts'
import type { ParameterFile } from '../runbook/schema.ts'

/** What every expression of a file may read, but for its probes and facts. `broken`: what is wrong and reported. */
export function environmentFor(
  parameters: ReadonlyMap<string, ParameterFile>,
  broken: ReadonlySet<string>,
): Environment {
  const env = newEnvironment()
  const fields = Object.fromEntries(
    [...parameters].map(([name, { type }]) => [
      name,
      broken.has(`parameters.${name}`) ? 'dyn' : celTypeOf[type],
    ]),
  )
  declareRecord(env, 'param', { name: 'param_record', fields, make: ParamRecord })
  const host = { name: 'string', production: 'bool' }
  declareRecord(env, 'host', { name: 'host_record', fields: host, make: HostRecord })
  env.registerType('answer_change', {
    ctor: AnswerChangeRecord,
    fields: { path: 'string', field: 'string', said: 'string', worse: 'bool', seen: 'int' },
  })
  declareRecord(env, 'compared', {
    name: 'compared_record',
    fields: { answers: 'list<answer_change>' },
    make: ComparedRecord,
  })
  declareRecord(env, 'run', { name: 'run_record', fields: { at: 'int', since: 'int' }, make: RunRecord })
  return env
}

export function withFacts(env: Environment, facts: ReadonlyMap<string, Fact>): Environment {
  const fields = Object.fromEntries([...facts.values()].map(({ name, type }) => [name, type]))
  const scoped = env.clone()
  declareRecord(scoped, 'facts', { name: 'facts_record', fields, make: FactsRecord })
  return scoped
}

/** To suggest the right one where a name is mistyped. */
export function knownNames(
  probes: ReadonlyMap<string, Probe>,
  parameters: ReadonlyMap<string, unknown>,
): Set<string> {
  const names = new Set([
    ...['param', 'host', 'run', 'compared', 'facts', 'it', 'name', 'production', 'at', 'since'],
    ...parameters.keys(),
  ])
  for (const [id, { type }] of probes)
    for (const name of [id, ...fieldsOf(type.probe), ...fieldsOf(type.fields), ...fieldsOf(type.row)])
      names.add(name)
  return names
}

const fieldsOf = (type: { readonly fields: object } | undefined): string[] => Object.keys(type?.fields ?? {})
