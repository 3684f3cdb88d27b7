import type { Message } from '../../slack/message.ts'
import { noticeMessage } from '../../slack/messages/command-answers.ts'
import { onCallMessage } from '../../slack/messages/oncall.ts'
import type { Capabilities } from '../capabilities.ts'

/** `/debvisor oncall`. */
export async function onCall({ pagerApi }: Pick<Capabilities, 'pagerApi'>): Promise<Message> {
  if (!pagerApi) {
    return noticeMessage(
      'Who is on call is not known here: set PAGERDUTY_API_TOKEN, or `pagerduty.apiTokenFile` in debvisor.yml, to a read-only token.',
    )
  }
  const result = await pagerApi.onCall()
  return result.ok ? onCallMessage(result.turns, result.more) : noticeMessage(result.reason)
}
