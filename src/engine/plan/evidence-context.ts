import type { AnswerChange } from '../../findings/answer-change.ts'
import type { ProbeRecord } from '../../findings/probe-record.ts'
import {
  AnswerChangeRecord,
  ComparedRecord,
  FactsRecord,
  HostRecord,
  ParamRecord,
  RunRecord,
  unreadable,
} from '../language/evidence-types.ts'
import type { Context, EvaluationResult, Expression } from '../language/expression.ts'
import { beforeEnd } from '../parsers/complete-output.ts'
import type { Parsed } from '../parsers/parser.ts'
import type { Parameters, ParameterValue } from '../runbook/parameters.ts'
import { UNKNOWN_VISIT, type Visit } from '../runbook/run-window.ts'
import type { Fact, Probe, Runbook } from '../runbook/runbook.ts'
import { KnownAnswers } from './known-answers.ts'

export interface HostOfRun {
  readonly name: string
  readonly production: boolean
}

/** All that a judgement depends on. */
export interface Inputs {
  readonly parameters: Parameters
  readonly host: HostOfRun
  /** Without it: the last day, at a time that is not known. */
  readonly visit?: Visit
  readonly records: ReadonlyMap<string, ProbeRecord>
  /** What the last healthy run tells of answers; absent where nothing was compared. */
  readonly compared?: { readonly answers?: readonly AnswerChange[] }
  /** Of the same run, with fewer or other records. */
  readonly known?: KnownAnswers
}

export interface EvidenceContext {
  readonly context: Context
  /** Probes that answered in words that their parser does not understand, and why. */
  readonly unparsed: ReadonlyMap<string, string>
  readonly known: KnownAnswers
}

/** Records as CEL sees them. A probe that gave no answer is not in the context: what needs it is unknown. */
export function evidenceContext(runbook: Runbook, inputs: Inputs): EvidenceContext {
  const unparsed = new Map<string, string>()
  const context: Record<string, unknown> = {
    param: new ParamRecord(mapValues(inputs.parameters, celValue)),
    host: new HostRecord({ ...inputs.host }),
    run: runRecord(inputs.visit ?? UNKNOWN_VISIT),
    compared: comparedRecord(inputs.compared?.answers),
  }
  for (const [id, probe] of runbook.probes) {
    const record = inputs.records.get(id)
    const evidence = record && evidenceOf(probe, record)
    if (evidence?.value) context[id] = evidence.value
    if (evidence?.unparsed !== undefined) unparsed.set(id, evidence.unparsed)
  }
  const { known = new KnownAnswers() } = inputs
  context.facts = factsOf(runbook, (fact, { evaluate }) => known.find(fact, context, () => evaluate(context)))
  return { context, unparsed, known }
}

type AnswerOf = (fact: Fact, expression: Expression) => EvaluationResult

/** What answers for one context; each fact of it is asked for when it is first read, and many never are. */
const ANSWER = Symbol('answer')
const prototypes = new WeakMap<Runbook, object>()

function factsOf(runbook: Runbook, answer: AnswerOf): object {
  const before = prototypes.get(runbook)
  const prototype = before ?? factsPrototype(runbook.facts)
  if (!before) prototypes.set(runbook, prototype)
  return Object.create(prototype, { [ANSWER]: { value: answer } })
}

function factsPrototype(facts: readonly Fact[]): object {
  const prototype = Object.create(FactsRecord.prototype)
  for (const fact of facts) {
    const { name, expression } = fact
    if (!expression) continue
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: { readonly [ANSWER]: AnswerOf }) {
        const found = this[ANSWER](fact, expression)
        if (found.known) return found.value
        throw new Error(found.reason)
      },
    })
  }
  return prototype
}

interface Evidence {
  readonly probe: Probe
  /** Undefined where the probe gave no answer. */
  readonly value: object | undefined
  /** Why the parser does not understand it; undefined where it does. */
  readonly unparsed?: string
}

/**
 * Remembered for as long as a record is held: each wave and each judgement of a run reads it again, and records never
 * change.
 */
const read = new WeakMap<ProbeRecord, Evidence>()

function evidenceOf(probe: Probe, record: ProbeRecord): Evidence {
  const known = read.get(record)
  if (known?.probe === probe) return known
  const evidence = { probe, ...readRecord(probe, record) }
  read.set(record, evidence)
  return evidence
}

function readRecord(probe: Probe, record: ProbeRecord): Omit<Evidence, 'probe'> {
  const { type, parser } = probe
  if (record.status === 'skipped') return { value: new type.probe.make({ ran: false }) }
  if (record.status === 'not-installed')
    return { value: new type.probe.make({ ran: true, installed: false }) }
  if (record.status !== 'answered') return { value: undefined }
  const values = {
    ran: true,
    installed: true,
    exit: BigInt(record.exitCode ?? 0),
    out: said(probe, record),
    err: record.stderr,
    ms: BigInt(Math.round(record.ms)),
  }
  const parsed = parser?.parse(record.stdout)
  if (!parsed) return { value: new type.probe.make(values) }
  if (parsed.ok) return { value: new type.probe.make({ ...values, ...typed(probe, parsed.value) }) }
  const value = new type.probe.make(values)
  for (const part of ['lines', 'fields', 'rows'])
    Object.defineProperty(value, part, unreadable(parsed.reason))
  return { value, unparsed: parsed.reason }
}

/** What the probe printed for people: without the mark of its end. */
export const said = (probe: Probe, { stdout }: ProbeRecord): string =>
  (probe.whole ? beforeEnd(stdout) : undefined) ?? stdout

function typed({ type }: Probe, { lines, fields, rows }: Parsed): Record<string, unknown> {
  const { fields: ofFields, row: ofRow } = type
  return {
    lines,
    fields: fields && ofFields ? new ofFields.make(fields) : undefined,
    rows: rows && ofRow ? rows.map((row) => new ofRow.make(row)) : undefined,
  }
}

const runRecord = ({ at, since }: Visit): object =>
  new RunRecord({ at: BigInt(at), since: BigInt(since.seconds) })

const NOTHING_COMPARED = new ComparedRecord({ answers: [] })

function comparedRecord(answers: readonly AnswerChange[] = []): object {
  if (answers.length === 0) return NOTHING_COMPARED
  const record = ({ seen, ...change }: AnswerChange): object =>
    new AnswerChangeRecord({ ...change, seen: BigInt(seen) })
  return new ComparedRecord({ answers: answers.map(record) })
}

const celValue = (value: ParameterValue): unknown => (typeof value === 'number' ? BigInt(value) : value)

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
