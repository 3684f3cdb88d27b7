/** A condition reduced to how its parts are joined, for what can be said of it without values. */
export type Formula =
  | { readonly op: 'and' | 'or'; readonly parts: readonly Formula[] }
  | { readonly op: 'not' | 'is-open'; readonly part: Formula }
  | { readonly op: 'if'; readonly condition: Formula; readonly yes: Formula; readonly no: Formula }
  /** What may be true or false; the same name is the same unknown. */
  | { readonly op: 'unknown'; readonly name: string }
  | { readonly op: 'known'; readonly truth: 'true' | 'false' | 'open' }

/** `open`: it reads something that is not there, which is an error in CEL. `either`: nothing decides it yet. */
export type Truth = 'true' | 'false' | 'open' | 'either'

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

type Values = ReadonlyMap<string, boolean>

/** A condition that would need more tries than these is passed over. */
const MOST_TRIES = 1000

/** Whether the unknowns can have values by which one formula is false and the other open. */
export function canBe(falseOne: Formula, openOne: Formula): boolean {
  const values = new Map<string, boolean>()
  let tries = 0
  const search = (): boolean => {
    if (++tries > MOST_TRIES) return false
    const truth = truthOf(values)
    const [first, second] = [truth(falseOne), truth(openOne)]
    if (first === 'true' || first === 'open' || second === 'true' || second === 'false') return false
    if (first === 'false' && second === 'open') return true
    const name = nextUnknown(second === 'either' ? openOne : falseOne, truth)
    if (name === undefined) return false
    return [true, false].some((value) => {
      values.set(name, value)
      const found = search()
      values.delete(name)
      return found
    })
  }
  return search()
}

/** Formulas share parts: each is looked at once. */
function truthOf(values: Values): (formula: Formula) => Truth {
  const seen = new Map<Formula, Truth>()
  const look = (formula: Formula): Truth => {
    const before = seen.get(formula)
    if (before !== undefined) return before
    const truth = evaluate(formula, values, look)
    seen.set(formula, truth)
    return truth
  }
  return look
}

const opposite: Readonly<Record<Truth, Truth>> = {
  true: 'false',
  false: 'true',
  open: 'open',
  either: 'either',
}

function evaluate(formula: Formula, values: Values, look: (part: Formula) => Truth): Truth {
  switch (formula.op) {
    case 'known':
      return formula.truth
    case 'unknown':
      return asTruth(values.get(formula.name))
    case 'not':
      return opposite[look(formula.part)]
    case 'is-open': {
      const part = look(formula.part)
      return part === 'either' ? 'either' : asTruth(part === 'open')
    }
    case 'if': {
      const condition = look(formula.condition)
      if (condition === 'open' || condition === 'either') return condition
      return look(condition === 'true' ? formula.yes : formula.no)
    }
    default:
      return joined(formula.op, formula.parts.map(look))
  }
}

/** An operand that decides does so whatever the others are. */
function joined(op: 'and' | 'or', parts: readonly Truth[]): Truth {
  const decisive = op === 'and' ? 'false' : 'true'
  if (parts.includes(decisive)) return decisive
  if (parts.includes('either')) return 'either'
  return parts.includes('open') ? 'open' : opposite[decisive]
}

const asTruth = (value: boolean | undefined): Truth => {
  if (value === undefined) return 'either'
  return value ? 'true' : 'false'
}

/** The first unknown that keeps a formula from being decided. */
function nextUnknown(formula: Formula, truth: (part: Formula) => Truth): string | undefined {
  if (truth(formula) !== 'either') return undefined
  switch (formula.op) {
    case 'unknown':
      return formula.name
    case 'not':
    case 'is-open':
      return nextUnknown(formula.part, truth)
    case 'if': {
      const condition = truth(formula.condition)
      if (condition === 'either') return nextUnknown(formula.condition, truth)
      return nextUnknown(condition === 'true' ? formula.yes : formula.no, truth)
    }
    case 'and':
    case 'or': {
      const part = formula.parts.find((each) => truth(each) === 'either')
      return part && nextUnknown(part, truth)
    }
    default:
      return undefined
  }
}
