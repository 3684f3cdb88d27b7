import { unwrap } from '../../slack/typed-text.ts'
import type { ParsedCommand } from '../commands/parse-command.ts'
import { type RunAct, rightFor } from '../commands/parse-run-command.ts'
import type { SlackRequest } from '../guard.ts'
import type { Mention } from './parse-mention.ts'

const WHOLE = /^(?:ack|page|resolve|cancel)(?:\s+(?:run\s+)?#?[a-z0-9]{4,12})?$/i

/**
 * "should we @debvisor page?" asks people, not the bot. What changes how things stand for others is done only where it
 * is all that the message says. Otherwise: why nothing was done, which the audit has.
 */
export async function refusePartOfSentence(
  request: SlackRequest,
  parsed: ParsedCommand,
  mention: Mention,
): Promise<string | undefined> {
  const act = effectOf(parsed)
  if (act === undefined) return undefined
  const { begins, command, beside } = mention
  // A comment or a reason may say anything behind it.
  const whole =
    act === 'ticket' || (beside.trim() === '' && WHOLE.test(unwrap(command).replaceAll('`', '').trim()))
  if (begins && whole) return undefined
  const only = act === 'ticket' ? '' : ' and says nothing else'
  const sentence = `Nothing was done. ${act} counts only in a new message that begins with the mention${only}.`
  await request.refuse(act === 'ticket' ? 'escalate' : rightFor[act], {}, sentence)
  return sentence
}

function effectOf(parsed: ParsedCommand): RunAct | 'ticket' | undefined {
  if (parsed.kind === 'ticket') return parsed.act.do === 'show' ? undefined : 'ticket'
  const act =
    parsed.kind === 'run'
      ? parsed.act
      : parsed.kind === 'mistake' && parsed.missing?.what === 'run' && parsed.missing.act
  return act && !['again', 'why', 'timeline'].includes(act) ? act : undefined
}
