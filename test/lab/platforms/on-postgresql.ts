import type { Fault } from '../faults/fault.ts'

/** Faults and words of the guide's shape name the cluster as Debian 12 does. */
const OF_DEBIAN_12 = /(postgresql(?:\\?\/|@|-)|pg_createcluster )15\b|\b15(?=(?:\\?\/|\.)main)/g

/** A script or the source of a pattern, with the cluster of another major version in place of that one. */
export const onPostgresql = (version: number, text: string): string =>
  text.replaceAll(OF_DEBIAN_12, (_, before = '') => `${before}${version}`)

export function faultOnPostgresql(version: number, fault: Fault): Fault {
  const pattern = (one: RegExp): RegExp => new RegExp(onPostgresql(version, one.source), one.flags)
  const { object } = fault
  return {
    ...fault,
    inject: onPostgresql(version, fault.inject),
    probe: onPostgresql(version, fault.probe),
    expect: fault.expect.map((patterns) => patterns.map(pattern)),
    ...(object ? { object: Array.isArray(object) ? object.map(pattern) : pattern(object as RegExp) } : {}),
  }
}
