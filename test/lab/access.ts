import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { must } from './exec.ts'
import { addressOf } from './network.ts'
import { inventoryFile, keyFile, knownHostsFile, stateDir } from './places.ts'
import type { State } from './state.ts'

export const botUser = 'debvisor-bot'

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
  const all = Object.values(hosts)
  const pinned = all.map(({ name, number }) => {
    const key = readFileSync(`${hostKeyFile(name)}.pub`, 'utf8').trim()
    return `${name},${addressOf(number)} ${key}\n`
  })
  writeFileSync(knownHostsFile, pinned.join(''), { mode: 0o600 })
  const lines = all.flatMap(({ name, number }) => [
    `    ${name}:`,
    `      ansible_host: ${addressOf(number)}`,
  ])
  const vars = ['  vars:', `    ansible_user: ${botUser}`, `    ansible_ssh_private_key_file: ${keyFile}`]
  writeFileSync(inventoryFile, `${['all:', ...vars, '  hosts:', ...lines].join('\n')}\n`)
}
