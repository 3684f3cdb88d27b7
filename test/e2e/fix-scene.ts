import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FakeSlack } from '../../playground/slack/fake-slack.ts'
import type { Message } from '../../playground/slack/state/messages.ts'
import type { Click } from '../../playground/slack/user/actions.ts'
import type { DemoHosts } from '../../playground/ssh/demo-hosts.ts'
import { asText, openRig, type Rig, type RigOptions } from './bot.ts'

/** A host that is broken until a file is gone, and a fix that takes it away and counts how often it ran. */
export const gauge = `version: 1
topic: gauge
title: Gauge
symptoms: [It is broken]
parameters:
  folder: { type: path, description: Where the test leaves its files }
  word: { type: word, default: plain, description: What the fix leaves behind }
probes:
  broken: { title: Broken, run: 'cat {{folder}}/broken', answers: [0, 1], parse: lines }
  worse: { title: Worse, run: 'cat {{folder}}/worse', answers: [0, 1], parse: lines }
findings:
  gauge.broken:
    title: The gauge is broken
    when: broken.exit == 0
    severity: critical
    subject: gauge
    detail: '\${first(broken.lines)}'
    evidence: [broken]
    resolution: [Mend it]
    fix: mend
  gauge.worse: { title: The gauge is on fire, when: worse.exit == 0, severity: critical, subject: gauge, detail: it burns, evidence: [worse], resolution: [Call somebody] }
fixes:
  mend:
    title: Mend the gauge
    steps:
      - [sh, '{{folder}}/count.sh', '{{word}}']
      - [sh, '{{folder}}/mend.sh']
    as: login
    timeout: 20s
    settle: 0s
    changes: { count: broken.lines.size(), first: broken.lines, from: 'off:off', to: 'on:on' }
    others: 'grep(broken.lines, "^others ")'
    effect: The gauge works
    risk: It may catch fire
`

export interface Mending {
  readonly rig: Rig
  /** Files on the "host": `broken`, `worse`, `runs` (a line each time the first step ran). */
  file(name: string): string
  write(name: string, text: string): void
  remove(name: string): void
  /** How often the first step ran. */
  runs(): readonly string[]
  /** Breaks the gauge, diagnoses, and answers with the run's message. */
  diagnose(host?: string): Promise<Message>
  click(ts: string, actionId: string, user?: string, forged?: Click['forged']): Promise<void>
  /** What the clicker alone reads. */
  refusal(ts: string, actionId: string, user?: string, forged?: Click['forged']): Promise<string>
  /** Opens the form, and answers with what it says. */
  open(
    ts: string,
    user?: string,
    forged?: Click['forged'],
  ): Promise<{ readonly id: string; readonly said: string }>
  /** Resolves with what stands in the form's place. */
  apply(ts: string, user?: string): Promise<string>
  says(ts: string, words: RegExp): Promise<string>
  threadSays(ts: string, words: RegExp): Promise<string>
  /** The newest message of a fix in the thread. */
  fixMessage(ts: string): Promise<Message>
  close(): Promise<void>
}

const policy = (fakeSlack: FakeSlack): string => `version: 1
rules:
  - { effect: allow, users: all, actions: [read, diagnose, escalate] }
  - { name: mend, effect: allow, users: [${fakeSlack.users.ana}, ${fakeSlack.users.bo}], actions: [fix, approve] }
`

export async function openMending(options: RigOptions = {}): Promise<Mending> {
  const hostFolder = `/tmp/debvisor-gauge-${process.pid}-${Math.random().toString(36).slice(2)}`
  mkdirSync(hostFolder)
  const rig = await openRig({
    // What is asked here is what happens, and how often: not how fast, on a machine that may be busy.
    ackLimitMs: 15_000,
    fixes: true,
    variables: [`folder: ${hostFolder}`],
    ...options,
    config: (fakeSlack) => `runbooks: [./own]\naccess: ./access.yml\n${options.config?.(fakeSlack) ?? ''}`,
    prepare: async (demoHosts, fakeSlack) => {
      prepare(demoHosts, fakeSlack, hostFolder)
      await options.prepare?.(demoHosts, fakeSlack)
    },
  })
  const { fakeSlack } = rig
  const file = (name: string) => join(hostFolder, name)
  const write = (name: string, text: string) => writeFileSync(file(name), text)
  const channel = 'incidents'
  const until = (find: () => Promise<string>, words: RegExp) =>
    fakeSlack.waitFor(
      async () => {
        const text = await find()
        return words.test(text) ? text : undefined
      },
      {
        what: String(words),
        ms: 30_000,
      },
    )
  const open: Mending['open'] = async (ts, user = 'ana', forged) => {
    const before = fakeSlack.openedViews().length
    const actionId = forged ? 'run_again' : 'fix_apply'
    await fakeSlack.click({ channel, ts, actionId, user, ...(forged ? { forged } : {}) })
    const filled = () => {
      const view = fakeSlack.openedViews().slice(before).at(-1)?.view
      return view && !JSON.stringify(view).includes('Looking what would run') ? view : undefined
    }
    const view = await fakeSlack.waitFor(filled, { what: 'the form', ms: 20_000 })
    return { id: view.id, said: asText({ text: '', blocks: view.blocks } as never) }
  }
  return {
    rig,
    close: async () => {
      await rig.close()
      rmSync(hostFolder, { recursive: true, force: true })
    },
    file,
    write,
    remove: (name) => rmSync(file(name), { force: true }),
    runs: () =>
      readFileSync(file('runs'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    async diagnose(host = 'host1') {
      write('broken', 'the needle is off\n')
      const before = (await fakeSlack.messages()).map((m) => m.ts)
      await fakeSlack.command(`diagnose gauge ${host}`)
      return rig.verdict({ after: before })
    },
    click: async (ts, actionId, user = 'ana', forged = {}) => {
      await fakeSlack.click({ channel, ts, actionId, user, forged })
    },
    async refusal(ts, actionId, user = 'ana', forged = {}) {
      const done = await fakeSlack.click({ channel, ts, actionId, user, forged })
      const [answer] = await fakeSlack.waitFor(
        () => (done.responses().length > 0 ? done.responses() : undefined),
        {
          what: 'the private answer',
        },
      )
      return answer?.text ?? ''
    },
    open,
    async apply(ts, user = 'ana') {
      const { id } = await open(ts, user)
      await fakeSlack.submit({ view: id, user })
      const blocks = fakeSlack.openedViews().find(({ view }) => view.id === id)?.view.blocks
      return asText({ text: '', blocks } as never)
    },
    says: (ts, words) => until(async () => asText(await fakeSlack.message(channel, ts)), words),
    threadSays: (ts, words) => until(() => rig.thread(ts), words),
    fixMessage: (ts) =>
      fakeSlack.waitFor(
        async () => (await fakeSlack.replies(channel, ts)).findLast((m) => /Mend the gauge on/.test(m.text)),
        {
          what: 'the message of the fix',
          ms: 20_000,
        },
      ),
  }
}

/** What the bot reads, and what the "host" has. */
export function prepare({ folder }: DemoHosts, fakeSlack: FakeSlack, hostFolder: string): void {
  writeFileSync(join(folder, 'access.yml'), policy(fakeSlack))
  mkdirSync(join(folder, 'own'))
  writeFileSync(join(folder, 'own', 'gauge.yml'), gauge)
  writeFileSync(join(hostFolder, 'runs'), '')
  writeFileSync(join(hostFolder, 'count.sh'), `echo "$1" >>${hostFolder}/runs\n`)
  writeFileSync(join(hostFolder, 'mend.sh'), `rm -f ${hostFolder}/broken; echo mended\n`)
}
