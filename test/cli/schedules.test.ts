import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setUp } from '../../src/cli/set-up.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'schedules-'))
  const hosts = Array.from({ length: 40 }, (_, at) => `        host${at + 1}: { ansible_connection: local }`)
  writeFileSync(
    join(folder, 'inventory.yml'),
    `all:\n  children:\n    production:\n      hosts:\n${hosts.join('\n')}\n`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (schedule: string, rules?: string) => {
  writeFileSync(join(folder, 'access.yml'), `version: 1\nrules: [${rules ?? ''}]\n`)
  const access = rules === undefined ? '' : 'access: ./access.yml\n'
  writeFileSync(
    join(folder, 'debvisor.yml'),
    `version: 1\n${access}schedules:\n  nightly: { channel: C0123ABCD, ${schedule} }\n`,
  )
  return setUp({}, { config: join(folder, 'debvisor.yml') }, { shipped: 'test/e2e/small-topics' })
}

describe('a schedule of the configuration', () => {
  it('is read with its time zone, and all topics where it names none', () => {
    const ready = read("cron: '0 3 * * *', hostGroup: production, topic: db, timezone: Europe/Berlin")
    expect(ready.ok ? ready.config.schedules : ready.sentences).toEqual([
      {
        ...{ name: 'nightly', cron: '0 3 * * *', timezone: 'Europe/Berlin', channel: 'C0123ABCD' },
        ...{ topic: 'db', host: null, hostGroup: 'production' },
      },
    ])
  })

  it.each([
    [
      "cron: '61 3 * * *', host: host1",
      /debvisor\.yml:3:\d+ schedules\.nightly\.cron: a field of this cron pattern is none/,
    ],
    ["cron: '* * * * *', host: host1", /schedules\.nightly\.cron: .*less than five minutes apart/],
    [
      "cron: '@daily', host: host1, timezone: Berlin",
      /schedules\.nightly\.timezone: a time zone is a name such as/,
    ],
    ["cron: '@daily'", /schedules\.nightly: a schedule names either a `host` or a `hostGroup`/],
    [
      "cron: '@daily', host: hots1",
      /schedules\.nightly\.host: the inventory has no host hots1\. Did you mean 'host1'/,
    ],
    [
      "cron: '@daily', host: host1, topic: bd",
      /schedules\.nightly\.topic: there is no topic bd\. Did you mean 'db'/,
    ],
    [
      "cron: '@daily', hostGroup: nobody",
      /schedules\.nightly\.hostGroup: the inventory has no group nobody\. Add it there/,
    ],
    [
      "cron: '@daily', hostGroup: production",
      /schedules\.nightly: it would take 80 looks at once, and may take 60/,
    ],
  ])('is refused with its place and a remedy: %s', (schedule, said) => {
    const ready = read(schedule)
    expect(ready.ok ? 'it is taken' : ready.sentences.join('\n')).toMatch(said)
  })

  it('may be named by the access policy, as long as there is one of that name', () => {
    const rule = (name: string) => `{ effect: allow, schedules: [${name}], actions: [diagnose] }`
    const one = "cron: '@daily', host: host1"
    expect(read(one, rule('nightly')).ok).toBe(true)
    const ready = read(one, rule('nightyl'))
    expect(ready.ok ? '' : ready.sentences.join()).toContain(
      'the list of schedules in debvisor.yml has no `nightyl`; did you mean `nightly`?',
    )
  })
})
