import { expect, test } from 'vitest'
import { withLogFields, withoutLogFields } from '../../src/redact/log-fields.ts'
import { makeLogger } from '../../src/redact/logger.ts'
import { makeRedactor } from '../../src/redact/redact.ts'

const SECRET = 'kX9-known-secret'

function logged(write: (log: ReturnType<typeof makeLogger>) => void): {
  line: string
  record: Record<string, unknown>
} {
  const lines: string[] = []
  const { text } = makeRedactor({ secrets: [SECRET] })
  write(makeLogger('trace', text, { write: (line) => void lines.push(line) }))
  expect(lines).toHaveLength(1)
  const line = lines[0] ?? ''
  expect(line.endsWith('\n')).toBe(true)
  return { line, record: JSON.parse(line) as Record<string, unknown> }
}

test.each<[string, (log: ReturnType<typeof makeLogger>) => void]>([
  ['in the message', (log) => log.info(`got ${SECRET}`)],
  ['in an argument', (log) => log.info('got %s', SECRET)],
  ['in an object', (log) => log.info({ a: { b: [`x ${SECRET}`] } }, 'got')],
  ['in a name', (log) => log.info({ [SECRET]: 1 }, 'got')],
  ['in bindings of a child', (log) => log.child({ run: SECRET }).info('got')],
  ['in an error', (log) => log.error(new Error(`bad ${SECRET}`))],
  [
    'in the cause of an error',
    (log) => log.error({ err: new Error('bad', { cause: new Error(SECRET) }) }, 'got'),
  ],
  [
    'in an error under another name',
    (log) => log.error({ why: Object.assign(new Error('bad'), { url: SECRET }) }),
  ],
  ['in a URL', (log) => log.info({ url: new URL(`https://example.com/${SECRET}`) })],
  ['in a serializer of a child', (log) => log.child({}, { serializers: { x: () => SECRET } }).info({ x: 1 })],
  ['in bytes', (log) => log.info({ bytes: Buffer.from(SECRET) })],
])('a known secret %s never reaches the log', (_, write) => {
  const { line } = logged(write)
  expect(line).not.toContain(SECRET)
  expect(line).not.toContain('107,88,57')
})

test('a secret that only its name tells is caught in the finished line', () => {
  expect(logged((log) => log.info({ password: 'hunter2', user: 'ana' }, 'login')).record).toMatchObject({
    password: '[redacted]',
    user: 'ana',
    msg: 'login',
  })
  expect(logged((log) => log.info('password=%s', 'hunter2')).record.msg).toBe('password=[redacted]')
})

test('an error keeps its type, message and stack', () => {
  const { record } = logged((log) => log.error(new TypeError('no such host')))
  expect(record).toMatchObject({
    level: 'error',
    msg: 'no such host',
    err: { type: 'TypeError', message: 'no such host' },
  })
  expect((record.err as { stack: string }).stack).toContain('logger.test.ts')
})

test('a cycle ends', () => {
  const loop: Record<string, unknown> = { name: 'loop' }
  loop.self = loop
  expect(logged((log) => log.info(loop, 'ok')).record).toMatchObject({ name: 'loop', msg: 'ok' })
})

test('a line has the fields of the work that it belongs to, redacted, and a line of something else has none', async () => {
  const lines: Record<string, unknown>[] = []
  const { text } = makeRedactor({ secrets: [SECRET] })
  const log = makeLogger('info', text, { write: (line) => void lines.push(JSON.parse(line)) })
  await Promise.all([
    withLogFields({ run: '7F3K', runId: 'r1' }, async () => {
      await Promise.resolve()
      log.info('of the first')
      withLogFields({ fix: SECRET }, () => log.warn({ run: 'its own' }, 'of a fix'))
      withoutLogFields(() => log.info('of a pool'))
    }),
    withLogFields({ run: '9K2Q' }, async () => {
      await Promise.resolve()
      log.info('of the second')
    }),
  ])
  log.info('of none')
  const fields = lines.map(({ level: _, time: __, ...rest }) => rest)
  expect(fields).toHaveLength(5)
  expect(fields).toEqual(
    expect.arrayContaining([
      { run: '7F3K', runId: 'r1', msg: 'of the first' },
      { run: 'its own', runId: 'r1', fix: expect.not.stringContaining(SECRET), msg: 'of a fix' },
      { msg: 'of a pool' },
      { run: '9K2Q', msg: 'of the second' },
      { msg: 'of none' },
    ]),
  )
})
