// `npm run bench [TOPIC…]`: how long the bot takes from the first byte to the verdict, beside plain ssh with the very commands
// that the bot ran, on a real OpenSSH server on 127.0.0.1. All rounds alternate, so a busy machine slows all of them alike.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loadRunbooks, type Runbook } from '../../src/engine/load.ts'
import type { ProbeRecord } from '../../src/engine/probe-record.ts'
import { examine } from '../../src/jobs/examine.ts'
import { makeRedactor } from '../../src/redact/redact.ts'
import { connect } from '../../src/ssh/connect.ts'
import { quote } from '../../src/ssh/quote.ts'
import { printProblem } from '../../src/yaml/problem.ts'
import { type RealSshd, startSshd } from '../fakes/sshd.ts'

const ROUNDS = 11

async function main(topics: readonly string[]): Promise<void> {
  const loaded = loadRunbooks([fileURLToPath(new URL('../../src/runbooks', import.meta.url))])
  if (!loaded.ok) throw new Error(loaded.problems.map(printProblem).join('\n'))
  const sshd = await startSshd()
  if (!sshd) return
  try {
    for (const [topic, runbook] of loaded.runbooks.topics) {
      if (topics.length === 0 || topics.includes(topic)) await compare(runbook, sshd)
    }
  } finally {
    await sshd.stop()
  }
}

async function compare(runbook: Runbook, sshd: RealSshd): Promise<void> {
  const commands = (await diagnose(runbook, sshd))
    .filter(({ status }) => status !== 'skipped')
    .map((r) => r.command)
  const contenders = {
    'bot, connect to verdict': () => diagnose(runbook, sshd),
    'ssh host sh -s, one by one': () => ssh(sshd, commands.map((c) => `(\n${c}\n) </dev/null\n`).join('')),
    'ssh host sh -s, side by side': () =>
      ssh(sshd, `${commands.map((c) => `(\n${c}\n) </dev/null &\n`).join('')}wait\n`),
    'ssh host sh -s, nothing': () => ssh(sshd, ''),
  }
  const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, contender] of Object.entries(contenders)) {
      const began = performance.now()
      await contender()
      times.get(name)?.push(performance.now() - began)
    }
  }
  console.log(`\n${runbook.topic}: ${commands.length} commands, ${ROUNDS} rounds, median (least to most)`)
  const bot = median(times.get('bot, connect to verdict') ?? [])
  for (const [name, all] of times) {
    const span = `(${ms(Math.min(...all))} to ${ms(Math.max(...all))})`
    const ratio = median(all) === bot ? '' : `  bot takes ${(bot / median(all)).toFixed(2)} of it`
    console.log(`  ${name.padEnd(30)} ${ms(median(all)).padStart(8)} ${span.padEnd(22)}${ratio}`)
  }
}

/** The whole job but Slack and the store. */
async function diagnose(runbook: Runbook, sshd: RealSshd): Promise<readonly ProbeRecord[]> {
  const examined = await examine(
    {
      connect: (route, signal) => connect(route, { knownHostsFile: sshd.knownHostsFile, signal }),
      quote,
      clean: makeRedactor({ secrets: [] }),
      now: () => performance.now(),
    },
    {
      runbook,
      host: {
        name: sshd.hop.name,
        groups: [],
        production: false,
        route: { kind: 'ssh', hops: [sshd.hop] },
        variables: {},
      },
    },
  )
  if (!examined.ok) throw new Error(`${examined.failure.hop}: ${examined.failure.reason}`)
  return examined.examination.records
}

/** What an engineer would type; all output is read, as the bot reads it. */
function ssh({ hop, knownHostsFile }: RealSshd, script: string): Promise<void> {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${knownHostsFile}`]
  const args = [
    '-F',
    'none',
    '-i',
    hop.keyFile ?? '',
    '-p',
    String(hop.port),
    ...options.flatMap((o) => ['-o', o]),
  ]
  const child = spawn('ssh', [...args, `${hop.user}@${hop.address}`, 'sh', '-s'], { stdio: 'pipe' })
  child.stdout.resume()
  child.stderr.resume()
  child.stdin.end(script)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 255 ? reject(new Error('ssh could not connect')) : resolve()))
  })
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0
const ms = (value: number): string => `${Math.round(value)} ms`

await main(process.argv.slice(2))
