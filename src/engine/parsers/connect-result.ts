import { keyValue } from './key-value.ts'

/**
 * What a probe with `connect` found, as the bot itself writes it (runs/outcome-to-record.ts): `.fields`.
 *
 *     connect=timed out
 *     to=10.0.0.11 port 80
 *     from=the jump host bastion
 */
export const connectResult = keyValue({
  separator: '=',
  fields: { connect: 'string', to: 'string', from: 'string' },
  expect: undefined,
})
