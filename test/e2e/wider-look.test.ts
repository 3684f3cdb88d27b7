import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asText, openRig, type Rig } from './bot.ts'

const flag = (folder: string, id: string, more = '') => `
  ${id}: { title: Look at ${id}, run: 'cat ${folder}/${id}', parse: lines${more} }`
const finding = (topic: string, id: string) => `
  ${topic}.${id}: { title: ${id} is wrong, when: '${id}.lines == ["wrong"]', severity: critical, subject: ${id}, detail: '${id} says wrong', evidence: [${id}], resolution: [Mend ${id}] }`
const topic = (name: string, folder: string, id: string, more = '') => `version: 1
topic: ${name}
title: ${name}
symptoms: [Something is wrong with ${id}]
include: [machine]
probes:${flag(folder, id)}${more}
findings:${finding(name, id)}
`

/** `payroll` is a topic that not everybody may look at. */
const policy = (bo: string): string => `version: 1
rules:
  - { effect: allow, users: all, topics: [door, window], actions: [read, diagnose, escalate] }
  - { effect: allow, users: [${bo}], topics: [payroll], actions: [read, diagnose] }
`

describe('a run that finds its host in trouble', () => {
  let rig: Rig
  const set = (id: string, says: string) => writeFileSync(join(rig.demoHosts.folder, id), `${says}\n`)

  beforeAll(async () => {
    rig = await openRig({
      config: () => 'runbooks: [./own]\naccess: ./access.yml',
      prepare: ({ folder }, fakeSlack) => {
        const own = join(folder, 'own')
        mkdirSync(own)
        writeFileSync(join(folder, 'access.yml'), policy(fakeSlack.users.bo))
        for (const id of ['floor', 'door', 'window', 'safe', 'hidden'])
          writeFileSync(join(folder, id), 'well\n')
        writeFileSync(
          join(own, 'machine.yml'),
          `version: 1\npart: machine\ndescription: d\nprobes:${flag(folder, 'floor')}\nfindings:${finding('machine', 'floor')}\n`,
        )
        writeFileSync(join(own, 'door.yml'), topic('door', folder, 'door'))
        const hidden = flag(folder, 'hidden', ', expose: false')
        writeFileSync(join(own, 'window.yml'), topic('window', folder, 'window', hidden))
        writeFileSync(join(own, 'payroll.yml'), topic('payroll', folder, 'safe'))
      },
    })
  })
  afterAll(() => rig?.close())

  it('tells what another topic finds too, and is solved once that is mended as well', async () => {
    set('door', 'wrong')
    set('window', 'wrong')
    set('safe', 'wrong')
    set('hidden', 'a secret of the house')
    await rig.fakeSlack.command('diagnose door host1')
    const verdict = await rig.verdict()
    expect(verdict.text).toContain('door on host1: door is wrong')
    expect(asText(verdict)).toContain('Also: window is wrong (window)')
    const file = await rig.fakeSlack.waitFor(
      () => rig.fakeSlack.files().find(({ name }) => name.startsWith('door-host1-')),
      { what: 'the output file' },
    )
    const thread = await rig.thread(verdict.ts)
    expect(thread).toContain('Cause (window): window is wrong')
    expect(file.content).toContain('==== window · Look at window · answered')
    expect(file.content).toContain('==== hidden · Look at hidden · answered')
    const said = [asText(verdict), thread, file.content].join('\n')
    expect(said).not.toContain('a secret of the house')
    // Who asked may not look at that one, nor may others in the channel.
    expect(said).not.toMatch(/safe|payroll/)

    set('door', 'well')
    await rig.fakeSlack.click({ channel: 'incidents', ts: verdict.ts, actionId: 'run_again' })
    const still = await answerBelow(verdict.ts, /window is wrong/)
    expect(asText(still)).toContain('door on host1: window is wrong')
    expect(await message(verdict.ts)).not.toContain('☑️')

    // What cannot be seen solves nothing.
    rmSync(join(rig.demoHosts.folder, 'window'))
    await rig.fakeSlack.click({ channel: 'incidents', ts: still.ts, actionId: 'run_again' })
    const blind = await answerBelow(verdict.ts, /🟡 door on host1: could not look at look at window/)
    expect(await message(verdict.ts)).not.toContain('☑️')

    set('window', 'well')
    await rig.fakeSlack.click({ channel: 'incidents', ts: blind.ts, actionId: 'run_again' })
    await rig.fakeSlack.waitFor(async () => (await message(verdict.ts)).includes('☑️'), {
      what: 'the solved mark',
    })
  })

  const message = async (ts: string): Promise<string> => {
    const found = (await rig.fakeSlack.messages()).find((one) => one.ts === ts)
    return found ? asText(found) : ''
  }
  const answerBelow = (ts: string, words: RegExp) =>
    rig.fakeSlack.waitFor(
      async () =>
        (await rig.fakeSlack.replies('incidents', ts)).find(
          (one) => asText(one).includes('[Check again]') && words.test(asText(one)),
        ),
      { what: `a run below that says ${words}` },
    )
})
