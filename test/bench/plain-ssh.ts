import { spawn } from 'node:child_process'
import type { RealSshd } from '../fakes/sshd.ts'

/** What an engineer would type: `ssh host sh -s` with this script. All output is read, as the bot reads it. */
export function plainSsh({ hop, knownHostsFile }: RealSshd, script: string): Promise<void> {
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${knownHostsFile}`]
  const login = ['-F', 'none', '-i', hop.keyFile ?? '', '-p', String(hop.port)]
  const args = [...login, ...options.flatMap((o) => ['-o', o]), `${hop.user}@${hop.address}`, 'sh', '-s']
  const child = spawn('ssh', args, { stdio: 'pipe' })
  child.stdout.resume()
  child.stderr.resume()
  child.stdin.end(script)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 255 ? reject(new Error('ssh could not connect')) : resolve()))
  })
}

export const oneByOne = (commands: readonly string[]): string =>
  commands.map((c) => `(\n${c}\n) </dev/null\n`).join('')

export const sideBySide = (commands: readonly string[]): string =>
  `${commands.map((c) => `(\n${c}\n) </dev/null &\n`).join('')}wait\n`
