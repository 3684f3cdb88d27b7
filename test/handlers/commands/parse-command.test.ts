import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KnownNames } from '../../../src/handlers/commands/known-names.ts'
import { parseCommand } from '../../../src/handlers/commands/parse-command.ts'

const topics: Record<string, string> = { db: 'db', postgres: 'db', service: 'service' }
const hosts = ['host1', 'web-2.internal']
const words: KnownNames = {
  topicOf: (word) => (Object.hasOwn(topics, word) ? topics[word] : undefined),
  topicWords: () => Object.keys(topics),
  hasHost: (word) => hosts.includes(word),
  hostNames: () => hosts,
}
const read = (text: string) => parseCommand(text, words)
const sentence = (text: string): string => {
  const meaning = read(text)
  return meaning.kind === 'mistake' ? meaning.sentence : `no mistake: ${meaning.kind}`
}

describe('a command', () => {
  it('that is bare asks for help', () => {
    expect(read('')).toEqual({ kind: 'help' })
    expect(read('   ')).toEqual({ kind: 'help' })
    expect(read('HELP')).toEqual({ kind: 'help' })
  })

  it('diagnoses a topic by name or alias, in any case', () => {
    expect(read('diagnose db host1')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
    expect(read('Diagnose  POSTGRES   host1')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
  })

  it('does not mind quotes around a name', () => {
    expect(read('diagnose "db" `host1`')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
    expect(sentence('diagnose db "host1')).toContain('There is no host')
    expect(sentence('diagnose db "host1;reboot"')).toContain('There is no host')
  })

  it('with a host first keeps what is wrong, in the engineer’s words', () => {
    expect(read('diagnose host1')).toEqual({ kind: 'triage', host: 'host1', said: '' })
    expect(read('diagnose host1 dashboard  metrics are - stale')).toEqual({
      ...{ kind: 'triage', host: 'host1', said: 'dashboard metrics are - stale' },
    })
    expect(read('diagnose host1 Postgres')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
  })

  it('names what is near when a word is mistyped', () => {
    expect(sentence('diagnsoe db host1')).toContain('Did you mean `diagnose`?')
    expect(sentence('diagnose dbb host1')).toContain('Did you mean `db`?')
    expect(sentence('diagnose db hots1')).toContain('Did you mean `host1`?')
  })

  it('that begins with a topic is told the whole command', () => {
    expect(sentence('db host1')).toContain('/debvisor diagnose db <host>')
  })

  it.each([
    ['diagnose', 'Which topic'],
    ['diagnose db', 'On which host'],
    ['diagnose db host1 host2', 'One host at a time'],
    ['diagnose db host1 --force', 'no option of diagnose'],
    ['diagnose host1 is slow --now', 'no option of diagnose'],
    ['diagnose host1 web-2.internal', 'One host at a time'],
    ['hosts all', 'stands alone'],
    ['diagnose db host1;reboot', 'There is no host'],
    ['diagnose db $(id)', 'There is no host'],
    ['diagnose db ../../etc/passwd', 'There is no host'],
    ['diagnose __proto__ host1', 'There is no topic'],
    ['tickets yours', 'takes `mine`, `open` or `all`'],
    ['tickets open 0', 'A page is a number'],
    ['tickets open 1 2', 'A page is a number'],
    ['tickets 2 open', 'A page is a number'],
    ['ticket', 'Which ticket?'],
    ['ticket twelve', 'A ticket has a number'],
    ['ticket 0', 'A ticket has a number'],
    ['ticket 1e9 close', 'A ticket has a number'],
    ['ticket 12 destroy', 'A ticket takes `comment`'],
    ['ticket 12 comment', 'What is to be said?'],
    ['ticket 12 assign', 'To whom?'],
    ['ticket 12 assign @a @b', 'One person at a time'],
    ['ticket 12 assign ana', 'Name the person with `@`'],
    ['ticket 12 take it', 'stands alone'],
  ])('%s gets one clear sentence', (text, part) => {
    expect(sentence(text)).toContain(part)
  })

  it.each([
    ['tickets', { kind: 'tickets', filter: 'open', page: 1 }],
    ['tickets 3', { kind: 'tickets', filter: 'open', page: 3 }],
    ['TICKETS Mine', { kind: 'tickets', filter: 'mine', page: 1 }],
    ['tickets all 2', { kind: 'tickets', filter: 'all', page: 2 }],
    ['ticket 12', { kind: 'ticket', number: 12, act: { do: 'show' } }],
    ['ticket #12 take', { kind: 'ticket', number: 12, act: { do: 'take' } }],
    ['ticket 12 assign me', { kind: 'ticket', number: 12, act: { do: 'assign', to: 'me' } }],
    ['ticket 12 assign @bo', { kind: 'ticket', number: 12, act: { do: 'assign', to: 'named' } }],
    ['ticket 12 close', { kind: 'ticket', number: 12, act: { do: 'close', reason: null } }],
    [
      'ticket 12 close  It  is over. ',
      { kind: 'ticket', number: 12, act: { do: 'close', reason: 'It  is over.' } },
    ],
    [
      'ticket 12 comment a\n  b --c',
      { kind: 'ticket', number: 12, act: { do: 'comment', text: 'a\n  b --c' } },
    ],
  ])('%s is about tickets', (text, meaning) => {
    expect(read(text)).toEqual(meaning)
  })

  it('on a ticket may be as long as a form takes, and what is longer is told its length', () => {
    expect(read(`ticket 12 comment ${'x'.repeat(3_000)}`)).toMatchObject({ act: { do: 'comment' } })
    expect(sentence(`ticket 12 comment ${'x'.repeat(3_001)}`)).toContain('has 3001 characters')
    expect(sentence(`ticket 12 comment ${'x'.repeat(40_000)}`)).toContain('may have 6000')
    expect(sentence(`tickets ${'x'.repeat(400)}`)).toContain('may have 300')
  })

  it('of 10,000 characters is refused by its length', () => {
    expect(sentence(`diagnose db ${'x'.repeat(10_000)}`)).toContain('may have 300')
  })

  it('never becomes a host or topic that is not on the lists, whatever is typed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `diagnose db ${s}`),
        ),
        (text) => {
          const meaning = read(text)
          if (meaning.kind === 'triage') return hosts.includes(meaning.host)
          if (meaning.kind !== 'diagnose') return true
          return hosts.includes(meaning.host) && Object.values(topics).includes(meaning.topic)
        },
      ),
    )
  })

  it('is quoted back without anything that Slack takes for markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        const text = sentence(`diagnose ${word}`)
        // Backquotes are ours: the quoted word itself may hold none, so they come in pairs.
        return !/<[!@#]/.test(text) && (text.match(/`/g)?.length ?? 0) % 2 === 0
      }),
    )
    expect(sentence('diagnose <!channel>')).not.toContain('<!channel>')
  })
})
