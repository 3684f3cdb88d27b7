export interface SerialQueue {
  /** Runs the work of one key piece by piece, in the order in which it was given. Different keys run side by side. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Resolves when all work that was given so far has ended, whether or not it failed. */
  idle(): Promise<void>
}

/** A queue within this process. Work that fails rejects for whoever gave it, and the next piece begins. */
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
