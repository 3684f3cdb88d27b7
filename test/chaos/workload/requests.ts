import type { Done } from '../../../playground/slack/user/actions.ts'

export type RequestKind = 'diagnose' | 'again' | 'escalate' | 'move' | 'form' | 'submit' | 'approve'

/** Something that a person asked of the bot, and what Slack heard of it. */
export interface Asked {
  readonly kind: RequestKind
  /** Slack user. */
  readonly user: string
  readonly channel: string
  /** Of a diagnosis. */
  readonly topic: string
  readonly host: string
  /** Button's value, where it was one: the id of a run, an escalation, a fix. */
  readonly about: string
  readonly trigger: string
  readonly twice: boolean
  readonly sentAt: number
  readonly endedAt: number
  readonly acknowledged: boolean
  /** What the bot told whoever asked, privately. */
  readonly answers: readonly string[]
}

export interface RequestLog {
  /** Notes what `send` came to. Null: the button was not there any more. */
  note(
    about: Pick<Asked, 'kind' | 'user' | 'channel'> & Partial<Asked>,
    send: () => Promise<Done>,
  ): Promise<Done | null>
  /** With the private answers that have come by now. */
  all(): readonly Asked[]
}

export function openRequestLog(): RequestLog {
  const noted: { readonly asked: Omit<Asked, 'answers'>; readonly done: Done }[] = []
  return {
    async note(about, send) {
      const sentAt = Date.now()
      const done = await send().catch((error: Error) => {
        // What a person no longer finds in the message is no request.
        if (/ in the m|^this modal|^the modal/.test(error.message)) return null
        throw error
      })
      if (!done) return null
      const { trigger = '', twice = false, status } = done
      const asked = { topic: '', host: '', about: '', ...about, trigger, twice, sentAt, endedAt: Date.now() }
      noted.push({ asked: { ...asked, acknowledged: status === 200 }, done })
      return done
    },
    all: () =>
      noted.map(({ asked, done }) => ({
        ...asked,
        answers: [...(done.private ? [done.private.text] : []), ...done.responses().map(({ text }) => text)],
      })),
  }
}
