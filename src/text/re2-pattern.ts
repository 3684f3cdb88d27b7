import { RE2JS } from 're2js'

/** A pattern of a runbook. RE2 takes time linear in the text, whatever the pattern (a JavaScript regex does not). */
export type Pattern = RE2JS

export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string }

/**
 * Patterns are literals of runbooks, so it holds as many as those have: each is compiled once for all topics that use
 * it.
 */
const known = new Map<string, CompiledPattern>()

export function compilePattern(source: string): CompiledPattern {
  const compiled = known.get(source) ?? linearPattern(source)
  known.set(source, compiled)
  return compiled
}

/** Of somebody's input: it is compiled each time, and not kept. */
export function linearPattern(source: string): CompiledPattern {
  try {
    return { ok: true, pattern: RE2JS.compile(source) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return {
      ok: false,
      message: `not an RE2 pattern: ${error.message.replace('error parsing regexp: ', '')}`,
    }
  }
}
