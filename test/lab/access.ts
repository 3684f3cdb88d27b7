import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { must } from './exec.ts'
import { addressOf } from './network.ts'
import { inventoryFile, keyFile, knownHostsFile, stateDir } from './places.ts'
import type { State } from './state.ts'

export const botUser = 'debvisor-bot'

/** The login that mends, and its key: never those of a diagnosis. */
export const fixUser = 'debvisor-fix'
export const fixKeyFile = `${stateDir}/fix_ed25519`

export const hostKeyFile = (name: string): string => `${stateDir}/hosts/${name}/host_ed25519`

/** Makes the key pair unless it is there; answers the public half. */
export async function keyPair(file: string): Promise<string> {
  if (!existsSync(file)) {
    mkdirSync(file.slice(0, file.lastIndexOf('/')), { recursive: true })
    await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file])
  }
  return readFileSync(`${file}.pub`, 'utf8').trim()
}

/** What the CLI needs to reach the hosts that are up. */
export function writeAccess({ hosts }: State): void {
  const all = Object.values(hosts).filter(({ name }) => existsSync(`${hostKeyFile(name)}.pub`))
  const pinned = all.map(({ name, number }) => {
    const key = readFileSync(`${hostKeyFile(name)}.pub`, 'utf8').trim()
    return `${name},${addressOf(number)} ${key}\n`
  })
  replace(knownHostsFile, pinned.join(''))
  const lines = all.flatMap(({ name, number }) => [
    `    ${name}:`,
    `      ansible_host: ${addressOf(number)}`,
  ])
  const vars = ['  vars:', `    ansible_user: ${botUser}`, `    ansible_ssh_private_key_file: ${keyFile}`]
  replace(inventoryFile, `${['all:', ...vars, '  hosts:', ...lines].join('\n')}\n`)
}

/** A diagnosis of another host may be reading the file. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.${process.pid}`, text, { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
}
