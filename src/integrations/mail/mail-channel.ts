import { toHtml, toText } from '../../text/plain-and-html.ts'
import type { ChannelAdapter, Letter, Sender } from '../channel-adapter.ts'
import { type Mail, type Mailer, makeMailer } from './smtp.ts'

/** The mail to the DevOps lead, with its evidence attached. */
export interface SentMail {
  readonly messageId: string
  readonly to: string
}

export interface MailSettings {
  readonly lead: { readonly email: string; readonly from: string }
  readonly smtp: { readonly url: string; readonly user?: string; readonly password?: string } | undefined
}

export const mailChannel: ChannelAdapter<SentMail, MailSettings> = {
  record: {
    read: ({ messageId, mailedTo }) => (messageId ? { messageId, to: mailedTo ?? '' } : null),
    write: ({ messageId, to }) => ({ ...(messageId ? { messageId } : {}), ...(to ? { mailedTo: to } : {}) }),
  },
  atFirst: () => ({}),
  isConfigured: ({ smtp }) => smtp !== undefined,
  connect: ({ smtp, lead }) => smtp && sendMail(makeMailer({ ...smtp, from: lead.from }), lead.email),
  async check({ smtp, lead }) {
    const what = 'mail to the DevOps lead'
    if (!smtp) return { what, state: 'off', said: 'not configured', remedy: 'set `smtp.url` in debvisor.yml' }
    const verified = await makeMailer({ ...smtp, from: lead.from }).verify()
    return verified.ok
      ? { what, state: 'good', said: `${smtp.url} takes our login; mails go to ${lead.email}` }
      : { what, state: 'bad', said: verified.reason }
  },
  reached: ({ to }) => `e-mail to ${to}`,
  isProven: () => false,
}

export const sendMail =
  (mailer: Pick<Mailer, 'send'>, to: string): Sender<SentMail> =>
  async (notice) => {
    const sent = await mailer.send(mailOf(await notice.letter(), notice.escalationId, to))
    return sent.ok ? { ok: true, kept: { messageId: sent.messageId, to } } : sent
  }

export const mailOf = ({ subject, blocks, attachment }: Letter, escalationId: string, to: string): Mail => ({
  escalationId,
  to,
  subject,
  text: `${toText(blocks)}\n`,
  html: toHtml(blocks),
  attachment,
})
