/** Lets others have the process; throws `OutOfTime` where too much time is spent already. */
export type Pause = () => Promise<void>

export class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
}

/** So long nobody else is served. */
const TURN_MS = 20

/**
 * Pauses for work that would hold up everything else in the process: clicks, other people's runs. In all it may take
 * `budgetMs`.
 */
export function pausesWithin(budgetMs: number, elapsed: () => number = () => performance.now()): Pause {
  const began = elapsed()
  let turn = began
  return async () => {
    if (elapsed() - began >= budgetMs) throw new OutOfTime(`it took longer than ${budgetMs} ms`)
    if (elapsed() - turn < TURN_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    turn = elapsed()
  }
}
