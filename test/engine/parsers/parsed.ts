import type { Parsed, Parser, Row } from '../../../src/engine/parsers/parser.ts'

/** What a parser makes of text that it must understand. */
export function parsed(parser: Parser, text: string): Parsed {
  const result = parser.parse(text)
  if (!result.ok) throw new Error(`not understood: ${result.reason}`)
  return result.value
}

export const rowsOf = (parser: Parser, text: string): readonly Row[] => parsed(parser, text).rows ?? []

export const fieldsOf = (parser: Parser, text: string): Row => parsed(parser, text).fields ?? {}

/** Why a parser does not understand a text. */
export function refusal(parser: Parser, text: string): string {
  const result = parser.parse(text)
  if (result.ok) throw new Error(`understood: ${JSON.stringify(result.value, bigints)}`)
  return result.reason
}

const bigints = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
