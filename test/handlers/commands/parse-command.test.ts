import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type KnownNames, named } from '../../../src/handlers/commands/known-names.ts'
import { parseCommand, reservedNames } from '../../../src/handlers/commands/parse-command.ts'
import { isHostPattern, matchHosts } from '../../../src/inventory/host-pattern.ts'
import type { Host, Inventory } from '../../../src/inventory/inventory.ts'

const topics: Record<string, string> = { db: 'db', postgres: 'db', service: 'service' }
const hosts = ['host1', 'web-2.internal']
const inventory: Inventory = {
  hosts: new Map(hosts.map((name) => [name, { name, groups: ['web'] } as unknown as Host])),
  groups: new Map([['web', hosts]]),
}
const words: KnownNames = {
  topicOf: (word) => (Object.hasOwn(topics, word) ? topics[word] : undefined),
  topicWords: () => Object.keys(topics),
  hostOf: (word) => named(new Map(hosts.map((name) => [name, 0])), word),
  hostNames: () => hosts,
  groupOf: (word) => named(new Map([['web', 0]]), word),
  isPattern: (word) => isHostPattern(inventory, word),
  fitsHosts: (pattern) => matchHosts(inventory, pattern).ok,
}
const read = (text: string) => parseCommand(text, words)
const sentence = (text: string): string => {
  const meaning = read(text)
  return meaning.kind === 'mistake' ? meaning.sentence : `no mistake: ${meaning.kind}`
}

describe('history', () => {
  it.each([
    ['history host1', { host: 'host1' }],
    ['History HOST1 postgres', { host: 'host1', topic: 'db' }],
    ['history db on host1', { host: 'host1', topic: 'db' }],
    ['history of host1', { host: 'host1' }],
    ['history `host1`, db?', { host: 'host1', topic: 'db' }],
  ])('is of a host, and of a topic where one is named: %s', (text, asked) => {
    expect(read(text)).toEqual({ kind: 'history', ...asked })
  })

  it.each([
    ['history', 'Of which host? `/debvisor history <host> [topic]`.'],
    ['history db', 'Of which host? `/debvisor history <host> db`.'],
    ['history hots1', 'There is no host or topic `hots1`. Did you mean `host1`?'],
    ['history host1 nonsense', 'There is no host or topic `nonsense`.'],
    ['history host1 web-2.internal', 'One host at a time: what is `web-2.internal` after host1?'],
    ['history host1 db <!here>', 'What is `·!here·` here?'],
    ['history web', 'There is no host or topic `web`.'],
  ])('is refused in a sentence: %s', (text, said) => {
    expect(sentence(text)).toContain(said)
  })

  it('that names no host leaves that to its thread', () => {
    expect(read('history')).toMatchObject({ kind: 'mistake', missing: { what: 'history' } })
    expect(read('history db')).not.toHaveProperty('missing')
  })
})

describe('stats', () => {
  it.each([
    ['stats', 30],
    ['stats 7d', 7],
    ['stats 90 days', 90],
    ['stats last 2 weeks', 14],
    ['stats 1', 1],
    ['stats 52w', 364],
  ])('counts some days: %s', (text, days) => {
    expect(read(text)).toEqual({ kind: 'stats', days })
  })

  it.each([
    ['stats 0d', 'from 1 to 365 days'],
    ['stats 53w', 'from 1 to 365 days'],
    ['stats host1', '`host1` is no number of days'],
    ['stats 30d db', '`30d db` is no number of days'],
  ])('is refused in a sentence: %s', (text, said) => {
    expect(sentence(text)).toContain(said)
  })
})

