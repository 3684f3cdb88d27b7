import { AsyncLocalStorage } from 'node:async_hooks'

/** What can be replaced while the bot runs. Whoever is pinned goes on with what there was when they began. */
export interface Live<T> {
  now(): T
  replace(next: T): void
  /** A request or a job: all of it sees one state, whatever is reloaded meanwhile. */
  pinned<R>(work: () => R): R
}

export function makeLive<T extends object>(first: T): Live<T> {
  let current = first
  const begun = new AsyncLocalStorage<T>()
  return {
    now: () => begun.getStore() ?? current,
    replace(next) {
      current = next
    },
    pinned: (work) => begun.run(current, work),
  }
}

/**
 * An object whose properties are those of what `read` gives at that moment, so that whoever was given it at the start reads
 * what is true now.
 */
export function following<T extends object>(read: () => T): T {
  return new Proxy({} as T, {
    get: (_, key) => Reflect.get(read(), key),
    has: (_, key) => Reflect.has(read(), key),
    ownKeys: () => Reflect.ownKeys(read()),
    // For `...`: what the proxy does not have itself may only be described as configurable.
    getOwnPropertyDescriptor(_, key) {
      const here = Reflect.getOwnPropertyDescriptor(read(), key)
      return here && { ...here, configurable: true }
    },
  })
}
