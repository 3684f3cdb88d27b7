import type { ASTNode } from '@marcbachmann/cel-js'
import type { Expression } from './expression.ts'
import { canBe, type Formula, known, open, type Possible, partsOf } from './static-truth.ts'
import { childrenOf } from './syntax-tree.ts'

export interface Around {
  readonly facts: ReadonlyMap<string, Expression>
  /** Of the probes of the second wave: the condition under which each runs. */
  readonly needs: ReadonlyMap<string, Expression>
}

/**
 * Tells whether an expression can stay open because a probe of the second wave did not run. All that such a probe gives
 * is `ran: false`, so the expression must be decided without the rest: by `probe.ran && …`, or by what `needs` says.
 *
 * What is neither `&&`, `||`, `!` nor `?:` is taken for an unknown that may be true or false, and the same text for the
 * same unknown, in `needs` too: `facts.down && p.exit == 1` is decided where `needs` is `facts.down`. With `each`, the
 * expression is asked of each element of that list.
 */
export function withoutProbe(
  probe: string,
  needs: Expression,
  around: Around,
): (expression: Expression, each?: Expression) => Possible {
  const formulas = new Formulas(probe, around)
  return (expression, each) => canBe(formulas.of(needs.ast), formulas.ofEach(expression.ast, each?.ast))
}

/** Expressions as formulas, of a host on which one probe did not run. */
class Formulas {
  readonly #probe: string
  readonly #around: Around
  readonly #known = new Map<ASTNode, Formula>()
  /** Whether something in it is open. */
  readonly #open = new Map<Formula, boolean>()

  constructor(probe: string, around: Around) {
    this.#probe = probe
    this.#around = around
  }

  of(node: ASTNode): Formula {
    const before = this.#known.get(node)
    if (before) return before
    const formula = this.#make(node)
    this.#known.set(node, formula)
    return formula
  }

