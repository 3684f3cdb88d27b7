import type { RichTextElement } from '@slack/types'
import type { Escalation } from '../../store/escalations.ts'
import { type Message, makeMessage } from '../message.ts'
import { context, mention, paragraph, text } from './rich.ts'
import { footer, headline, type RunView } from './run-view.ts'
import { conclusion } from './verdict.ts'

/** The direct message to the DevOps lead (level 2). `threadUrl` undefined: Slack did not say it. */
export function leadMessage(
  view: RunView,
  escalation: Pick<Escalation, 'actor'>,
  threadUrl: string | undefined,
): Message {
  const thread: RichTextElement[] = threadUrl
    ? [...text(' · '), { type: 'link', url: threadUrl, text: 'Open the thread' }]
    : []
  return makeMessage(headline(view.run), [
    conclusion(view),
    paragraph(...mention(escalation.actor.id), ...text(' asks for your help'), ...thread),
    context(footer(view)),
  ])
}
