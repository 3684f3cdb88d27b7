import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

/** A real SMTP server on loopback that keeps what it gets and fails on demand. */
export interface FakeSmtp {
  /** The `smtp.url`. */
  readonly url: string
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** Each fault meets the next session that comes to its point; then all is well again. */
  fail(...faults: readonly SmtpFault[]): void
  close(): Promise<void>
}

export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  /** The connection was encrypted. */
  readonly tls: boolean
  /** Who logged in. */
  readonly user: string | undefined
}

type Point = 'connect' | 'login' | 'from' | 'to' | 'data'

/** A reply such as 451, a connection that breaks, or silence. At `data` the mail was received and is kept with `drop`. */
export type SmtpFault =
  | { readonly at: Point; readonly code: number; readonly text: string }
  | { readonly at: Point; readonly kind: 'drop' | 'hang' }

export interface SmtpOptions {
  readonly login?: { readonly user: string; readonly password: string }
  /** STARTTLS with a certificate that nobody trusts. */
  readonly starttls?: boolean
}

export async function startSmtp({ login, starttls = false }: SmtpOptions = {}): Promise<FakeSmtp> {
  const mails: ReceivedMail[] = []
  const faults: SmtpFault[] = []
  const sockets = new Set<Socket>()
  const take = (at: Point): SmtpFault | undefined => {
    const index = faults.findIndex((fault) => fault.at === at)
    return index < 0 ? undefined : faults.splice(index, 1)[0]
  }
  /** Calls back with the fault's reply or with none; after a drop and in a hang there is nobody to answer. */
  const reply = (fault: SmtpFault | undefined, callback: (error?: Error) => void): void => {
    if (!fault) callback()
    else if ('code' in fault) callback(Object.assign(new Error(fault.text), { responseCode: fault.code }))
    else if (fault.kind === 'drop') for (const socket of sockets) socket.destroy()
  }
  const server = new SMTPServer({
    logger: false,
    authOptional: login === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(starttls ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, callback) => reply(take('connect'), callback),
    onAuth: (auth, _session, callback) =>
      reply(take('login'), (error) => {
        if (error) return callback(error)
        const right = auth.username === login?.user && auth.password === login?.password
        return right
          ? callback(null, { user: auth.username })
          : callback(new Error('Invalid username or password'))
      }),
    onMailFrom: (_address, _session, callback) => reply(take('from'), callback),
    onRcptTo: (_address, _session, callback) => reply(take('to'), callback),
    onData: (stream, session, callback) => {
      void text(stream).then((raw) => {
        const { mailFrom, rcptTo } = session.envelope
        const fault = take('data')
        if (!fault || !('code' in fault)) {
          mails.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            raw,
            tls: session.secure,
            user: session.user as string | undefined,
          })
        }
        reply(fault, callback)
        // Who hung up in the middle of a mail left nothing to answer.
      }, callback)
    },
  })
  // A client that hangs up in the middle is what these tests are about.
  server.on('error', () => undefined)
  server.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    fail: (...more) => faults.push(...more),
    close: () => new Promise((done) => server.close(() => done())),
  }
}

export interface MimePart {
  /** Lower-case names; folded lines joined. */
  readonly headers: ReadonlyMap<string, string>
  /** Decoded; empty for a multipart. */
  readonly body: string
  readonly parts: readonly MimePart[]
}

/** Reads what a mail client would: RFC 5322 headers, MIME parts, base64 and quoted-printable. */
export function readMime(raw: string): MimePart {
  const gap = raw.indexOf('\r\n\r\n')
  const headers = new Map<string, string>()
  for (const line of raw
    .slice(0, gap)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  const body = raw.slice(gap + 4)
  const boundary = /^multipart\/.*boundary="([^"]+)"/i.exec(headers.get('content-type') ?? '')?.[1]
  if (boundary === undefined) return { headers, body: decode(body, headers), parts: [] }
  const parts = body.split(`--${boundary}`).slice(1, -1)
  return { headers, body: '', parts: parts.map((part) => readMime(part.replace(/^\r\n/, ''))) }
}

function decode(body: string, headers: ReadonlyMap<string, string>): string {
  switch (headers.get('content-transfer-encoding')?.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8')
    case 'quoted-printable':
      return Buffer.from(
        body
          .replace(/=\r\n/g, '')
          .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      ).toString('utf8')
    default:
      return body
  }
}
