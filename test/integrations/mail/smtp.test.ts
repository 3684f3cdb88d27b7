import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { type Contact, leadLetter } from '../../../src/escalation/lead-letter.ts'
import { mailOf } from '../../../src/integrations/mail/mail-channel.ts'
import { type Mail, type MailerOptions, makeMailer } from '../../../src/integrations/mail/smtp.ts'
import { type FakeSmtp, type MimePart, readMime, type SmtpOptions, startSmtp } from '../../fakes/smtp.ts'
import { bundle, bundles, problem, records } from '../../runs/sample-bundles.ts'

const to = 'devops@debvisor.internal'
const from = 'debvisor@bots.debvisor.internal'
const leadMail = ({ escalationId, to: lead, ...contact }: Contact & { escalationId: string; to: string }) =>
  mailOf(leadLetter(contact), escalationId, lead)
const mail = leadMail({ bundle: bundles.problem, escalationId: '0b9f6f0e-3f0a', to, by: '@bo' })
const messageId = '<escalation-0b9f6f0e-3f0a@bots.debvisor.internal>'

const running: FakeSmtp[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((smtp) => smtp.close()))
})

async function smtpAndMailer(options: SmtpOptions = {}, more: Partial<MailerOptions> = {}) {
  const smtp = await startSmtp(options)
  running.push(smtp)
  return { smtp, mailer: makeMailer({ url: smtp.url, from, timeoutMs: 2_000, ...more }) }
}

const lastMail = (smtp: FakeSmtp): MimePart => readMime(smtp.mails.at(-1)?.raw ?? '')
const leaves = (part: MimePart): MimePart[] => (part.parts.length > 0 ? part.parts.flatMap(leaves) : [part])
const leaf = (smtp: FakeSmtp, type: string): MimePart | undefined =>
  leaves(lastMail(smtp)).find(({ headers }) => headers.get('content-type')?.startsWith(type))

describe('a mail to the DevOps lead', () => {
  test('arrives with subject, text, HTML and the evidence as a file', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    expect(await mailer.send(mail)).toEqual({ ok: true, messageId })
    expect(smtp.mails).toMatchObject([{ from, to: [to] }])
    const { headers } = lastMail(smtp)
    expect(headers.get('message-id')).toBe(messageId)
    expect(headers.get('from')).toBe(`DebVisor <${from}>`)
    expect(headers.get('to')).toBe(to)
    expect(headers.get('subject')).toBe(
      '[DebVisor] critical: db on host1: PostgreSQL is down because its disk is full (run 7F3K)',
    )
    expect(leaf(smtp, 'text/plain')?.body).toContain('@bo asks for the DevOps lead.')
    expect(leaf(smtp, 'text/html')?.body).toContain('<p>Cause, critical: The disk of PostgreSQL is full</p>')
    const file = leaves(lastMail(smtp)).find((part) =>
      part.headers.get('content-disposition')?.startsWith('attach'),
    )
    expect(file?.headers.get('content-disposition')).toContain('evidence-7F3K.txt')
    expect(file?.body).toContain('could not write, try 17')
  })

  test('that is sent again has the same Message-ID', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    await mailer.send(mail)
    await mailer.send({ ...mail, subject: 'again' })
    expect(smtp.mails.map(({ raw }) => readMime(raw).headers.get('message-id'))).toEqual([
      messageId,
      messageId,
    ])
  })

  test('says until when somebody has to acknowledge, and what follows', () => {
    const until = new Date('2026-11-05T14:12:11Z')
    const said = (limit: { until: Date; take: 'offer' | 'page' } | null) =>
      leadMail({ bundle: bundles.problem, escalationId: '1', to, by: '@bo', limit }).text
    expect(said({ until, take: 'page' })).toContain(
      'Please acknowledge it in Slack by 2026-11-05T14:12:11Z; otherwise the on-call is paged.',
    )
    expect(said({ until, take: 'offer' })).toContain('otherwise whoever asked may page the on-call')
    expect(said(null)).not.toContain('acknowledge')
  })

  test('keeps what is not ASCII', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    const stdout = 'Größe 0 € – ○ 日本 🔴'
    const report = { ...problem, summary: stdout }
    const record = { ...(records[3] as (typeof records)[number]), stdout }
    const own = leadMail({ bundle: bundle({ report, records: [record] }), escalationId: '1', to, by: 'Zoë' })
    await mailer.send(own)
    expect(leaf(smtp, 'text/plain')?.body).toContain(stdout)
    expect(leaf(smtp, 'text/plain')?.body).toContain('Zoë asks')
  })

  test.each(Object.keys(bundles) as (keyof typeof bundles)[])('is made of a run that is %s', async (name) => {
    const { mailer } = await smtpAndMailer()
    expect(
      await mailer.send(leadMail({ bundle: bundles[name], escalationId: '1', to, by: '@bo' })),
    ).toMatchObject({
      ok: true,
    })
  })
})

