import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Command } from '../../../src/ssh/outcome.ts'
import { type TestSession, WAYS } from '../sessions.ts'

const privileged = (id: string, ...argv: string[]): Command => ({
  id,
  kind: 'privileged',
  argv,
  timeoutMs: 10_000,
})

describe.each(WAYS)('a wave of root over $way', ({ open }) => {
  let opened: TestSession
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())

  test('runs privileged commands without sudo and without a shell', async () => {
    const outcomes = await opened.session.run([
      privileged('id', 'id', '-u'),
      privileged('words', 'echo', '$HOME; rm', "it's"),
      privileged('missing', 'nonesuch'),
    ])
    expect(outcomes.get('id')).toMatchObject({ status: 'exited', code: 0, stdout: Buffer.from('0\n') })
    expect(outcomes.get('words')).toMatchObject({ status: 'exited', stdout: Buffer.from("$HOME; rm it's\n") })
    expect(outcomes.get('missing')).toMatchObject({ status: 'exited', code: 127 })
  })
})
