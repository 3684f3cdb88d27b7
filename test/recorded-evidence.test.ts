import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { shippedRunbooks } from '../src/cli/set-up.ts'
import { bytes } from '../src/engine/language/functions.ts'
import { loadRunbooks } from '../src/engine/load-runbooks.ts'
import type { Row } from '../src/engine/parsers/parser.ts'
import { evidenceContext } from '../src/engine/plan/evidence-context.ts'
import { resolveParameters } from '../src/engine/runbook/parameters.ts'
import type { Rule, Runbook } from '../src/engine/runbook/runbook.ts'
import type { Finding } from '../src/findings/finding.ts'
import { type Recording, readRecording, recordingsBelow } from '../src/runs/recordings/recording.ts'
import { rejudge } from '../src/runs/recordings/replay.ts'

/** What findings say of recorded hosts, against what these hosts had answered. */

const loaded = loadRunbooks([shippedRunbooks])
if (!loaded.ok) throw new Error('the shipped runbooks are broken')
const { topics } = loaded.runbooks

interface Claim {
  readonly name: string
  readonly finding: Finding
  readonly rule: Rule
  readonly runbook: Runbook
  readonly recording: Recording
}

const root = fileURLToPath(new URL('./recordings', import.meta.url))
const claims = recordingsBelow(root).flatMap((folder): Claim[] => {
  const read = readRecording(folder)
  if (!read.ok) throw new Error(read.sentence)
  const { recording } = read
  const runbook = topics.get(recording.topic)
  if (!runbook) throw new Error(`${folder}: no topic ${recording.topic}`)
  return rejudge(runbook, recording).findings.flatMap((finding) => {
    const rule = runbook.findings.find(({ id }) => id === finding.id)
    const name = `${folder.split('/').at(-1)}: ${finding.id}`
    return rule ? [{ name, finding, rule, runbook, recording }] : []
  })
})

const recordOf = ({ recording }: Claim, probe: string) =>
  recording.records.find(({ id, status }) => id === probe && status === 'answered')

function parsedOf(claim: Claim, probe: string): { fields: Row; rows: readonly Row[] } {
  const record = recordOf(claim, probe)
  const parsed = record && claim.runbook.probes.get(probe)?.parser?.parse(record.stdout)
  const value = parsed?.ok ? parsed.value : {}
  return { fields: value.fields ?? {}, rows: value.rows ?? [] }
}

/** Seconds back, by the runbook's own facts; of other programs a quarter of an hour. */
function windowOf({ runbook, recording }: Claim, of: string): number {
  if (of !== 'DebVisor') return 900
  const records = new Map(recording.records.map((record) => [record.id, record]))
  const defaults = resolveParameters(runbook, {})
  const parameters = { ...(defaults.ok ? defaults.values : {}), ...recording.parameters }
  const { context } = evidenceContext(runbook, { ...recording, parameters, records })
  return Number((context.facts as { window: bigint }).window)
}

describe('the lines of logs that are quoted', () => {
  const quoted = claims.flatMap((claim) =>
    claim.finding.evidence.flatMap(({ probe, text }) => {
      const of = claim.runbook.probes.get(probe)?.log?.of
      return of === undefined ? [] : text.split('\n').map((line) => ({ claim, probe, of, line }))
    }),
  )
  const rowWith = ({ claim, probe, line }: (typeof quoted)[number]): Row | undefined =>
    parsedOf(claim, probe).rows.find(({ text }) => String(text).includes(line.replace(/…$/, '')))

  it('are many', () => expect(quoted.length).toBeGreaterThan(200))

  it('stand in the log that they are quoted from', () => {
    const invented = quoted.filter((one) => rowWith(one) === undefined)
    expect(invented.map(({ claim, probe, line }) => `${claim.name}, ${probe}: ${line}`)).toEqual([])
  })

  it('are of the time that the claim speaks of', () => {
    const old = quoted.filter((one) => Number(rowWith(one)?.age ?? 0) > windowOf(one.claim, one.of))
    expect(old.map(({ claim, probe, line }) => `${claim.name}, ${probe}: ${line}`)).toEqual([])
  })
})

