import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { didYouMean } from '../../text/did-you-mean.ts'
import { compilePattern } from '../../text/re2-pattern.ts'
import { patternFunctions, registerFunctions } from './functions.ts'
import type { CheckedExpression, KnownNames, Language } from './language.ts'
import { madeOnce } from './made-once.ts'
import { childrenOf } from './syntax-tree.ts'

/**
 * What an expression evaluates to: a value, or that it cannot be known. A probe without an answer is not in the
 * context, so that CEL's evaluation fails. && and || take an operand that decides, whatever the other one is (Kleene's
 * three-valued logic), as the CEL specification says.
 */
export type EvaluationResult =
  | { readonly known: true; readonly value: unknown }
  | { readonly known: false; readonly reason: string }

export type Context = Readonly<Record<string, unknown>>

export interface Expression {
  readonly source: string
  /** CEL's name of it: `bool`, `list<disk_row>`. */
  readonly type: string
  /** Variables that it reads, in the order of the text: probes, `param`, `host`, `facts`, `it`. */
  readonly names: ReadonlySet<string>
  /** X of every `facts.X` in it. */
  readonly facts: ReadonlySet<string>
  readonly ast: ASTNode
  evaluate(context: Context): EvaluationResult
}

export type CompiledExpression =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string }

const limits = { maxAstNodes: 2000, maxDepth: 60 }

const functions = registerFunctions(new Environment({ unlistedVariablesAreDyn: false, limits }))

/** Without variables; compile-file.ts adds what a runbook's probes give. */
export const newEnvironment = (): Environment => functions.clone()

/** `it`: CEL's name of the type of the element that it is about. What was checked before is read when it is needed. */
export function compileExpression(language: Language, source: string, it?: string): CompiledExpression {
  const before = language.checked.find(source, it)
  if (before)
    return {
      ok: true,
      expression: expressionOf(source, before, () => checkedAgain(language.env(it), source)),
    }
  const { known } = language
  const parsed = parse(language.env(it), source)
  if (parsed instanceof Error) return { ok: false, message: explain(parsed, known) }
  const checked = parsed.check()
  if (!checked.valid) return { ok: false, message: explain(checked.error, known) }
  const found: Found = { names: new Set(), facts: new Set(), mistakes: [] }
  visit(parsed.ast, found)
  const mistake = found.mistakes[0]
  if (mistake) return { ok: false, message: mistake }
  const result = { type: checked.type ?? 'dyn', names: [...found.names], facts: [...found.facts] }
  language.checked.note(source, it, result)
  return { ok: true, expression: expressionOf(source, result, () => parsed) }
}

function expressionOf(source: string, checked: CheckedExpression, read: () => ParseResult): Expression {
  const parsed = madeOnce(read)
  return {
    source,
    type: checked.type,
    names: new Set(checked.names),
    facts: new Set(checked.facts),
    get ast() {
      return parsed().ast
    },
    evaluate: (context) => evaluate(parsed(), context),
  }
}

/** Its types are what CEL evaluates by. */
function checkedAgain(env: Environment, source: string): ParseResult {
  const parsed = env.parse(source)
  const checked = parsed.check()
  if (!checked.valid)
    throw new Error(`${source}: was right when the package was built`, { cause: checked.error })
  return parsed
}

/**
 * Whether this is the type of something that depends on a wrong probe or fact. That mistake has been reported, so
 * nothing more can be said here. Nothing else has such a type.
 */
export const isOpenType = (type: string): boolean => ['dyn', 'list', 'list<dyn>'].includes(type)

