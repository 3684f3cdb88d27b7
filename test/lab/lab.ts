import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { asRoot } from './as-root.ts'
import { inject, probe, symptom } from './check.ts'
import { type Fault, shapeOf } from './faults/fault.ts'
import { faultNamed, faults } from './faults/index.ts'
import { fixAll } from './fix.ts'
import { down, downAll, reset, sshArguments, up } from './host.ts'
import { image } from './image.ts'
import { inventoryFile, knownHostsFile, repoDir } from './places.ts'
import { faultOnPostgresql } from './platforms/on-postgresql.ts'
import { platformNamed, platformNames } from './platforms/platform.ts'
import { wordsOf } from './platforms/words.ts'
import { lacking } from './requirements.ts'
import { readResults } from './results.ts'
import { score } from './score.ts'
import { type Grants, type LabHost, readState } from './state.ts'
import { table } from './table.ts'
import { verify, verifyChurn } from './verify.ts'

/** The fault lab's commands: README.md beside this file. */
const lab = new Command('lab').description('Real Debian hosts with real faults, on this machine.')

lab
  .command('build')
  .description('build the image, or nothing if it is there')
  .option('--fresh', 'build it from nothing')
  .addOption(platformOption())
  .action(async ({ fresh, platform }) => console.log((await image(platformNamed(platform), fresh)).dir))

lab
  .command('up')
  .description('boot hosts')
  .argument('<names...>')
  .option('--sudo <what>', "what the login may do: 'none', 'all', or a sudoers file", 'none')
  .option('--pg-monitor', 'make the login a role of PostgreSQL that may read statistics')
  .addOption(platformOption())
  .action(async (names: string[], { platform, ...grants }: Grants & { platform: string }) => {
    const from = await image(platformNamed(platform))
    for (const name of names) await timed(`${name} is up`, () => up(name, from, grants))
    console.log(`inventory ${inventoryFile}\nknown hosts ${knownHostsFile}`)
  })

lab
  .command('down')
  .description('stop hosts and remove their disks')
  .argument('[names...]')
  .option('--all', 'every host of this lab, and what a crash has left')
  .action(async (names: string[], { all }) => {
    for (const name of names) await down(name)
    if (all || Object.keys(readState().hosts).length === 0) await downAll()
  })

lab
  .command('reset')
  .description('make a host pristine')
  .argument('<name>')
  .option('--sudo <what>', 'as for up; default: as it was')
  .option('--pg-monitor', 'as for up; default: as it was')
  .action(async (name: string, grants: Partial<Grants>) => {
    const was = readState().hosts[name]
    const from = await image(platformNamed(was?.platform ?? 'guide'))
    const may = { sudo: 'none', ...was?.grants, ...grants }
    await timed(`${name} is pristine`, () => reset(name, from, may))
  })

lab
  .command('ssh')
  .description('run a command as the login that diagnoses: ssh NAME -- CMD')
  .argument('<name>')
  .argument('[command...]')
  .action(async (name: string, command: string[]) => {
    process.exitCode = await inTerminal('ssh', sshArguments(hostNamed(name), command))
  })

lab
  .command('root')
  .description('run a shell script from stdin as root: echo CMD | root NAME')
  .argument('<name>')
  .action(async (name: string) => {
    const ran = await asRoot(hostNamed(name), await stdin(), 600)
    process.stdout.write(ran.out)
    process.stderr.write(ran.err)
    process.exitCode = ran.code
  })

lab
  .command('faults')
  .description('list the faults')
  .action(() => {
    for (const fault of faults) {
      const { id, topic, kind, cause } = fault
      console.log(
        `${id.padEnd(36)} ${shapeOf(fault).padEnd(6)} ${topic.padEnd(12)} ${kind.padEnd(8)} ${cause}`,
      )
    }
  })

lab
  .command('inject')
  .description('break a pristine host')
  .argument('<name>')
  .argument('<fault>')
  .action(async (name: string, id: string) => {
    const host = hostNamed(name)
    const fault = faultOn(host, id)
    await inject(host, fault)
    if (await symptom(host, fault)) return
    throw new Error(`${id}: the symptom does not show on ${name}`)
  })