  ofEach(node: ASTNode, list: ASTNode | undefined): Formula {
    return list ? { op: 'and', parts: [this.#filled(list), this.of(node)] } : this.of(node)
  }

  #make(node: ASTNode): Formula {
    switch (node.op) {
      case '&&':
      case '||':
        return { op: node.op === '&&' ? 'and' : 'or', parts: node.args.map((part) => this.of(part)) }
      case '!_':
        return { op: 'not', part: this.of(node.args) }
      case '?:': {
        const [condition, yes, no] = node.args
        return { op: 'if', condition: this.of(condition), yes: this.of(yes), no: this.of(no) }
      }
      case 'value':
        return typeof node.args === 'boolean' ? known(node.args) : this.#value(node)
      default:
        return this.#told(node) ?? this.#value(node)
    }
  }

  /** Facts, what says whether a probe ran, and the ways to write that a list is empty. */
  #told(node: ASTNode): Formula | undefined {
    const fact = this.#fact(node)
    if (fact) return this.of(fact)
    if (this.#isHasOfProbe(node)) return known(false)
    const ran = probeThatRan(node)
    if (ran !== undefined) return this.#ran(ran, node)
    const [list, filled] = emptiness(node) ?? []
    if (!list || this.#opens(list).length > 0) return undefined
    return filled ? this.#filled(list) : { op: 'not', part: this.#filled(list) }
  }

  #ran(probe: string, node: ASTNode): Formula {
    if (probe === this.#probe) return known(false)
    const needs = this.#around.needs.get(probe)
    return needs ? this.of(needs.ast) : { op: 'unknown', name: textOf(node) }
  }

  /**
   * Whether a list has something in it. A filtered or mapped list can only have something where the list behind it has.
   */
  #filled(list: ASTNode): Formula {
    const unknown: Formula = { op: 'unknown', name: `${textOf(list)}.size() > 0` }
    const fact = this.#fact(list)
    if (fact) return { op: 'and', parts: [unknown, this.#filled(fact)] }
    if (list.op === 'list') return known(list.args.length > 0)
    if (list.op === '?:') {
      const [condition, yes, no] = list.args
      return { op: 'if', condition: this.of(condition), yes: this.#filled(yes), no: this.#filled(no) }
    }
    if (list.op !== 'rcall' || !['filter', 'map'].includes(list.args[0])) return unknown
    return { op: 'and', parts: [unknown, this.#filled(list.args[1])] }
  }

  /** A value, or a condition that is not looked into: open where it reads the probe. */
  #value(node: ASTNode): Formula {
    const unknown: Formula = { op: 'unknown', name: textOf(node) }
    const opens = this.#opens(node)
    if (opens.length === 0) return unknown
    return { op: 'if', condition: { op: 'or', parts: opens }, yes: open, no: unknown }
  }

  /** The conditions under which a value reads the probe, through facts too. */
  #opens(node: ASTNode): Formula[] {
    if (node.op === 'id') return node.args === this.#probe ? [known(true)] : []
    if (this.#isHasOfProbe(node) || probeThatRan(node) !== undefined) return []
    const fact = this.#fact(node)
    if (fact || ['&&', '||', '!_', '?:'].includes(node.op)) return this.#opensOf(this.of(fact ?? node))
    if (node.op !== 'rcall' || !comprehensions.has(node.args[0]))
      return childrenOf(node).flatMap((child) => this.#opens(child))
    const [, list, [, ...bodies]] = node.args
    const within = bodies.flatMap((body) => this.#opens(body))
    const each: Formula[] =
      within.length === 0 ? [] : [{ op: 'and', parts: [this.#filled(list), { op: 'or', parts: within }] }]
    return [...this.#opens(list), ...each]
  }

  #opensOf(part: Formula): Formula[] {
    return this.#hasOpen(part) ? [{ op: 'is-open', part }] : []
  }

  #hasOpen(formula: Formula): boolean {
    const before = this.#open.get(formula)
    if (before !== undefined) return before
    const found =
      formula.op === 'known' ? formula.truth === 'open' : partsOf(formula).some((part) => this.#hasOpen(part))
    this.#open.set(formula, found)
    return found
  }

  #fact(node: ASTNode): ASTNode | undefined {
    if (node.op !== '.' || node.args[0].op !== 'id' || node.args[0].args !== 'facts') return undefined
    const fact = this.#around.facts.get(node.args[1])
    return fact?.ast
  }

  /** `has(probe.fields)` is false where the probe did not run; `has(probe.fields.x)` reads `fields`. */
  #isHasOfProbe(node: ASTNode): boolean {
    if (node.op !== 'call' || node.args[0] !== 'has') return false
    const [given] = node.args[1]
    return given?.op === '.' && given.args[0].op === 'id' && given.args[0].args === this.#probe
  }
}

/** Their bodies are looked at for each element: not at all where the list is empty. */
const comprehensions: ReadonlySet<string> = new Set(['filter', 'map', 'exists', 'exists_one', 'all'])

/** The probe of `probe.ran`. */
const probeThatRan = (node: ASTNode): string | undefined =>
  node.op === '.' && node.args[1] === 'ran' && node.args[0].op === 'id' ? node.args[0].args : undefined

/** The list of `list.size() > 0` and its like, and whether that says that something is in it. */
function emptiness(node: ASTNode): readonly [list: ASTNode, filled: boolean] | undefined {
  if (node.op !== '>' && node.op !== '==' && node.op !== '!=') return undefined
  const [size, zero] = node.args
  if (zero.op !== 'value' || zero.args !== 0n) return undefined
  if (size.op !== 'rcall' || size.args[0] !== 'size') return undefined
  return [size.args[1], node.op !== '==']
}

/** As it is written, but for white space. */
const textOf = ({ input, range }: ASTNode): string =>
  input.slice(range.start, range.end).replaceAll(/\s+/g, ' ')
