import { createTransport } from 'nodemailer'
import { oneLine } from '../../text/shorten.ts'
import { isLoopback } from '../loopback.ts'

/** One mail to one person, with its evidence attached. */
export interface Mail {
  /** A mail that is sent again carries the same Message-ID, so it is one mail to whoever gets it twice. */
  readonly escalationId: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly attachment: { readonly filename: string; readonly content: string }
}

export type MailResult =
  | { readonly ok: true; readonly messageId: string }
  /** `retry`: the same mail may go through later (4yz, network, time-out); without it, it never will. */
  | { readonly ok: false; readonly retry: boolean; readonly reason: string }

export interface Mailer {
  send(mail: Mail): Promise<MailResult>
  /** Connects, secures and logs in; sends nothing. */
  verify(): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>
}

export interface MailerOptions {
  /** smtp://host[:587] (STARTTLS) or smtps://host[:465]. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  /** One plain address. */
  readonly from: string
  /** Of one attempt, from the first byte to the last. */
  readonly timeoutMs?: number
}

/**
 * Sends over SMTP with TLS and checks the certificate. Only to this machine may it go without TLS, or with a
 * certificate that nobody signed, as distributions set up a smart host.
 */
export function makeMailer({ url, user, password, from, timeoutMs = 30_000 }: MailerOptions): Mailer {
  const problem = smtpUrlProblem(url) ?? addressProblem('escalation.lead.from', from)
  if (problem) return refusing(problem)
  const { protocol, hostname, port } = new URL(url)
  const local = isLoopback(hostname)
  const secure = protocol === 'smtps:'
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && !local,
    tls: { rejectUnauthorized: !local, minVersion: 'TLSv1.2' },
    ...(user ? { auth: { user, pass: password ?? '' }, forceAuth: true } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    maxResponseSize: 64 * 1024,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const secretless = (text: string) => withoutPassword(text, user ?? '', password ?? '')
  const reasonOf = (error: unknown) => reason(error, timeoutMs, secretless)
  const domain = from.slice(from.lastIndexOf('@') + 1)

  async function send(mail: Mail): Promise<MailResult> {
    const unusable = addressProblem('escalation.lead.email', mail.to)
    if (unusable) return { ok: false, retry: false, reason: unusable }
    const messageId = `<escalation-${mail.escalationId.replace(/[^A-Za-z0-9-]/g, '')}@${domain}>`
    try {
      await transport.sendMail({
        from: { name: 'DebVisor', address: from },
        to: { name: '', address: mail.to },
        messageId,
        // RFC 3834: no holiday notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        subject: oneLine(mail.subject),
        text: mail.text,
        html: mail.html,
        attachments: [
          {
            filename: mail.attachment.filename.replace(/[^A-Za-z0-9._-]/g, '_'),
            content: mail.attachment.content,
            contentType: 'text/plain; charset=utf-8',
          },
        ],
        signal: AbortSignal.timeout(timeoutMs),
      })
      return { ok: true, messageId }
    } catch (error) {
      return { ok: false, retry: mayPass(error), reason: reasonOf(error) }
    }
  }

  async function verify(): ReturnType<Mailer['verify']> {
    try {
      await transport.verify()
      return { ok: true }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) }
    }
  }

  return { send, verify }
}

const refusing = (problem: string): Mailer => ({
  send: async () => ({ ok: false, retry: false, reason: problem }),
  verify: async () => ({ ok: false, reason: problem }),
})

/**
 * Whether the same mail may pass later. RFC 5321 4.2.1: 4yz may, 5yz never will. Without a reply: an error of the
 * network may pass, a wrong configuration does not.
 */
function mayPass(error: unknown): boolean {
  const { responseCode, code } = smtpError(error)
  if (responseCode !== undefined) return responseCode < 500
  return ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'EABORT'].includes(code)
}

function reason(error: unknown, timeoutMs: number, secretless: (text: string) => string): string {
  const { code, originalCode, response, command, message } = smtpError(error)
  const said = response ? `: ${oneLine(secretless(response), 300)}` : ''
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return `The mail server did not accept the login${said}. Check \`smtp.user\` and SMTP_PASSWORD.`
    case 'ETLS':
      return `The mail server offers no TLS that can be trusted (${oneLine(secretless(message), 200)}).`
    case 'EDNS':
      return 'The name of the mail server has no address. Check `smtp.url`.'
    case 'ETIMEDOUT':
    case 'EABORT':
      return `The mail server did not finish within ${timeoutMs / 1000} s.`
    case 'ECONNECTION':
    case 'ESOCKET':
      return `The mail server could not be reached or hung up (${originalCode || code})${said}.`
    default:
      return `The mail server refused the mail${command ? ` at ${oneLine(command, 50)}` : ''}${said}.`
  }
}

interface SmtpError {
  readonly code: string
  readonly originalCode: string
  readonly command: string
  readonly message: string
  readonly response: string
  readonly responseCode: number | undefined
}

function smtpError(error: unknown): SmtpError {
  const e = (error ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const originalCode = text(e.originalCode)
  // A certificate that is not trusted comes as an error of the socket: CERT_HAS_EXPIRED, UNABLE_TO_GET_ISSUER_CERT,
  // ERR_SSL_…
  const untrusted = /CERT|ISSUER|^ERR_(TLS|SSL)/.test(originalCode)
  return {
    code: untrusted ? 'ETLS' : text(e.code),
    originalCode,
    command: text(e.command),
    message: text(e.message),
    response: text(e.response),
    responseCode: typeof e.responseCode === 'number' ? e.responseCode : undefined,
  }
}

/** A server may quote what it was sent: the secret itself, or as AUTH LOGIN and AUTH PLAIN send it. */
function withoutPassword(text: string, user: string, password: string): string {
  if (password === '') return text
  const base64 = (secret: string) => Buffer.from(secret).toString('base64')
  const forms = [base64(`\0${user}\0${password}`), base64(password), password]
  return forms.reduce((rest, form) => rest.replaceAll(form, '[password]'), text)
}

/** A sentence where the URL cannot be used, else undefined. */
export function smtpUrlProblem(url: string): string | undefined {
  if (!URL.canParse(url)) return '`smtp.url` is not a URL.'
  const { protocol, hostname, username, password } = new URL(url)
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return '`smtp.url` must begin with smtp:// or smtps://.'
  if (!hostname) return '`smtp.url` names no host.'
  if (username || password) return '`smtp.url` must not hold a login: `smtp.user` and SMTP_PASSWORD do.'
  return undefined
}

/** Dot-atoms of RFC 5322 and a domain: no spaces, no controls, no lists, so nothing that a header could end in. */
export function addressProblem(place: string, address: string): string | undefined {
  if (
    address.length <= 254 &&
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(address)
  )
    return undefined
  return `\`${place}\` is not one plain mail address.`
}
