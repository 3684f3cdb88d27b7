import type { Message } from '../slack/message.ts'

/** Slack waits 3 s for an acknowledgement; then it tells the user that the app did not answer. */
const ACK_WITHIN_MS = 2000

interface ReplyPaths {
  ack(answer: Message | undefined): Promise<void>
  /** To the command's response_url. */
  respond(answer: Message): Promise<unknown>
  /** Slack did not take the acknowledgement. */
  notAcknowledged(error: unknown): void
  /**
   * Whether the command changes something. It is then acknowledged once that is stored, however long that takes (R15).
   */
  readonly hasEffect: boolean
  readonly withinMs?: number
}

/**
 * The one way to answer a slash command privately, however long the work takes. The answer goes into the
 * acknowledgement if it is there in time. Otherwise the command is acknowledged first and answered later. So a slow
 * PagerDuty or Slack costs no answer, and neither does an acknowledgement that is lost.
 */
export async function answerCommand(
  work: Promise<Message | undefined>,
  { ack, respond, notAcknowledged, hasEffect, withinMs = ACK_WITHIN_MS }: ReplyPaths,
): Promise<void> {
  const first = await answerWithin(work, withinMs)
  if (first === 'late' && hasEffect) await work
  const inTime = first === 'late' || (first && mayBeRefused(first)) ? undefined : first
  const acknowledged = await ack(inTime).then(
    () => true,
    (error: unknown) => {
      notAcknowledged(error)
      return false
    },
  )
  if (acknowledged && first === inTime) return
  const answer = await work
  if (answer) await respond(answer)
}

/** Of what stands in an acknowledgement Slack tells nobody that it refuses it, and the user reads an error. */
const mayBeRefused = ({ blocks }: Message): boolean =>
  blocks.some(({ type }) => type === 'data_visualization' || type === 'data_table')

async function answerWithin(
  work: Promise<Message | undefined>,
  ms: number,
): Promise<Message | undefined | 'late'> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms)
  })
  const first = await Promise.race([work, late])
  clearTimeout(timer)
  return first
}
