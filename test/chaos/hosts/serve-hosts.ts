import { newKeyPair } from '../../../playground/ssh/server.ts'
import { loadRunbooks } from '../../../src/engine/load-runbooks.ts'
import { makeRedactor } from '../../../src/redact/redact.ts'
import { startTcpProxy, type TcpProxy } from '../../fakes/tcp-proxy.ts'
import { seededRandom } from '../random.ts'
import { openGauge } from './gauge.ts'
import type { FromHosts, Opened, OpenedHost, ToHosts, WantedHost } from './host-kinds.ts'
import { LOGINS } from './host-kinds.ts'
import { misbehave } from './hostile.ts'
import { openPorts } from './open-ports.ts'
import { recordedAnswers } from './recorded-answers.ts'
import { type Asked, listenForSsh, listenSilently } from './ssh-listener.ts'
import { type Answer, type AskedCommand, answerWave, exited, readWave } from './wave-on-host.ts'

/**
 * All simulated hosts, in a process of their own: their SSH servers answer from recordings, and must not keep the fake
 * Slack waiting. It ends with the suite, whose messages it hears.
 */
const keys = { host: newKeyPair(), diagnose: newKeyPair(), fix: newKeyPair() }
const wires = new Map<string, TcpProxy>()
const counts = { connections: 0, cut: 0, asked: 0, unknown: 0 }

const tell = (message: FromHosts): void => void process.send?.(message)

async function openHosts({ hosts, runbooks }: Extract<ToHosts, { say: 'open' }>): Promise<Opened> {
  const loaded = loadRunbooks([...runbooks])
  if (!loaded.ok) throw new Error(`the runbooks do not load: ${JSON.stringify(loaded.problems)}`)
  const about = { runbooks: loaded.runbooks, redactor: makeRedactor({ secrets: [] }) }
  const opened: OpenedHost[] = []
  for (const wanted of hosts) {
    const host = wanted.kind === 'recorded' ? await openRecorded(wanted, about) : await openPlain(wanted)
    if (host) opened.push(host)
  }
  return { hosts: opened, keys: { diagnose: keys.diagnose.private, fix: keys.fix.private } }
}

const listen = (take: (asked: Asked) => Promise<void>): Promise<number> =>
  listenForSsh({ keys, connected: () => counts.connections++, take })

async function openPlain(wanted: WantedHost): Promise<OpenedHost> {
  const { name, kind, how = 'stuck' } = wanted
  if (kind === 'gauge') {
    const gauge = openGauge({
      random: seededRandom(name),
      fixed: (step) => tell({ say: 'fix-command', host: name, step, at: Date.now() }),
    })
    return served(wanted, await listen((asked) => answer(name, asked, (command) => gauge.answerTo(command))))
  }
  if (how === 'silent') return served(wanted, await listenSilently())
  const reset = () => void wires.get(name)?.cut('rst')
  return served(wanted, await listen((asked) => misbehave(how, { ...asked, reset })))
}

/** Undefined: its recording does not say the same when it is asked this way, or its ports cannot be had here. */
async function openRecorded(
  wanted: WantedHost,
  about: Parameters<typeof recordedAnswers>[1],
): Promise<OpenedHost | undefined> {
  const { name, folder = '' } = wanted
  const recorded = await recordedAnswers(folder, about)
  const address = recorded && (await openPorts(recorded.openPorts))
  if (!recorded || !address) return undefined
  const answerTo = (command: AskedCommand): Answer => {
    const known = recorded.answerTo(command)
    counts.asked++
    if (!known) counts.unknown++
    return known ?? exited(1)
  }
  const { topic, variables, verdict } = recorded
  const host = await served(wanted, await listen((asked) => answer(name, asked, answerTo)), address)
  return { ...host, topic, variables, verdict }
}

/** With a wire in front of the server, which can be cut. */
async function served(wanted: WantedHost, port: number, address = '127.0.0.1'): Promise<OpenedHost> {
  const wire = await startTcpProxy(port, { address })
  wires.set(wanted.name, wire)
  const hostKey = keys.host.public.split(' ', 2).join(' ')
  return { ...wanted, address, port: wire.port, hostKey, topic: 'gauge', variables: {} }
}

async function answer(
  host: string,
  asked: Asked,
  answerTo: (command: AskedCommand) => Answer,
): Promise<void> {
  if (asked.user === LOGINS.fix) tell({ say: 'fix-login', host })
  const wave = await readWave(asked.commandLine, asked.channel)
  if (wave) await answerWave(wave, asked.channel, answerTo)
}

function cutFirst(hosts: readonly string[], how: 'rst' | 'fin' | 'freeze'): number {
  for (const host of hosts) {
    const met = wires.get(host)?.cut(how) ?? 0
    if (met > 0) return met
  }
  return 0
}

process.on('message', (message: ToHosts) => {
  if (message.say === 'open')
    openHosts(message).then(
      (opened) => tell({ say: 'opened', opened }),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
        process.exit(1)
      },
    )
  if (message.say === 'cut') counts.cut += cutFirst(message.hosts, message.how)
  if (message.say === 'count') tell({ say: 'counted', counts: { ...counts } })
})
process.on('disconnect', () => process.exit(0))
// Somebody broke off in the middle of a handshake, which is what they are here for.
process.on('uncaughtException', (error) =>
  process.stderr.write(`a simulated host broke: ${error.stack ?? error}\n`),
)
