import type { Environment } from '@marcbachmann/cel-js'

/** What the expressions of one file may read. */
export interface Language {
  /** `it`: CEL's name of the type of a further variable, the element that an expression is about. */
  env(it?: string): Environment
  /** Names to suggest where one is mistyped. */
  readonly known: KnownNames
  /** What is known of its expressions already; what is compiled is noted here. */
  readonly checked: CheckedExpressions
  /** Whether all that its file says was found to be right before: nothing need be read in order to complain of it. */
  readonly isRight: boolean
}

/** Names to suggest where one is mistyped. */
export interface KnownNames extends Iterable<string> {
  /** Of probes that no expression may read. */
  readonly snapshots?: ReadonlySet<string>
}

/** What is known of an expression without reading it again; `Expression` says what the parts are. */
export interface CheckedExpression {
  readonly type: string
  readonly names: readonly string[]
  readonly facts: readonly string[]
}

/**
 * The expressions of one file that were found to be right. Type, names and facts of one depend on its text and on the
 * type of `it`, for all else is the same within a file.
 */
export class CheckedExpressions {
  readonly #found: Map<string, CheckedExpression>

  constructor(entries: Iterable<readonly [string, CheckedExpression]> = []) {
    this.#found = new Map(entries)
  }

  find(source: string, it = ''): CheckedExpression | undefined {
    return this.#found.get(keyOf(source, it))
  }

  note(source: string, it: string | undefined, checked: CheckedExpression): void {
    this.#found.set(keyOf(source, it ?? ''), checked)
  }

  entries(): [string, CheckedExpression][] {
    return [...this.#found]
  }
}

const keyOf = (source: string, it: string): string => `${it}\n${source}`

/**
 * `make` is called when the first expression is read, which may be long after the file was. `right`: of a file that was
 * found to be right before.
 */
export function languageOf(
  make: () => Environment,
  known: KnownNames,
  { found = new CheckedExpressions(), right = false }: { found?: CheckedExpressions; right?: boolean } = {},
): Language {
  const made = new Map<string, Environment>()
  const env = (it = ''): Environment => {
    const before = made.get(it)
    if (before) return before
    const now = it === '' ? make() : env().clone().registerVariable('it', it)
    made.set(it, now)
    return now
  }
  return { env, known, checked: found, isRight: right }
}
