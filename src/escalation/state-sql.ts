import { type EscalationState, openStates } from './moves.ts'

/** The states as a list in SQL: `('requested', 'done')`. They are words of ours, so they stand in the text. */
export const sqlStates = (states: readonly EscalationState[]): string =>
  `(${states.map((state) => `'${state}'`).join(', ')})`

/** What makes an escalation open, in SQL and as the unique index `escalations_open` has it. `table`: its alias. */
export const sqlOpen = (table?: string): string => {
  const of = table ? `${table}.` : ''
  return `${of}closed_at IS NULL AND ${of}state IN ${sqlStates(openStates)}`
}