lab
  .command('check')
  .description("run a fault's probe: exit 0 where the symptom is there")
  .argument('<name>')
  .argument('<fault>')
  .action(async (name: string, id: string) => {
    const { code, out, err } = await probe(hostNamed(name), faultOn(hostNamed(name), id))
    process.stdout.write(out)
    process.stderr.write(err)
    console.log(code === 0 ? 'the symptom is there' : 'the symptom is not there')
    process.exitCode = code === 0 ? 0 : 1
  })

lab
  .command('works')
  .description(
    "exit 0 where a host's platform works for a browser; on a panel host a session is held for 20 s",
  )
  .argument('<name>')
  .action(async (name: string) => {
    const host = hostNamed(name)
    const { prelude, holds } = wordsOf(host.platform)
    const { code, out } = await asRoot(host, `${prelude}\n${holds}\n`, 60)
    process.stdout.write(out)
    process.exitCode = code
  })

lab
  .command('verify')
  .description('prove the probes: each fails on a pristine host and passes after its injection')
  .option('--only <pattern>', 'ids that match')
  .option('--every <n>', 'each n-th of them', Number)
  .addOption(platformOption())
  .option('--jobs <n>', 'hosts at a time', Number, 2)
  .option('--hosts <prefix>', 'what their names begin with', 'w')
  .option('--churn', 'with harmless changes before the injection and after it')
  .action(async (options) => {
    process.exitCode = await verify(options)
  })

lab
  .command('churn')
  .description('prove that each harmless change of churn.ts leaves a host healthy')
  .option('--host <name>', 'its name', 'w1')
  .addOption(platformOption())
  .action(async ({ host, platform }: { host: string; platform: string }) => {
    process.exitCode = await verifyChurn(host, platform)
  })

lab
  .command('score')
  .description('break hosts, run the built CLI on them, judge what it says')
  .option('--short', 'two faults a topic, a pair, two healthy hosts')
  .option('--only <pattern>', 'ids that match')
  .option('--every <n>', 'each n-th of them', Number)
  .addOption(platformOption())
  .option('--jobs <n>', 'hosts at a time; performance runs alone', Number, 2)
  .option('--hosts <prefix>', 'what their names begin with', 'w')
  .option('--unseen', 'only those that were built without sight of the rules')
  .option(
    '--rights <which>',
    "what the login may: 'granted' (debvisor sudoers, pg_monitor) or 'login'",
    'granted',
  )
  .option('--cli <file>', 'the built CLI', join(repoDir, 'dist/cli.js'))
  .option('--json <file>', 'write the results')
  .option('--record <dir>', 'record each run in a folder below it')
  .option('--churn', 'make harmless changes on each host, before its fault and after it')
  .option('--snapshot', 'as --churn, and let the CLI compare with a snapshot of the pristine host')
  .option('--expect-all', 'exit with 1 where a case is not right')
  .action(async (options) => {
    process.exitCode = await score(options)
  })

lab
  .command('table')
  .description('print docs/lab.md from what score --json wrote; the first file with all its rows')
  .argument('<files...>')
  .option('--first-sight <files...>', 'rounds of unseen cases, each scored before a rule was changed for it')
  .action((files: string[], { firstSight = [] }: { firstSight?: string[] }) =>
    console.log(table(files.map(readResults), firstSight.map(readResults))),
  )

lab
  .command('fix')
  .description(
    'break a host, diagnose, apply the fix through the bot, look again, compare all files: for each fault that a fix mends',
  )
  .option('--host <name>', 'its name', 'h3')
  .addOption(platformOption())
  .option('--only <pattern>', 'ids that match')
  .option('--short', 'one fix as root, one as the login itself')
  .action(async (options) => {
    process.exitCode = await fixAll(options)
  })

function platformOption(): Option {
  return new Option('--platform <name>', 'which shape of DebVisor, and on which Debian')
    .choices(platformNames)
    .default('guide')
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  console.log(`${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  return result
}

const faultOn = ({ platform }: LabHost, id: string): Fault =>
  faultOnPostgresql(platformNamed(platform).postgresql, faultNamed(id))

function hostNamed(name: string): LabHost {
  const host = readState().hosts[name]
  if (!host) throw new Error(`${name} is not up: lab up ${name}`)
  return host
}

function inTerminal(program: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 128))
  })
}

async function stdin(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

try {
  const lack = lacking()
  if (lack) throw new Error(lack)
  await lab.parseAsync()
} catch (error) {
  console.error(`lab: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
