import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { gateRunbook, hostIs } from '../fakes/gate.ts'
import { asText, openRig, type Rig } from './bot.ts'

let rig: Rig
let folder: string
const set = (gate: 'open' | 'shut', ...facts: readonly string[]) => hostIs(folder, gate, facts)
const line = (text: string) => `line\t/etc/gate/bolt.conf\t7\tabc\t${text}`

beforeAll(async () => {
  rig = await openRig({
    hosts: ['host1', 'host2', 'host3'],
    config: () => 'runbooks: [./own]\n',
    prepare: (demoHosts) => {
      folder = demoHosts.folder
      mkdirSync(join(folder, 'own'))
      writeFileSync(join(folder, 'own', 'gate.yml'), gateRunbook(folder))
    },
  })
})
afterAll(() => rig?.close())

const diagnose = async (host = 'host1') => {
  const after = (await rig.fakeSlack.messages()).map(({ ts }) => ts)
  expect((await rig.fakeSlack.command(`diagnose gate ${host}`)).status).toBe(200)
  return rig.verdict({ after })
}

it('a run in trouble names what changed since the last healthy run, in its message, its thread and its file', async () => {
  set('open', line('bolt = out'))
  expect((await diagnose()).text).toContain('nothing wrong found')
  set('shut', line('bolt = in'), 'user\tann\t\t\t1001')
  const verdict = await diagnose()
  expect(verdict.text).toContain('The gate is shut; suspect: /etc/gate/bolt.conf:7 changed')
  expect(asText(verdict)).toContain('May be to blame: /etc/gate/bolt.conf:7 changed')
  const file = await rig.fakeSlack.waitFor(
    () =>
      rig.fakeSlack
        .files()
        .find(({ name, content }) => name.startsWith('gate-host1-') && content.includes('==== Findings')),
    { what: 'the output file' },
  )
  expect(file.content).toContain(
    '==== Differs from the last healthy run\n- /etc/gate/bolt.conf:7 changed\n- user ann is new',
  )
  // What the host is made of is compared, and told nowhere else.
  expect(file.content).not.toContain('of_host')
  const thread = await rig.thread(verdict.ts)
  expect(thread).toContain('Suspect: /etc/gate/bolt.conf:7 changed')
  expect(thread).toMatch(/- bolt = out\n +\+ bolt = in/)
})

it('a healthy run that could not read all keeps what an earlier one read', async () => {
  const setting = (value: string) => `setting\tbolt_memory\t\t\t${value}`
  set('open', line('bolt = out'), setting('4MB'))
  await diagnose()
  set('open', line('bolt = out'), 'unseen\tsetting\t\t\t: connection refused')
  await diagnose()
  set('shut', line('bolt = out'), setting('64kB'))
  const verdict = await diagnose()
  const shown = async () => {
    const said = await rig.thread(verdict.ts)
    return said.includes('setting bolt_memory changed') ? said : undefined
  }
  expect(await rig.fakeSlack.waitFor(shown, { what: 'the suspect in the thread' })).toMatch(
    /[Ww]hat was comes from a look \d+ s ago/,
  )
})

it('a host without a snapshot of its own is compared with a sibling of its group', async () => {
  set('open', line('bolt = out'), 'host\tname\t\t\thost2')
  await diagnose('host2')
  set('shut', line('bolt = in'), 'host\tname\t\t\thost3')
  const verdict = await diagnose('host3')
  expect(verdict.text).toContain('The gate is shut')
  expect(asText(verdict)).toContain('May be to blame: /etc/gate/bolt.conf:7 is not as on its sibling host2')
})

it('a host is not compared with one that other people may look at', async () => {
  const access = join(folder, 'access.yml')
  const rule = 'effect: allow, users: all, actions: [read, diagnose, escalate]'
  writeFileSync(
    access,
    `version: 1\nrules:\n  - { ${rule}, hosts: [host3] }\n  - { ${rule}, hosts: [host1, host2] }\n`,
  )
  appendFileSync(rig.demoHosts.config, 'access: ./access.yml\n')
  await rig.restart()
  const verdict = await diagnose('host3')
  expect(verdict.text).toContain('The gate is shut')
  expect(await rig.thread(verdict.ts)).not.toContain('host2')
  expect(asText(verdict)).not.toContain('May be to blame')
})
