export interface SerialQueue {
  /**
   * Runs the works of one key one after the other, in the order in which they were given. Those of other keys go side
   * by side.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Resolves when all works that were given so far have ended, in whichever way. */
  idle(): Promise<void>
}

/** A queue of this process: a work that fails tells whoever gave it, and the next one begins. */
export function serializeByKey(): SerialQueue {
  const last = new Map<string, Promise<void>>()
  return {
    run(key, work) {
      const result = (last.get(key) ?? Promise.resolve()).then(work)
      const ended = result.then(
        () => {},
        () => {},
      )
      last.set(key, ended)
      void ended.then(() => {
        if (last.get(key) === ended) last.delete(key)
      })
      return result
    },
    async idle() {
      await Promise.all(last.values())
    },
  }
}
