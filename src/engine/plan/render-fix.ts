import { type FixTouches, SHOWN_PATHS } from '../../findings/fix-touches.ts'
import { oneLine } from '../../text/shorten.ts'
import type { Context, Expression } from '../language/expression.ts'
import { fill } from '../language/placeholders.ts'
import { checkValue, type Parameters } from '../runbook/parameters.ts'
import type { Fix, FixUse, Runbook } from '../runbook/runbook.ts'
import { argvOf, commandLine } from './plan.ts'

/** One command of a fix, as it is shown, approved, bound and run: nothing is filled in afterwards. */
export interface FixStep {
  /** root: through sudo. login: as the login for fixes itself. */
  readonly as: 'root' | 'login'
  readonly argv: readonly string[]
  /** The command line, for people. */
  readonly text: string
  readonly timeoutMs: number
  /** Who it is sent as, once that is known: another login may do more with the same command. */
  readonly login?: string
}

export interface RenderedFix {
  /** Of the runbook. */
  readonly id: string
  readonly title: string
  readonly effect: string
  readonly risk: string
  readonly steps: readonly FixStep[]
  readonly settleMs: number
  readonly touches: FixTouches
}

export type Rendered =
  | { readonly ok: true; readonly fix: RenderedFix }
  | { readonly ok: false; readonly reason: string }

/**
 * Deterministic: the same runbook, parameters and evidence give the same commands, at the click and when they are run.
 */
export function renderFix(
  runbook: Runbook,
  use: FixUse,
  about: { readonly context: Context; readonly parameters: Parameters },
): Rendered {
  const fix = runbook.fixes.get(use.id)
  if (!fix) return { ok: false, reason: `there is no fix ${use.id}` }
  const values = new Map(Object.entries(about.parameters).map(([name, value]) => [name, String(value)]))
  for (const condition of [fix.when, use.when]) {
    const may = condition?.evaluate(about.context)
    if (may && !(may.known && may.value === true)) return { ok: false, reason: 'it may not be offered here' }
  }
  for (const [name, { type, granted }] of fix.values) {
    const answer = use.values.get(name)?.evaluate(about.context)
    if (!answer?.known) return { ok: false, reason: `its ${name} is not known` }
    // S12: what a host said reaches a command through the pattern of its type and in no other way.
    const checked = checkValue(type, answer.value)
    if (!checked.ok) return { ok: false, reason: `its ${name}, taken from the host, ${checked.message}` }
    if (granted && String(checked.value) !== grantedValue(granted, values))
      return {
        ok: false,
        reason: `its ${name} is ${checked.value}, and ${granted.join(' or ')} says otherwise`,
      }
    values.set(name, String(checked.value))
  }
  const tell = (text: string): string => fill(text, values, (value) => value)
  const touches = touchesOf(fix, about.context, tell)
  if (!touches) return { ok: false, reason: 'what it would change is not known, or nothing' }
  return {
    ok: true,
    fix: {
      id: fix.id,
      title: tell(fix.title),
      effect: tell(fix.effect),
      risk: tell(fix.risk),
      steps: stepsOf(fix, values),
      settleMs: fix.settleMs,
      touches,
    },
  }
}

/** Undefined: nobody could tell people what it changes, or there is nothing to change. */
function touchesOf(
  { changes, others }: Fix,
  context: Context,
  tell: (text: string) => string,
): FixTouches | undefined {
  const named = others && { others: clauses(others, context) }
  if (!changes) return { ...named }
  const count = changes.count.evaluate(context)
  const first = clauses(changes.first, context)
  if (!count.known || !first || Number(count.value) < 1) return undefined
  const paths = { count: Number(count.value), from: changes.from, to: tell(changes.to) }
  return { paths: { ...paths, first: first.slice(0, SHOWN_PATHS) }, ...named }
}

/** What hosts said, so each is one line; null: it is not known. */
function clauses(list: Expression, context: Context): string[] | null {
  const answer = list.evaluate(context)
  if (!answer.known || !Array.isArray(answer.value)) return null
  return [...new Set(answer.value.map((each) => oneLine(String(each), LONGEST_CLAUSE)))]
}

const LONGEST_CLAUSE = 300

const grantedValue = (granted: readonly string[], parameters: ReadonlyMap<string, string>): string =>
  granted.map((name) => parameters.get(name) ?? '').find((value) => value !== '') ?? ''

/**
 * The steps that parameters alone decide. Only these can be granted in sudoers; they are offered once a host says the
 * same.
 */
export function grantedSteps(fix: Fix, parameters: ReadonlyMap<string, string>): FixStep[] {
  const values = new Map(parameters)
  for (const [name, { granted }] of fix.values)
    if (granted) values.set(name, grantedValue(granted, parameters))
  return stepsOf(fix, values)
}

function stepsOf({ as, steps, timeoutMs }: Fix, values: ReadonlyMap<string, string>): FixStep[] {
  return steps.map((words) => {
    const argv = argvOf(words, values)
    const text = commandLine(as === 'root' ? ['sudo', ...argv] : argv)
    return { as, argv, text, timeoutMs }
  })
}
