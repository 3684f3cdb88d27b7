import { didYouMean } from '../../text/did-you-mean.ts'
import { compileExpression, type Expression, isOpenType, readsSnapshot } from '../language/expression.ts'
import { compileTemplate, type Template } from '../language/template.ts'
import { probesBehind } from '../runbook/probes-behind.ts'
import type { Rule } from '../runbook/runbook.ts'
import type { FindingFile } from '../runbook/schema.ts'
import { compileFixUse } from './compile-fix.ts'
import type { Report, Scope } from './scope.ts'

/**
 * Undefined if anything in it is wrong; all of that has been reported by then. `distance` is set when a topic is
 * assembled.
 */
export function compileFinding(
  id: string,
  file: FindingFile,
  scope: Scope,
  report: Report,
): Rule | undefined {
  let wrong = false
  const complain = (path: readonly (string | number)[], message: string): undefined => {
    wrong = true
    report(['findings', id, ...path], message)
  }
  const expression = (
    path: readonly (string | number)[],
    source: string,
    it?: string,
  ): Expression | undefined => {
    const compiled = compileExpression(scope.language, source, it)
    return compiled.ok ? compiled.expression : complain(path, compiled.message)
  }

  const each = file.each === undefined ? undefined : expression(['each'], file.each)
  const it = each && elementType(each.type)
  if (each && !it) complain(['each'], `must be a list, but is ${each.type}`)
  // Without the type of `it`, complaints about it would only hide this one.
  if (file.each !== undefined && !it) return undefined
  const template = (path: readonly (string | number)[], source: string): Template | undefined => {
    const compiled = compileTemplate(scope.language, source, it)
    if (compiled.ok) return compiled.template
    for (const message of compiled.messages) complain(path, message)
    return undefined
  }

  const when = file.when === undefined ? undefined : expression(['when'], file.when, it)
  if (when && when.type !== 'bool' && !isOpenType(when.type))
    complain(['when'], `a condition is true or false, but this is ${when.type}`)
  const refutedBy = file.refutedBy === undefined ? undefined : expression(['refutedBy'], file.refutedBy, it)
  if (refutedBy && refutedBy.type !== 'bool' && !isOpenType(refutedBy.type))
    complain(['refutedBy'], `a condition is true or false, but this is ${refutedBy.type}`)
  const title = template(['title'], file.title)
  const because = file.because === undefined ? undefined : template(['because'], file.because)
  const subject = template(['subject'], file.subject)
  const detail = template(['detail'], file.detail)
  const resolution = file.resolution.map((step, i) => template(['resolution', i], step))
  const evidence = file.evidence.map((given, i) => {
    const { probe, text } = typeof given === 'string' ? { probe: given, text: undefined } : given
    if (!scope.probes.has(probe)) complain(['evidence', i], noSuchProbe(probe, scope))
    const quoted = text === undefined ? undefined : expression(['evidence', i, 'text'], text, it)
    if (quoted && !['string', 'list<string>'].includes(quoted.type) && !isOpenType(quoted.type))
      complain(['evidence', i, 'text'], `must be string or list<string>, but is ${quoted.type}`)
    return { probe, text: quoted }
  })
  const fix =
    file.fix === undefined
      ? undefined
      : compileFixUse(file.fix, scope.fixes, {
          complain: (path, message) => void complain(['fix', ...path], message),
          compile: (path, source) => expression(['fix', ...path], source, it),
          noSuch,
          isBroken: (fix) => scope.broken.has(`fixes.${fix}`),
        })
  if (wrong || !title || !subject || !detail) return undefined

  const behind = new Set(
    [each, when].flatMap((condition) => (condition ? probesBehind(condition, scope) : [])),
  )
  return {
    id,
    distance: 0,
    severity: file.severity,
    symptom: file.symptom ?? false,
    confidence: file.confidence ?? 'proven',
    applies: undefined,
    each,
    when,
    refutedBy,
    title,
    because,
    subject,
    detail,
    evidence,
    resolution: resolution.filter((step) => step !== undefined),
    fix,
    explainedBy: file.explainedBy,
    probes: [...scope.probes.keys()].filter((probe) => behind.has(probe)),
  }
}

const elementType = (type: string): string | undefined => {
  if (isOpenType(type)) return 'dyn'
  return type.startsWith('list<') && type.endsWith('>') ? type.slice('list<'.length, -1) : undefined
}

const noSuchProbe = (probe: string, { language: { known }, probes }: Scope): string =>
  known.snapshots?.has(probe) ? readsSnapshot(probe) : noSuch('probe', probe, probes.keys())

function noSuch(what: string, name: string, names: Iterable<string>): string {
  const near = didYouMean(name, names)
  return `there is no ${what} \`${name}\` in this file or what it includes${near ? `; did you mean \`${near}\`?` : ''}`
}
