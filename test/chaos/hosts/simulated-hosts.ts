import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FromHosts, HostCounts, Opened, ToHosts, WantedHost } from './host-kinds.ts'

/** A command of a fix that a host has taken. */
export interface SeenCommand {
  readonly host: string
  readonly step: string
  readonly at: number
}

export interface SimulatedHosts extends Opened {
  /** Every command of a fix that a host has taken, oldest first. */
  readonly fixCommands: readonly SeenCommand[]
  /** Of the first of these hosts that somebody is connected to. */
  cut(hosts: readonly string[], how: 'rst' | 'fin' | 'freeze'): void
  counts(): Promise<HostCounts>
  /** Called for each session of the login for fixes, before its command has come. */
  onFixLogin(listen: (host: string) => void): void
  close(): Promise<void>
}

const program = fileURLToPath(new URL('./serve-hosts.ts', import.meta.url))

export async function openSimulatedHosts(
  hosts: readonly WantedHost[],
  runbooks: readonly string[],
): Promise<SimulatedHosts> {
  const child = fork(program, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const fixCommands: SeenCommand[] = []
  let listener = (_host: string): void => {}
  child.on('message', (message: FromHosts) => {
    if (message.say === 'fix-command') fixCommands.push(message)
    if (message.say === 'fix-login') listener(message.host)
  })
  const say = (message: ToHosts) => void child.send(message)
  say({ say: 'open', hosts, runbooks })
  const { opened } = await hear(child, 'opened')
  return {
    ...opened,
    fixCommands,
    cut: (those, how) => say({ say: 'cut', hosts: those, how }),
    async counts() {
      say({ say: 'count' })
      return (await hear(child, 'counted')).counts
    },
    onFixLogin: (listen) => {
      listener = listen
    },
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

type Saying<S extends FromHosts['say']> = Extract<FromHosts, { readonly say: S }>

function hear<S extends FromHosts['say']>(child: ChildProcess, what: S): Promise<Saying<S>> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`the simulated hosts ended before they said '${what}'`))
    const take = (message: FromHosts) => {
      if (message.say !== what) return
      child.off('message', take)
      child.off('exit', ended)
      resolve(message as Saying<S>)
    }
    child.on('message', take)
    child.once('exit', ended)
  })
}