function parse(env: Environment, source: string): ParseResult | Error {
  try {
    return env.parse(source)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

/**
 * Any error of an evaluation is a gap in the evidence: a probe or a field that is not there, a number that is not one.
 * Gaps are as common as values, and nobody reads where in the library they were noticed. Collecting that stack would
 * take longer than the rest of the evaluation, so it is not collected.
 */
function evaluate(parsed: (context: Context) => unknown, context: Context): EvaluationResult {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return { known: true, value: parsed(context) }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { known: false, reason: gapOf(error) }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

interface Found {
  readonly names: Set<string>
  readonly facts: Set<string>
  readonly mistakes: string[]
}

function visit(node: ASTNode, found: Found): void {
  if (node.op === 'id') found.names.add(node.args)
  if (node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'facts')
    found.facts.add(node.args[1])
  if (node.op === 'rcall' && node.args[0] === 'matches')
    found.mistakes.push('`matches` may take exponential time; write `re(text, "pattern")`')
  if (node.op === 'call') checkCall(node.args[0], node.args[1], found)
  for (const child of childrenOf(node)) visit(child, found)
}

function checkCall(name: string, args: readonly ASTNode[], found: Found): void {
  const [first, second] = args
  if (name === 'dyn') found.mistakes.push('`dyn` hides what type a value has; leave it out')
  if (name === 'int' && first?.op === 'call' && first.args[0] === 'capture')
    found.mistakes.push('`int(capture(…))` reads 0 where nothing matches; write `captureInt(…)`')
  if (!patternFunctions.has(name) || !second) return
  if (second.op !== 'value' || typeof second.args !== 'string') {
    found.mistakes.push(`the pattern of \`${name}\` must be a literal`)
    return
  }
  const compiled = compilePattern(second.args)
  if (!compiled.ok) found.mistakes.push(compiled.message)
}

/** CEL's message with its caret, and for a name that does not exist the one that may be meant. */
function explain(error: Error | undefined, known: KnownNames): string {
  if (!error) return 'not an expression'
  const [summary = '', ...highlight] = error.message.split('\n').filter((line) => line.trim() !== '')
  return [nameHint(summary, known), ...highlight].join('\n')
}

export const readsSnapshot = (probe: string): string =>
  `\`${probe}\` is a snapshot, which no condition or finding reads`

function nameHint(summary: string, known: KnownNames): string {
  const unexpected = /^(?:Unexpected token: |Expected (?<wanted>\w+), got )(?<token>\w+)$/.exec(summary)
  if (unexpected?.groups) return misplaced(unexpected.groups.token, unexpected.groups.wanted)
  const overload = /^no such overload: (.+)$/.exec(summary)
  if (overload) return `types that do not go together: \`${overload[1]}\``
  const variable = summary.startsWith('Unknown variable: ')
  if (!variable && !summary.startsWith('No such key: ')) return summary
  const name = summary.slice(summary.indexOf(': ') + 2)
  if (known.snapshots?.has(name)) return readsSnapshot(name)
  const near = didYouMean(name, known)
  const what = variable ? `no probe gives \`${name}\`` : `there is no \`${name}\``
  return near && near !== name ? `${what}; did you mean \`${near}\`?` : what
}

/** CEL names its tokens, where people know what they wrote. */
function misplaced(token = '', wanted?: string): string {
  const missing = wanted === undefined ? '' : `; ${written(wanted)} is missing`
  return (
    (token === 'EOF' ? 'the expression ends too early' : `${written(token)} is not expected here`) + missing
  )
}

const written = (token: string): string => {
  const sign = signs.get(token)
  return sign === undefined ? token.toLowerCase() : `\`${sign}\``
}

const signs: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{
      PLUS: '+',
      MINUS: '-',
      MULTIPLY: '*',
      DIVIDE: '/',
      MODULO: '%',
      EQ: '==',
      NE: '!=',
      LT: '<',
      LE: '<=',
    },
    ...{
      GT: '>',
      GE: '>=',
      AND: '&&',
      OR: '||',
      NOT: '!',
      IN: 'in',
      LPAREN: '(',
      RPAREN: ')',
      LBRACKET: '[',
    },
    ...{ RBRACKET: ']', LBRACE: '{', RBRACE: '}', DOT: '.', COMMA: ',', COLON: ':', QUESTION: '?' },
  }),
)

/** CEL's words for a gap, in ours. */
function gapOf(error: Error): string {
  const summary = error.message.split('\n')[0] ?? error.message
  const name = summary.slice(summary.indexOf(': ') + 2)
  if (summary.startsWith('Unknown variable: ')) return `\`${name}\` gave no answer`
  if (summary.startsWith('No such key: ') && !name.includes(' ')) return `it has no \`${name}\``
  return summary
}
