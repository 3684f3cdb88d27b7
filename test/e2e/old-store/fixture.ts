import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Reads test/fixtures/store-at-c4090bf; its README.md has the formats. */
export const fixture = fileURLToPath(new URL('../../fixtures/store-at-c4090bf/', import.meta.url))
export const read = (name: string): string => readFileSync(join(fixture, name), 'utf8')
const lines = <T>(name: string): T[] =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

export type Row = Readonly<Record<string, string>>

export interface Table {
  readonly name: string
  readonly columns: Readonly<Record<string, string>>
  readonly rows: Row[]
}

/** A message, the private list or a form, as `slack.jsonl` has them. */
export interface Shown {
  readonly post?: number
  readonly room?: string
  readonly private?: string
  readonly form?: string
  readonly user?: string
  readonly private_metadata?: string
  readonly text: string
  readonly thread_ts?: string
  readonly blocks: readonly unknown[]
  readonly metadata?: { readonly event_type: string; readonly event_payload: Keyed }
}

interface Keyed {
  readonly run: string
  readonly key: string
}

/** What the world outside was told, as `outside.jsonl` has it. */
export interface Told {
  readonly to?: 'pagerduty' | 'mail' | 'github' | 'jira'
  readonly from?: 'pagerduty'
  readonly dedupKey?: string
  readonly state?: string
  readonly incident?: { readonly id: string; readonly number: number }
  readonly event?: object
  readonly messageId?: string
  readonly request?: string
  readonly body?: unknown
}

export interface Names {
  readonly actionIds: readonly string[]
  readonly callbackIds: readonly string[]
  readonly eventType: string
}

export const names = JSON.parse(read('names.json')) as Names
export const told = lines<Told>('outside.jsonl')
export const shown = lines<Shown>('slack.jsonl')
export const env = JSON.parse(read('workspace/env.json')) as Readonly<Record<string, string>>

function readTables(): {
  tables: readonly Table[]
  sequences: readonly { sequence: string; value: string }[]
} {
  const tables: Table[] = []
  const sequences: { sequence: string; value: string }[] = []
  for (const line of lines<Row & { table?: string; columns?: Record<string, string> }>('rows.jsonl')) {
    if (line.sequence) sequences.push({ sequence: line.sequence, value: line.value ?? '1' })
    else if (line.columns) tables.push({ name: line.table ?? '', columns: line.columns, rows: [] })
    else tables.at(-1)?.rows.push(line)
  }
  return { tables, sequences }
}

export const { tables, sequences } = readTables()
export const rowsOf = (table: string): readonly Row[] =>
  tables.find(({ name }) => name === `debvisor.${table}`)?.rows ?? []

export const hostOfRun = new Map(rowsOf('runs').map(({ id = '', host = '' }) => [id, host]))

/** What stands for each `@@name@@`. */
export type Fill = (text: string) => string

export function filler(known: ReadonlyMap<string, string>, moment: number): Fill {
  return (text) =>
    text.replaceAll(/@@(at|ms)\.(-?\d+)@@|@@([\w.-]+)@@/g, (whole, time, after, name) => {
      if (time === 'ms') return String(moment + Number(after))
      if (time === 'at') return new Date(moment + Number(after)).toISOString()
      return known.get(name) ?? whole
    })
}

export const filled = <T>(fill: Fill, value: T): T => JSON.parse(fill(JSON.stringify(value))) as T

/** `ticket:8d53…:event:2` is `ticket:event`. */
export const withoutIds = (key: string): string =>
  key
    .split(':')
    .filter((part) => /^[a-z]+$/.test(part))
    .join(':')
