import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKeyPair } from '../../playground/ssh/server.ts'
import { asText, openRig, type Rig } from './bot.ts'

let rig: Rig
beforeAll(async () => {
  rig = await openRig()
})
afterAll(() => rig?.close())

const privately = async (text: string, user = 'ana'): Promise<string> => {
  const done = await rig.fakeSlack.command(text, { user })
  return done.private?.text ?? ''
}

describe('bad input gets one private sentence, and no run', () => {
  it.each([
    ['help', 'How to use /debvisor'],
    ['dianose db host1', 'Did you mean diagnose?'],
    ['diagnose dbb host1', 'Did you mean db?'],
    ['diagnose db hots1', 'Did you mean host1?'],
    ['diagnose db host1; rm -rf /', 'There is no host'],
    ['diagnose db `reboot`', 'There is no host'],
    [`diagnose db ${'A'.repeat(9_000)}`, 'it may have 300'],
    ['diagnose db host1 —force', 'no option of diagnose'],
  ])('%s', async (text, said) => {
    expect(await privately(text)).toContain(said)
    expect(await rig.fakeSlack.messages()).toHaveLength(0)
  })

  it.each([
    ['guest', /^Guests may not/],
    ['visitor', /^Guests may not/],
    ['stranger', /own workspace/],
    ['former', /deactivated/],
  ])('from a %s it is refused', async (user, said) => {
    expect(await privately('diagnose db host1', user)).toMatch(said)
    expect(await rig.fakeSlack.messages()).toHaveLength(0)
  })
})

describe('what Slack makes of text', () => {
  it('a host that Slack turned into a link is still that host, and curly quotes are nothing', async () => {
    const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
    await rig.fakeSlack.command('diagnose “service” <http://host1|host1>')
    expect((await rig.verdict({ after: before })).text).toContain('service on host1')
  })
})

describe('no run is silent', () => {
  it('where the bot is not in the channel, the asker reads how to invite it, and the verdict', async () => {
    await rig.fakeSlack.command('diagnose service host2', { channel: 'random' })
    await rig.fakeSlack.waitFor(
      () =>
        rig.fakeSlack.ephemerals('ana').some((m) => /\[Check again\][\s\S]*service on host2/.test(asText(m))),
      { what: 'the private verdict', ms: 30_000 },
    )
    const said = rig.fakeSlack
      .ephemerals('ana')
      .map((m) => asText(m))
      .join('\n')
    expect(said).toContain('/invite @debvisor')
    expect(await rig.fakeSlack.messages('random')).toHaveLength(0)
  })

  it('and invites it and checks again there, for everybody to see', async () => {
    const copy = rig.fakeSlack.ephemerals('ana').findLast((m) => asText(m).includes('[Check again]'))
    await rig.fakeSlack.invite('random')
    await rig.fakeSlack.click({ channel: 'random', ts: copy?.ts ?? '', actionId: 'run_again' })
    expect((await rig.verdict({ channel: 'random' })).text).toContain('service on host2')
  })

  it('where Slack refuses the plan block, the run is shown in plain sections, then and afterwards', async () => {
    rig.fakeSlack.faults.refuseBlock('plan')
    const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
    await rig.fakeSlack.command('diagnose service host1')
    const first = await rig.verdict({ after: before })
    await rig.fakeSlack.command('diagnose service host1')
    await rig.verdict({ after: [...before, first.ts] })
    const refused = rig.fakeSlack
      .calls('chat.postMessage')
      .filter((c) => c.answer?.error === 'invalid_blocks')
    expect(refused).toHaveLength(1)
    rig.fakeSlack.faults.clear()
  })

  it('where a request is delivered twice, it starts one run', async () => {
    const before = (await rig.fakeSlack.messages()).length
    rig.fakeSlack.faults.duplicateDeliveries(1)
    await rig.fakeSlack.command('diagnose service host1')
    await rig.verdict({ after: (await rig.fakeSlack.messages()).slice(0, before).map((m) => m.ts) })
    expect(await rig.fakeSlack.messages()).toHaveLength(before + 1)
  })

  it('where the socket is cut, the bot connects anew and takes the next command', async () => {
    const opened = rig.fakeSlack.calls('apps.connections.open').length
    rig.fakeSlack.faults.refuseSocket(1)
    rig.fakeSlack.faults.dropSocket()
    await rig.fakeSlack.waitFor(
      () =>
        rig.fakeSlack.calls('apps.connections.open').length > opened + 1 && rig.fakeSlack.connections() === 1,
      { what: 'a new socket after one that was refused', ms: 20_000 },
    )
    expect(await privately('help')).toContain('How to use')
  })
})

describe('a host that refuses us, or is not who it was', () => {
  /** A diagnosis while one of the demo hosts' files says something else. */
  async function diagnosedWith(file: string, content: string) {
    const path = join(rig.demoHosts.folder, file)
    const before = readFileSync(path)
    const seen = (await rig.fakeSlack.messages()).map((m) => m.ts)
    writeFileSync(path, content)
    try {
      await rig.fakeSlack.command('diagnose db host1')
      return await rig.verdict({ after: seen })
    } finally {
      writeFileSync(path, before)
    }
  }
  const buttons = '[Check again] [Open ticket] [Contact DevOps lead] [Page on-call]'

  it('gets a thread where its key has changed: with both fingerprints', async () => {
    const other = `[127.0.0.1]:${rig.demoHosts.ssh.port} ${newKeyPair().public}`
    const failed = await diagnosedWith('known_hosts', other)
    expect(failed.text).toBe(
      '⚫ db on host1: not examined, the host key of host1 is not the one that is trusted',
    )
    expect(asText(failed)).toMatch(
      /offered is \S+ SHA256:\S+, pinned is \S+ SHA256:.*debvisor hosts trust host1/s,
    )
    expect(asText(failed)).toContain(buttons)
  })

  it('gets a thread where it does not take our key: for which user, and what to do', async () => {
    const failed = await diagnosedWith('key', newKeyPair().private)
    expect(failed.text).toBe('⚫ db on host1: not examined, host1 refused the login')
    expect(asText(failed)).toMatch(/refused the key .* for the user .*authorized_keys/s)
    expect(asText(failed)).toContain(buttons)
  })
})

describe('a host that cannot be examined', () => {
  it('gets its thread too: at which hop, why, the remedy, and the buttons', async () => {
    await rig.demoHosts.ssh.close()
    const before = (await rig.fakeSlack.messages()).map((m) => m.ts)
    await rig.fakeSlack.command('diagnose db host1')
    const failed = await rig.verdict({ after: before })
    expect(failed.text).toMatch(/^⚫ db on host1: not examined, host1 cannot be reached/)
    expect(asText(failed)).toContain('[Check again] [Open ticket] [Contact DevOps lead] [Page on-call]')
    await rig.fakeSlack.click({ channel: 'incidents', ts: failed.ts, actionId: 'escalate_1' })
    await rig.fakeSlack.waitFor(async () => (await rig.thread(failed.ts)).includes('Ticket #1'), {
      what: 'its ticket',
    })
  })
})
