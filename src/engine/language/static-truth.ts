import { DecisionDiagram, type Node } from './decision-diagram.ts'

/** A condition reduced to how its parts are joined, for what can be said of it without values. */
export type Formula =
  | { readonly op: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly op: 'not' | 'is-open'; readonly part: Formula }
  | { readonly op: 'if'; readonly condition: Formula; readonly yes: Formula; readonly no: Formula }
  /** What may be true or false; the same name is the same unknown. */
  | { readonly op: 'unknown'; readonly name: string }
  /** `open`: it reads what is not there, as CEL's errors. */
  | { readonly op: 'known'; readonly truth: 'true' | 'false' | 'open' }

export const open: Formula = { op: 'known', truth: 'open' }
export const known = (value: boolean): Formula => ({ op: 'known', truth: value ? 'true' : 'false' })

export function partsOf(formula: Formula): readonly Formula[] {
  switch (formula.op) {
    case 'and':
    case 'or':
      return formula.parts
    case 'not':
    case 'is-open':
      return [formula.part]
    case 'if':
      return [formula.condition, formula.yes, formula.no]
    default:
      return []
  }
}

/** `not decided`: the conditions are so long that the question was given up. */
export type Possible = 'yes' | 'no' | 'not decided'

/** Whether the unknowns can have values by which one formula is false and the other open. */
export function canBe(falseOne: Formula, openOne: Formula): Possible {
  const diagram = new DecisionDiagram()
  const when = whenOf(diagram)
  try {
    const both = diagram.and(when(falseOne).false, isOpen(diagram, when(openOne)))
    return both === diagram.never ? 'no' : 'yes'
  } catch (error) {
    if (error instanceof RangeError) return 'not decided'
    throw error
  }
}

/** By which values of the unknowns a formula is true, and by which it is false; by all others it is open. */
interface When {
  readonly true: Node
  readonly false: Node
}

/** Formulas share parts: each is looked at once. */
function whenOf(diagram: DecisionDiagram): (formula: Formula) => When {
  const seen = new Map<Formula, When>()
  const look = (formula: Formula): When => {
    const before = seen.get(formula)
    if (before) return before
    const found = join(formula, diagram, look)
    seen.set(formula, found)
    return found
  }
  return look
}

const isOpen = (diagram: DecisionDiagram, when: When): Node => diagram.not(diagram.or(when.true, when.false))

/** An operand that decides does so whatever the others are. */
function join(formula: Formula, diagram: DecisionDiagram, look: (part: Formula) => When): When {
  const { always, never } = diagram
  const all = (nodes: readonly Node[]): Node => nodes.reduce((a, b) => diagram.and(a, b), always)
  const any = (nodes: readonly Node[]): Node => nodes.reduce((a, b) => diagram.or(a, b), never)
  switch (formula.op) {
    case 'known':
      return {
        true: formula.truth === 'true' ? always : never,
        false: formula.truth === 'false' ? always : never,
      }
    case 'unknown': {
      const holds = diagram.variable(formula.name)
      return { true: holds, false: diagram.not(holds) }
    }
    case 'not': {
      const part = look(formula.part)
      return { true: part.false, false: part.true }
    }
    case 'is-open': {
      const opens = isOpen(diagram, look(formula.part))
      return { true: opens, false: diagram.not(opens) }
    }
    case 'if': {
      const [condition, yes, no] = [look(formula.condition), look(formula.yes), look(formula.no)]
      const taken = (truth: keyof When): Node =>
        diagram.or(diagram.and(condition.true, yes[truth]), diagram.and(condition.false, no[truth]))
      return { true: taken('true'), false: taken('false') }
    }
    default: {
      const parts = formula.parts.map(look)
      const [trues, falses] = [parts.map((part) => part.true), parts.map((part) => part.false)]
      return formula.op === 'and'
        ? { true: all(trues), false: any(falses) }
        : { true: any(trues), false: all(falses) }
    }
  }
}
