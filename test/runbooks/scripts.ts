import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Row } from '../../src/engine/parsers/parser.ts'
import { nextWave } from '../../src/engine/plan/plan.ts'
import { resolveParameters } from '../../src/engine/runbook/parameters.ts'
import { record, recordsOf } from '../engine/sample-runbook.ts'
import { runbooks, toItsEnd } from './diagnosis.ts'
import { healthy } from './healthy.ts'

type Records = Parameters<typeof nextWave>[2]

type Variables = Readonly<Record<string, unknown>>

/** The shell text of a shipped probe of the first wave. */
export const scriptOf = (topic: string, id: string, variables: Variables = {}): string =>
  scriptIn(topic, id, new Map(), variables)

/** The shell text of a probe that is asked after `answers`, and those of a healthy host beside them. */
export const scriptAfter = (
  topic: string,
  id: string,
  answers: Readonly<Record<string, string>>,
  variables: Variables = {},
): string => {
  const probes = runbooks.find(topic)?.probes
  const all = Object.entries({ ...healthy, ...answers }).map(([probe, text]) =>
    record(probe, { stdout: probes?.get(probe)?.whole ? toItsEnd(text) : text }),
  )
  return scriptIn(topic, id, recordsOf(...all), variables)
}

function scriptIn(topic: string, id: string, records: Records, variables: Variables): string {
  const runbook = runbooks.find(topic)
  if (!runbook) throw new Error(`no topic ${topic}`)
  const resolved = resolveParameters(runbook, variables)
  if (!resolved.ok) throw new Error(resolved.problems.join('\n'))
  const host = { name: 'host1', production: false }
  const { commands } = nextWave(runbook, { parameters: resolved.values, host }, records)
  const command = commands.find((one) => one.id === id)
  if (command?.kind !== 'shell') throw new Error(`${topic} asks no ${id} then`)
  return command.script
}

/** Runs it as wave.pl does, its programs replaced by those of `bin`, a folder. */
export function runScript(script: string, bin?: string): string {
  const PATH = [...(bin ? [bin] : []), process.env.PATH].join(':')
  const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', script], {
    env: { PATH, LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`exit status ${status}: ${stderr}`)
  return stdout
}

/** What the probe's own parser makes of that output. */
export function evidenceOf(topic: string, id: string, stdout: string): { fields: Row; rows: readonly Row[] } {
  const result = runbooks.find(topic)?.probes.get(id)?.parser?.parse(stdout)
  if (!result?.ok) throw new Error(result?.reason ?? `no parser of ${id}`)
  return { fields: result.value.fields ?? {}, rows: result.value.rows ?? [] }
}

/** Files below a folder, by path. */
export function plant(root: string, files: Readonly<Record<string, string>>, mode = 0o644): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content, { mode })
  }
}