describe('text from outside', () => {
  const hostile = fc
    .tuple(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('\r\n', '\n', '\r', '\u2028', '\0', '\r\n\r\n'),
    )
    .map(([text, end]) => `${text}${end}Bcc: victim@example.com${end}X-Evil: 1${end}${text}`)

  test('never becomes a header, a recipient or the end of the headers', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const report = { ...problem, summary: text }
        const own = leadMail({
          bundle: bundle({ report, threadUrl: text }),
          escalationId: text,
          to,
          by: text,
        })
        const attachment = { filename: text, content: text }
        expect(await mailer.send({ ...own, subject: text, attachment })).toMatchObject({ ok: true })
        expect(smtp.mails.at(-1)?.to).toEqual([to])
        expect([...lastMail(smtp).headers.keys()].sort()).toEqual([
          'auto-submitted',
          'content-type',
          'date',
          'from',
          'message-id',
          'mime-version',
          'subject',
          'to',
        ])
      }),
      { numRuns: 40 },
    )
  })

  test('is no address', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    for (const address of [
      'a@b.c\r\nBcc: d@e.f',
      'a@b.c, d@e.f',
      'A <a@b.c>',
      'a b@c.d',
      '',
      '@b.c',
      'a@b.c\n',
    ]) {
      expect(await mailer.send({ ...mail, to: address })).toEqual({
        ok: false,
        retry: false,
        reason: '`escalation.lead.email` is not one plain mail address.',
      })
    }
    expect(smtp.mails).toEqual([])
  })
})

describe('a failure', () => {
  test.each(['connect', 'from', 'to', 'data'] as const)(
    'of 4yz at %s may pass later, of 5yz never',
    async (at) => {
      const { smtp, mailer } = await smtpAndMailer()
      smtp.fail({ at, code: 451, text: 'try later' }, { at, code: 550, text: 'no such thing' })
      expect(await mailer.send(mail)).toMatchObject({
        ok: false,
        retry: true,
        reason: expect.stringMatching(/451 try later|try later/),
      })
      expect(await mailer.send(mail)).toMatchObject({
        ok: false,
        retry: false,
        reason: expect.stringMatching(/no such thing/),
      })
      expect(await mailer.send(mail)).toMatchObject({ ok: true })
      expect(smtp.mails).toHaveLength(1)
    },
  )

  test.each(['connect', 'from', 'to', 'data'] as const)(
    'of the connection at %s may pass later',
    async (at) => {
      const { smtp, mailer } = await smtpAndMailer()
      smtp.fail({ at, kind: 'drop' })
      expect(await mailer.send(mail)).toMatchObject({ ok: false, retry: true })
    },
  )

  test.each(['connect', 'data'] as const)('to answer at %s ends in time and may pass later', async (at) => {
    const { smtp, mailer } = await smtpAndMailer({}, { timeoutMs: 200 })
    smtp.fail({ at, kind: 'hang' })
    expect(await mailer.send(mail)).toEqual({
      ok: false,
      retry: true,
      reason: 'The mail server did not finish within 0.2 s.',
    })
  })

  test('of a server that is not there may pass later', async () => {
    const smtp = await startSmtp()
    await smtp.close()
    expect(await makeMailer({ url: smtp.url, from }).send(mail)).toEqual({
      ok: false,
      retry: true,
      reason: 'The mail server could not be reached or hung up (ECONNREFUSED).',
    })
  })
})

