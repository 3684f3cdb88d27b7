/** A set of values of variables that are true or false: 0 is none, 1 is all, others are numbers of a diagram's nodes. */
export type Node = number

/** Ordinary conditions take some hundred, those of the shipped runbooks less than 5,000. */
export const MOST_NODES = 20_000

interface Branch {
  /** Variables are asked in the order in which they were first named. */
  readonly level: number
  readonly low: Node
  readonly high: Node
}

const BEYOND = Number.POSITIVE_INFINITY

/**
 * A reduced ordered binary decision diagram (Bryant 1986): equal sets are the same node, so whether something is ever true
 * is one comparison, without a try of each combination. Throws a RangeError where it would grow beyond MOST_NODES.
 */
export class DecisionDiagram {
  readonly never: Node = 0
  readonly always: Node = 1
  readonly #branches: Branch[] = [
    { level: BEYOND, low: 0, high: 0 },
    { level: BEYOND, low: 1, high: 1 },
  ]
  readonly #known = new Map<string, Node>()
  readonly #joined = new Map<string, Node>()
  readonly #levels = new Map<string, number>()

  variable(name: string): Node {
    const level = this.#levels.get(name) ?? this.#levels.size
    this.#levels.set(name, level)
    return this.#node(level, this.never, this.always)
  }

  and = (one: Node, other: Node): Node => this.#choose(one, other, this.never)
  or = (one: Node, other: Node): Node => this.#choose(one, this.always, other)
  not = (one: Node): Node => this.#choose(one, this.never, this.always)

  /** Where `condition` holds what `yes` says, elsewhere what `no` says. */
  #choose(condition: Node, yes: Node, no: Node): Node {
    if (condition === this.always || yes === no) return yes
    if (condition === this.never) return no
    const key = `${condition},${yes},${no}`
    const before = this.#joined.get(key)
    if (before !== undefined) return before
    const level = Math.min(...[condition, yes, no].map((node) => this.#branch(node).level))
    const half = (side: 'low' | 'high') => {
      const [a, b, c] = [condition, yes, no].map((node) => {
        const branch = this.#branch(node)
        return branch.level === level ? branch[side] : node
      }) as [Node, Node, Node]
      return this.#choose(a, b, c)
    }
    const found = this.#node(level, half('low'), half('high'))
    this.#joined.set(key, found)
    return found
  }

  #node(level: number, low: Node, high: Node): Node {
    if (low === high) return low
    const key = `${level},${low},${high}`
    const before = this.#known.get(key)
    if (before !== undefined) return before
    if (this.#branches.length >= MOST_NODES) throw new RangeError(`more than ${MOST_NODES} nodes`)
    const node = this.#branches.push({ level, low, high }) - 1
    this.#known.set(key, node)
    return node
  }

  #branch(node: Node): Branch {
    const branch = this.#branches[node]
    if (!branch) throw new Error(`no node ${node}`)
    return branch
  }
}
