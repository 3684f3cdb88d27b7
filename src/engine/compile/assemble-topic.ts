import { createHash } from 'node:crypto'
import type { Expression } from '../language/expression.ts'
import { madeOnce } from '../language/made-once.ts'
import type { Template } from '../language/template.ts'
import { probesBehind } from '../runbook/probes-behind.ts'
import type { Fact, Fix, Probe, Rule, Runbook } from '../runbook/runbook.ts'
import type { ParameterFile, TopicFile } from '../runbook/schema.ts'
import { type CompiledFiles, gather } from './compile-file.ts'
import type { FileWithIncludes } from './includes.ts'

/** A topic from its files, those of included parts first. */
export function assemble(content: TopicFile, whole: FileWithIncludes, compiled: CompiledFiles): Runbook {
  const probes = new Map<string, Probe>()
  const snapshotProbes = new Map<string, Probe>()
  const packageProbes = new Map<string, Probe>()
  const facts = new Map<string, Fact>()
  const discovered = new Map<string, Expression>()
  const findings: Rule[] = []
  const fixes = new Map<string, Fix>()
  const changed: string[] = []
  let blind: Template | undefined
  let lookedAt: Template | undefined
  for (const { source, distance } of whole.members) {
    const file = compiled.get(source)?.file
    for (const [id, probe] of file?.probes ?? [])
      (probe.snapshot === 'packages' ? packageProbes : probe.snapshot === true ? snapshotProbes : probes).set(
        id,
        probe,
      )
    for (const [name, from] of file?.discovered ?? []) discovered.set(name, from)
    for (const fact of file?.facts ?? []) facts.set(fact.name, fact)
    findings.push(...(file?.findings ?? []).map((rule) => ({ ...rule, distance })))
    for (const [id, fix] of file?.fixes ?? []) fixes.set(id, fix)
    if (file?.changed) changed.push(file.changed)
    blind = file?.blind ?? blind
    lookedAt = file?.lookedAt ?? lookedAt
  }
  const digest = madeOnce(() => ({ text: digestOf(whole) }))
  const { topic, aliases, title, symptoms, words, alerts, about, order } = content
  return {
    topic,
    aliases,
    title,
    symptoms,
    words,
    alerts: alerts ?? [],
    about,
    order,
    get digest() {
      return digest().text
    },
    parameters: gather<ParameterFile>(whole, (file) => file.parameters),
    discovered,
    probes,
    snapshotProbes,
    packageProbes,
    facts: [...facts.values()],
    findings,
    changed,
    blind,
    lookedAt,
    fixes,
    probesOf: (expression) => probesBehind(expression, { probes, facts }),
  }
}

/**
 * What the files say, without layout and comments; the order of keys counts, for it decides the order of findings. So a
 * key that is new in the schema has no default: that would be another digest of each runbook, and void what was approved.
 */
const digestOf = (whole: FileWithIncludes): string =>
  createHash('sha256')
    .update(JSON.stringify(whole.members.map(({ source }) => source.content)))
    .digest('hex')