describe('a login', () => {
  const login = { user: 'bot', password: 'correct horse battery' }

  test('is used where configured', async () => {
    const { smtp, mailer } = await smtpAndMailer({ login }, login)
    expect(await mailer.send(mail)).toMatchObject({ ok: true })
    expect(smtp.mails[0]?.user).toBe('bot')
  })

  test('that is wrong is final and shows no secret, even where the server quotes it', async () => {
    const { smtp, mailer } = await smtpAndMailer({ login }, { ...login, password: 'wrong secret' })
    const base64 = Buffer.from('\0bot\0wrong secret').toString('base64')
    smtp.fail({ at: 'login', code: 535, text: `no: wrong secret ${base64}` })
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const result = await mailer.send(mail)
      expect(result).toMatchObject({
        ok: false,
        retry: false,
        reason: expect.stringContaining('SMTP_PASSWORD'),
      })
      expect(JSON.stringify(result)).not.toContain('wrong secret')
      expect(JSON.stringify(result)).not.toContain(base64)
    }
    expect(await mailer.verify()).toMatchObject({ ok: false })
    expect(smtp.mails).toEqual([])
  })

  test('that is refused for now may pass later', async () => {
    const { smtp, mailer } = await smtpAndMailer({ login }, login)
    smtp.fail({ at: 'login', code: 454, text: 'temporary' })
    expect(await mailer.send(mail)).toMatchObject({ ok: false, retry: true })
  })
})

describe('TLS', () => {
  test('is used where a server on this machine offers it, whatever its certificate', async () => {
    const { smtp, mailer } = await smtpAndMailer({ starttls: true })
    expect(await mailer.send(mail)).toMatchObject({ ok: true })
    expect(smtp.mails[0]?.tls).toBe(true)
  })

  // 0.0.0.0 reaches this machine, and is none of the names that we take for it.
  test('is required of any other server', async () => {
    const plain = await smtpAndMailer()
    const mailer = makeMailer({ url: `smtp://0.0.0.0:${plain.smtp.port}`, from, timeoutMs: 2_000 })
    expect(await mailer.send(mail)).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringMatching(/no TLS/),
    })
    expect(plain.smtp.mails).toEqual([])
  })

  test('needs a certificate that is trusted, of any other server', async () => {
    const selfSigned = await smtpAndMailer({ starttls: true })
    const mailer = makeMailer({ url: `smtp://0.0.0.0:${selfSigned.smtp.port}`, from, timeoutMs: 2_000 })
    expect(await mailer.send(mail)).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringMatching(/no TLS.*trusted/),
    })
    expect(selfSigned.smtp.mails).toEqual([])
  })
})

describe('verify', () => {
  test('logs in and sends nothing', async () => {
    const { smtp, mailer } = await smtpAndMailer()
    expect(await mailer.verify()).toEqual({ ok: true })
    expect(smtp.mails).toEqual([])
  })

  test.each([
    [{ url: 'mail.example.com' }, /not a URL/],
    [{ url: 'http://mail.example.com' }, /smtp:\/\//],
    [{ url: 'smtp://bot:pw@mail.example.com' }, /must not hold a login/],
    [{ from: 'DebVisor <a@b.c>' }, /escalation\.lead\.from/],
  ])('of %o says what is wrong', async (more, reason) => {
    const mailer = makeMailer({ url: 'smtp://127.0.0.1:9', from, ...more })
    const refused = expect.stringMatching(reason)
    expect(await mailer.verify()).toEqual({ ok: false, reason: refused })
    expect(await mailer.send(mail satisfies Mail)).toEqual({ ok: false, retry: false, reason: refused })
  })
})
