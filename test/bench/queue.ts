// `npm run bench:queue`: how long a channel with one run waits beside one that floods the queue, and how long a verdict takes while Slack
// answers 503. The whole bot over the fake Slack at Slack's own pace, PostgreSQL where it can be had, and hosts whose one probe takes three seconds.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openRig, type Rig } from '../e2e/bot.ts'
import { startPostgres } from '../fakes/postgres.ts'
import { median, ms } from './times.ts'

const FLOOD = 40
const ROUNDS = 3
const HOSTS = Array.from({ length: FLOOD + 1 }, (_, i) => `host${i + 1}`)
const QUIET = HOSTS.at(-1) ?? ''

const topic = `version: 1
topic: slow
title: Three seconds
symptoms: [It takes three seconds]
probes:
  wait: { title: Wait, run: sleep 3; echo done, parse: lines, timeout: 30s }
findings:
  slow.broken: { title: It broke, when: 'wait.lines[0] != "done"', severity: critical, subject: host, detail: it broke, evidence: [wait], resolution: [Mend it] }
`

interface Times {
  /** From the command until nothing is left of the run's work on its host, in milliseconds. */
  readonly verdict: number
  /** From the command until the channel shows the verdict. */
  readonly shown: number
}

async function main(): Promise<void> {
  const postgres = await startPostgres()
  const rig = await openRig({
    hosts: HOSTS,
    pace: 1,
    store: postgres ? 'postgres' : 'embedded',
    databaseUrl: postgres?.url,
    channels: { small: { bot: true }, outage: { bot: true } },
    config: () => 'runbooks: [./own]\nlimits: { waitingPerUser: 40 }',
    prepare: ({ folder }) => {
      mkdirSync(join(folder, 'own'))
      writeFileSync(join(folder, 'own', 'slow.yml'), topic)
    },
  })
  try {
    console.log(
      `one channel floods with ${FLOOD} runs, another asks for one; each takes three seconds on its host`,
    )
    const alone = await rounds(() => one(rig, 'small'))
    print('small channel, alone', alone)
    const flood = await floodOf(rig)
    const beside = await rounds(() => one(rig, 'small'), 2)
    print(`small channel, beside ${FLOOD} runs of another`, beside)
    const ratio = median(beside.map((each) => each.verdict)) / median(alone.map((each) => each.verdict))
    console.log(`  ratio of the verdicts: ${ratio.toFixed(1)} (goal: 3 at most)`)
    await flood()

    console.log('\nSlack answers each post with 503')
    rig.fakeSlack.faults.fail5xx('chat.postMessage', 1_000)
    const outage = await one(rig, 'outage', () => rig.fakeSlack.faults.clear())
    print('verdict, Slack answers 503', [outage])
    const slower = outage.verdict / median(alone.map((each) => each.verdict))
    console.log(`  ratio of the verdicts: ${slower.toFixed(1)} (goal: 1)`)
  } finally {
    await rig.close()
    await postgres?.stop()
  }
}

async function rounds(work: () => Promise<Times>, count = ROUNDS): Promise<Times[]> {
  const all: Times[] = []
  for (let round = 0; round < count; round++) all.push(await work())
  return all
}

/** One run in that channel. `afterVerdict`: once it is stored, or cannot be soon. */
async function one(rig: Rig, channel: string, afterVerdict = () => {}): Promise<Times> {
  const { fakeSlack } = rig
  const before = (await fakeSlack.messages(channel)).length
  const began = performance.now()
  await fakeSlack.command(`diagnose slow ${QUIET}`, { channel, user: 'bo' })
  const over = await stored(rig, QUIET, began)
  afterVerdict()
  await fakeSlack.waitFor(async () => (await fakeSlack.messages(channel))[before]?.text.startsWith('🟢'), {
    what: `the verdict in #${channel}`,
    ms: 300_000,
  })
  return { verdict: over, shown: performance.now() - began }
}

/** As `/debvisor status` has it, which asks the store. */
async function stored({ fakeSlack }: Rig, host: string, began: number): Promise<number> {
  for (;;) {
    const { private: answer } = await fakeSlack.command('status')
    const newest = JSON.stringify(answer).match(new RegExp(`[^\\n"]*slow on ${host}\\b[^\\n"]*`))?.[0]
    if (newest?.includes('🟢')) return performance.now() - began
    await delay(50)
  }
}

/** Resolves once all are accepted, with what waits for all their verdicts. */
async function floodOf({ fakeSlack }: Rig): Promise<() => Promise<unknown>> {
  const began = performance.now()
  await Promise.all(HOSTS.slice(0, FLOOD).map((host) => fakeSlack.command(`diagnose slow ${host}`)))
  console.log(`  ${FLOOD} commands acknowledged in ${ms(performance.now() - began)}`)
  return async () => {
    await fakeSlack.waitFor(
      async () => (await fakeSlack.messages()).filter(({ text }) => text.startsWith('🟢')).length === FLOOD,
      { what: 'the verdicts of the flood', ms: 600_000 },
    )
    console.log(`  the last of the flood was shown after ${ms(performance.now() - began)}`)
  }
}

function print(what: string, times: readonly Times[]): void {
  const of = (pick: (each: Times) => number) => ms(median(times.map(pick))).padStart(9)
  console.log(
    `  ${what.padEnd(44)} verdict ${of(({ verdict }) => verdict)}  shown ${of(({ shown }) => shown)}`,
  )
}

await main()