/** Not those in names, addresses, versions and times. */
const numbersIn = (text: string): string[] =>
  text.match(/(?<![\w.:/%-])\d+(?:\.\d+)?(?![\w:/]|\.\d|-\d)/g) ?? []

/** As messages write a number: rounded, milliseconds as seconds, or as bytes, of which kernels count in thousands. */
const writtenAs = (value: number): string[] => [
  ...[value, value / 1000].flatMap((one) => [0, 1, 2].map((digits) => one.toFixed(digits))),
  ...[1, 1024].map((unit) => bytes(value * unit).replace(/ .*/, '')),
]

const allWays = (text: string): string[] =>
  (text.match(/\d+(?:\.\d+)?/g) ?? []).flatMap((number) => [number, ...writtenAs(Number(number))])

/** Texts count what was answered, as "3 sessions", a line each. */
const isCount = (number: string, most: number): boolean => /^\d+$/.test(number) && Number(number) <= most

/** What the probes that it is about answered, in all ways in which a text may say it, and how many rows they have at most. */
function answeredTo(claim: Claim): { numbers: Set<string>; rows: number } {
  const { finding, rule, runbook, recording } = claim
  const read = [rule.title, rule.detail].flatMap(({ expressions }) =>
    expressions.flatMap((expression) => runbook.probesOf(expression)),
  )
  const probes = [...new Set([...rule.probes, ...read, ...finding.evidence.map(({ probe }) => probe)])]
  const parsed = probes.map((probe) => parsedOf(claim, probe))
  const typed = parsed.flatMap(({ fields, rows }) => [fields, ...rows].flatMap((row) => Object.values(row)))
  const outputs = probes.map((probe) => recordOf(claim, probe)?.stdout ?? '')
  const shown = finding.evidence.map(({ text }) => text)
  const written = [JSON.stringify(recording.parameters), rule.title.source, rule.detail.source]
  return {
    numbers: new Set([
      ...[...outputs, ...shown, ...written].flatMap(allWays),
      ...typed.flatMap((value) => (typeof value === 'number' ? writtenAs(value) : [])),
    ]),
    rows: Math.max(...parsed.map(({ rows }) => rows.length)),
  }
}

describe('the numbers in titles and details', () => {
  it('come from what the host answered', () => {
    const invented = claims.flatMap((claim) => {
      const { numbers, rows } = answeredTo(claim)
      const told = numbersIn(`${claim.finding.title} ${claim.finding.detail}`)
      return told
        .filter((number) => !numbers.has(number) && !isCount(number, rows))
        .map((number) => `${claim.name}: ${number} in ${claim.finding.detail}`)
    })
    expect(invented).toEqual([])
  })

  it('stand in the evidence that is shown beside them: one of them at least, or what it was worked out from', () => {
    const hidden = claims.flatMap((claim) => {
      const { finding, rule } = claim
      const { rows } = answeredTo(claim)
      const shown = new Set(finding.evidence.flatMap(({ text }) => allWays(text)))
      const own = new Set(rule.detail.source.match(/\d+/g))
      const told = numbersIn(finding.detail).filter((number) => !own.has(number) && !isCount(number, rows))
      const isShown = told.length === 0 || told.some((number) => shown.has(number))
      return finding.role === 'notice' || isShown ? [] : [`${claim.name}: ${finding.detail}`]
    })
    expect(hidden).toEqual([])
  })

  it('are none that another one contradicts: what is called slow took its time, and a share is of no more than all', () => {
    const odd = claims.flatMap(({ name, finding: { title, detail } }) => {
      const said = `${title} ${detail}`
      const slowest = [...said.matchAll(/slowest (\d+) ms/g)].map(([, ms]) => Number(ms))
      const shares = [...said.matchAll(/\b(\d+) of (\d+) [a-z]/g)].filter(
        ([, some, all]) => Number(some) > Number(all),
      )
      const percent = [...said.matchAll(/\b(\d+(?:\.\d+)?) % (?:used|full|of the inodes)/g)].filter(
        ([, share]) => Number(share) > 100,
      )
      return slowest.some((ms) => ms < 200) || shares.length + percent.length > 0 ? [`${name}: ${said}`] : []
    })
    expect(odd).toEqual([])
  })
})
