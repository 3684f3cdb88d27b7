import { AsyncLocalStorage } from 'node:async_hooks'

/** What each line of the log carries that is written while some work goes on, by whichever part. */
export type LogFields = Readonly<Record<string, string>>

const current = new AsyncLocalStorage<LogFields>()

/** Within `work`, and in all that it starts, each line has these fields beside those that it had before. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  current.run({ ...current.getStore(), ...fields }, work)

/** For what is shared: a connection of a pool tells its end in the name of whoever opened it. */
export const withoutLogFields = <T>(work: () => T): T => current.run({}, work)

export const logFields = (): LogFields => current.getStore() ?? {}
