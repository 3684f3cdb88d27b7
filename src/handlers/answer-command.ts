import type { Message } from '../slack/message.ts'

/** Slack waits 3 s for an acknowledgement; then it tells the user that the app did not answer. */
const ACK_WITHIN_MS = 2000

interface Ways {
  ack(answer: Message | undefined): Promise<void>
  /** To the command's response_url. */
  respond(answer: Message): Promise<unknown>
  readonly withinMs?: number
}

/**
 * The one way to answer a slash command privately, however long the work takes: in the acknowledgement where the answer is there in time, else
 * acknowledged first and answered when it is. So a command may ask PagerDuty or Slack, and a slow one of them costs no answer.
 */
export async function answerCommand(
  work: Promise<Message | undefined>,
  { ack, respond, withinMs = ACK_WITHIN_MS }: Ways,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs)
  })
  const first = await Promise.race([work, late])
  clearTimeout(timer)
  if (first !== 'late') return ack(first)
  await ack(undefined)
  const answer = await work
  if (answer) await respond(answer)
}