describe('a command', () => {
  it('that is bare opens the form', () => {
    for (const text of ['', '   ', '@debvisor', '/debvisor']) expect(read(text)).toEqual({ kind: 'form' })
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
    expect(sentence('hots1')).toContain('Did you mean `host1`?')
    expect(sentence('cancle 7F3K')).toContain('Did you mean `cancel`?')
  })

  it('needs no word for diagnose', () => {
    expect(read('host1')).toEqual({ kind: 'triage', host: 'host1', said: '' })
    expect(read('host1 is slow')).toEqual({ kind: 'triage', host: 'host1', said: 'is slow' })
    expect(read('db host1')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
    expect(read('host1 postgres')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
    expect(sentence('db')).toContain('On which host? `/debvisor diagnose db <host>`')
  })

  it.each([
    'diagnose db HOST1',
    'diagnose HOST1 DB',
    'DB on Host1',
    'diagnose db host1.',
    'diagnose db: `host1`,',
    '`diagnose db host1`',
    '/debvisor diagnose db host1',
    '@debvisor diagnose db host1',
  ])('is understood as it was meant: %s', (text) => {
    expect(read(text)).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
  })

  it('tells two hosts apart that differ in case, and takes neither for a third', () => {
    const both = new Map([
      ['Web', 0],
      ['web', 0],
    ])
    expect([named(both, 'Web'), named(both, 'web'), named(both, 'WEB')]).toEqual(['Web', 'web', undefined])
  })

  it('asks for help in the words that people try, about one command too', () => {
    for (const text of ['?', 'help', 'Help!', '-h', '--help', 'help me'])
      expect(read(text)).toEqual({ kind: 'help' })
    for (const text of ['help diagnose', 'diagnose help', 'diagnose ?', '? Diagnose', 'diagnose --help'])
      expect(read(text)).toEqual({ kind: 'help', about: 'diagnose' })
  })

  it.each([
    ['web', 'web', undefined, ''],
    ['web are slow', 'web', undefined, 'are slow'],
    ['diagnose db WEB', 'web', 'db', ''],
    ['diagnose web db', 'web', 'db', ''],
    ['db on web', 'web', 'db', ''],
    ['diagnose db web*', 'web*', 'db', ''],
    ['web* pages are slow', 'web*', undefined, 'pages are slow'],
    ['diagnose db host1,web-2.internal', 'host1,web-2.internal', 'db', ''],
    ['db host1, web-2.internal', 'host1,web-2.internal', 'db', ''],
    ['db all:!host1', 'all:!host1', 'db', ''],
    ['db web:&all', 'web:&all', 'db', ''],
    ['db all', 'all', 'db', ''],
    ['diagnose all', 'all', undefined, ''],
    ['db ~host\\d+', '~host\\d+', 'db', ''],
    ['db web[0]', 'web[0]', 'db', ''],
    ['db host?', 'host?', 'db', ''],
    ['db web:!', 'web:!', 'db', ''],
    // Otherwise the host that is to be left alone would be asked.
    ['db web !host1', 'web:!host1', 'db', ''],
    ['diagnose all :!host1', 'all:!host1', undefined, ''],
    ['web* &web !host1 are slow', 'web*:&web:!host1', undefined, 'are slow'],
    // Whether there are such hosts is found out with the inventory that the asker may see.
    ['db dbl*', 'dbl*', 'db', ''],
  ])('asks about many hosts: %s', (text, pattern, topic, said) => {
    expect(read(text)).toEqual({ kind: 'fleet', pattern, topic, said })
  })

  it.each([
    ['diagnose web except host1', '`except host1` behind `web`', '`web:!host1`'],
    ['web but not host1', '`but not host1` behind `web`', '`web:!host1`'],
    ['web without host1', '`without host1`', '`web:!host1`'],
    ['diagnose db web* minus host1', '`minus host1`', '`web*:!host1`'],
    ['host1, web-2.internal except that one', '`except that one`', '`host1,web-2.internal,!host1`'],
    ['web not hots1', '`not hots1`', '`web:!host1`'],
    ['host1, web-2.internal, and web are slow', '`and web are slow`', '`host1,web-2.internal,web`'],
    ['host1, web-2.internal and web', '`and web`', '`host1,web-2.internal,web`'],
    ['web* and host* are slow', '`and host* are slow`', '`web*,host*`'],
    ['host1 and web-2.internal are slow', '`and web-2.internal are slow`', '`host1,web-2.internal`'],
    ['web are slow, host1 too', '`are slow, host1 too`', '`web,host1`'],
    ['web:&all and host1', '`and host1`', '`web,&all,host1`'],
  ])('asks nobody where it is not clear who is meant: %s', (text, said, written) => {
    expect(sentence(text)).toContain(`${said}`)
    expect(sentence(text)).toContain(`write all hosts as one word, such as ${written},`)
  })

  it.each([
    ['web not responding', 'web', 'not responding'],
    ['web are all slow, why?', 'web', 'are all slow, why?'],
    ['web* and they', undefined, ''],
  ])('takes for what is wrong what names no hosts: %s', (text, pattern, said) => {
    if (pattern === undefined) expect(sentence(text)).toContain('may change which hosts are meant')
    else expect(read(text)).toEqual({ kind: 'fleet', pattern, topic: undefined, said })
  })

  it('takes for the topic what has the name of one, behind a comma too', () => {
    expect(read('host1, db')).toEqual({ kind: 'diagnose', topic: 'db', host: 'host1' })
    expect(read('host1, db is down')).toEqual({ kind: 'triage', host: 'host1', said: 'db is down' })
    expect(read('host1, web-2.internal, db')).toMatchObject({
      kind: 'fleet',
      pattern: 'host1,web-2.internal',
      topic: 'db',
    })
  })

  it('takes a long list of hosts, up to what a pattern may have', () => {
    const list = Array.from({ length: 60 }, (_, at) => `host${at}`).join(',')
    expect(read(`diagnose db ${list}`)).toEqual({ kind: 'fleet', pattern: list, topic: 'db', said: '' })
    expect(sentence(`diagnose db ${list.repeat(6)}`)).toMatch(
      /^That command has \d+ characters; it may have 2000/,
    )
  })

  it.each([
    ['db host1, please', 'One host at a time'],
    ['db web web-2.internal', 'One host at a time, or several as one word, such as `host1,host2`'],
    ['all good?', 'There is no command, topic or host `all`.'],
    ['hello!', 'There is no command, topic or host `hello!`.'],
    ['really?', 'There is no command, topic or host `really?`.'],
    ['diagnose web* --now', 'is no option'],
  ])('does not take for many hosts what is not: %s', (text, said) => {
    expect(sentence(text)).toContain(said)
  })

  it.each([
    ['ack 7F3K', 'ack', '7F3K'],
    ['PAGE #7f3k', 'page', '7f3k'],
    ['resolve run 7F3K', 'resolve', '7F3K'],
    ['cancel `7F3K`', 'cancel', '7F3K'],
    ['why? 7F3K', 'why', '7F3K'],
    ['Again 7f3k', 'again', '7f3k'],
  ])('%s is about a run', (text, act, code) => {
    expect(read(text)).toEqual({ kind: 'run', act, code })
  })

  it('about a run may name a host by mistake: a run with such a code comes first', () => {
    expect(read('cancel HOST1')).toEqual({ kind: 'run', act: 'cancel', code: 'HOST1', host: 'host1' })
    expect(sentence('cancel run web-2.internal')).toBe(
      '`web-2.internal` is a host, and this takes the code of a run: `/debvisor cancel 7F3K`. `/debvisor status` lists them.',
    )
  })

  it('that lacks only what it is about says what that is: a thread may have it', () => {
    const missing = (text: string) => {
      const meaning = read(text)
      return meaning.kind === 'mistake' ? meaning.missing : meaning.kind
    }
    expect(missing('diagnose')).toEqual({ what: 'host' })
    expect(missing('diagnose postgres')).toEqual({ what: 'host', topic: 'db' })
    expect(missing('db')).toEqual({ what: 'host', topic: 'db' })
    expect(missing('why?')).toEqual({ what: 'run', act: 'why' })
    expect(missing('again')).toEqual({ what: 'run', act: 'again' })
    for (const text of ['diagnose hots1', 'diagnose db hots1', 'diagnose db --force', 'why 7F3', 'hosts all'])
      expect(missing(text)).toBeUndefined()
  })

  it('that came later than inventories takes no host’s name away', () => {
    for (const name of ['ack', 'page', 'resolve', 'cancel', 'again', 'why', 'timeline', 'history', 'stats']) {
      expect(reservedNames).not.toContain(name)
      const known = { ...words, hostOf: (word: string) => named(new Map([[name, 0]]), word) }
      expect(parseCommand(`diagnose ${name}`, known)).toEqual({ kind: 'triage', host: name, said: '' })
      expect(parseCommand(`diagnose db ${name}`, known)).toEqual({
        kind: 'diagnose',
        topic: 'db',
        host: name,
      })
    }
    expect(reservedNames).toContain('diagnose')
  })

  it.each([
    ['diagnose', 'Which topic'],
    ['diagnose db', 'On which host'],
    ['diagnose db host1 host2', 'One host at a time'],
    ['diagnose db host1 --force', 'no option of diagnose'],
    ['diagnose host1 is slow --now', 'no option of diagnose'],
    ['diagnose host1 web-2.internal', 'One host at a time'],
    ['hosts all', 'stands alone'],
    ['ack', 'Which run?'],
    ['page web-3.internal', 'A run has a short code'],
    ['page 7F3', 'A run has a short code'],
    ['page 7F3K now', 'One run at a time'],
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
    ['`ticket 12`', { kind: 'ticket', number: 12, act: { do: 'show' } }],
    ['ticket #12 take', { kind: 'ticket', number: 12, act: { do: 'take' } }],
    ['ticket: 12 close', { kind: 'ticket', number: 12, act: { do: 'close', reason: null } }],
    ['`ticket` 12 take', { kind: 'ticket', number: 12, act: { do: 'take' } }],
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

  it('is a command or one sentence, whatever is typed, and never an error', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'diagnose',
        'host1',
        'HOST1.',
        'db',
        'web',
        'web*',
        'host1,web',
        'ticket',
        'tickets',
        'page',
        'run',
        '7F3K',
        'help',
      ),
      fc.constantFrom(
        '?',
        '@debvisor',
        '`db`',
        '--now',
        'on',
        '12',
        'constructor',
        '__proto__',
        '/debvisor',
        '""',
      ),
      fc.string({ unit: 'binary', maxLength: 12 }),
    )
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(text, (typed) => {
        const command = read(typed)
        if (command.kind === 'run') return /^[A-Za-z0-9]{4,12}$/.test(command.code)
        if (command.kind === 'fleet') return command.pattern !== '' && command.pattern !== 'host1'
        return command.kind !== 'mistake' || /^[^\n]{10,600}[.?`]$/.test(command.sentence)
      }),
      { numRuns: 500 },
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

describe('watch', () => {
  const MIN = 60_000
  const usual = { everyMs: 5 * MIN, forMs: 12 * 60 * MIN }
  it.each([
    ['watch', { kind: 'watches' }],
    ['watch host1 db', { kind: 'watch', host: 'host1', topic: 'db', ...usual }],
    ['watch postgres on HOST1', { kind: 'watch', host: 'host1', topic: 'db', ...usual }],
    ['watch host1', { kind: 'watch', host: 'host1', topic: undefined, ...usual }],
    ['watch host1 db every 2m', { kind: 'watch', host: 'host1', topic: 'db', ...usual, everyMs: 2 * MIN }],
    [
      'watch `host1` db every 10 minutes for 2 days',
      { kind: 'watch', host: 'host1', topic: 'db', everyMs: 10 * MIN, forMs: 48 * 60 * MIN },
    ],
    [
      'watch every 1h for 3h',
      { kind: 'watch', host: undefined, topic: undefined, everyMs: 60 * MIN, forMs: 180 * MIN },
    ],
    ['watch web', { kind: 'watch-group', group: 'web' }],
    ['unwatch web', { kind: 'unwatch-group', group: 'web' }],
    ['unwatch', { kind: 'unwatch', host: undefined, topic: undefined }],
    ['unwatch host1 db', { kind: 'unwatch', host: 'host1', topic: 'db' }],
  ])('is read: %s', (text, command) => {
    expect(read(text)).toEqual(command)
  })

  it.each([
    ['watch hots1 db', 'There is no host or topic `hots1`. Did you mean `host1`?'],
    ['watch db', 'On which host? `/debvisor watch <host> <topic> [every 5m] [for 12h]`.'],
    ['watch host1 db service', 'What is `service` here?'],
    ['watch host1 web-2.internal', 'What is `web-2.internal` here?'],
    ['watch web db', '`web` is a group, and a watch takes one host'],
    ['watch host1 db every 1m', 'A watch looks every 2 to 60 minutes: `every 5m`.'],
    ['watch host1 db every now', 'A watch looks every 2 to 60 minutes'],
    ['watch host1 db for 100h', 'A watch goes on for 1 to 72 hours: `for 12h`.'],
    ['watch host1 db <!here>', 'There is no host or topic `·!here·`.'],
  ])('is refused in a sentence: %s', (text, said) => {
    expect(sentence(text)).toContain(said)
  })
})

describe('schedule', () => {
  it.each([
    ['schedule', { kind: 'schedules' }],
    [
      'schedule db host1 0 7 * * 1-5',
      { kind: 'schedule', topic: 'db', host: 'host1', hostGroup: null, cron: '0 7 * * 1-5' },
    ],
    [
      'schedule "*/10 * * * *"',
      { kind: 'mistake', sentence: expect.stringContaining('What, on which host, and when?') },
    ],
    [
      'schedule all web @daily',
      { kind: 'schedule', topic: null, host: null, hostGroup: 'web', cron: '@daily' },
    ],
    [
      'schedule postgres on web "0 7 * * *"',
      { kind: 'schedule', topic: 'db', host: null, hostGroup: 'web', cron: '0 7 * * *' },
    ],
    ['unschedule #3', { kind: 'unschedule', number: 3 }],
  ])('is read: %s', (text, command) => {
    expect(read(text)).toEqual(command)
  })

  it.each([
    ['schedule db host1', 'What, on which host, and when?'],
    ['schedule host1 @daily', '`all` stands for all topics'],
    ['schedule db host1 61 7 * * *', '`61 7 * * *`: a field of this cron pattern is none that cron knows'],
    ['schedule db host1 * * * * *', 'are less than five minutes apart'],
    ['schedule db host1 @reboot', 'a cron pattern has five fields'],
    ['schedule db hots1 @daily', 'There is no host or topic `hots1`. Did you mean `host1`?'],
    ['unschedule', 'Which schedule?'],
    ['unschedule nightly', 'Which schedule?'],
  ])('is refused in a sentence: %s', (text, said) => {
    expect(sentence(text)).toContain(said)
  })
})
