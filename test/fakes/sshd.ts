import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Hop } from '../../src/ssh/outcome.ts'

const SSHD = '/usr/sbin/sshd'

/**
 * An OpenSSH server of this machine on 127.0.0.1, run by and for the current user (root may let in others).
 */
export interface RealSshd {
  readonly hop: Hop
  readonly knownHostsFile: string
  readonly folder: string
  readonly pid: number
  /** What sshd logged so far, at level VERBOSE. */
  log(): string
  stop(): Promise<void>
}

/**
 * Whether this machine has one; said aloud where it has not, and an error there with
 * DEBVISOR_TEST_REQUIRE_ALL=1.
 */
export const hasSshd = (): boolean => existsSync(SSHD) || missing(`${SSHD} is not installed (openssh-server)`)

export async function startSshd(options: { user?: string; config?: string } = {}): Promise<RealSshd> {
  // sshd started by root wants this folder, which the package's service makes.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-sshd-'))
  const [hostKey, keyFile] = [join(folder, 'host_key'), join(folder, 'key')]
  for (const file of [hostKey, keyFile]) keygen(file)
  const authorized = join(folder, 'authorized_keys')
  // sshd reads it as the user who logs in.
  chmodSync(folder, 0o711)
  writeFileSync(authorized, readFileSync(`${keyFile}.pub`), { mode: 0o644 })
  const port = await freePort()
  const knownHostsFile = join(folder, 'known_hosts')
  writeFileSync(knownHostsFile, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`)
  const config = join(folder, 'sshd_config')
  writeFileSync(
    config,
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${hostKey}
AuthorizedKeysFile ${authorized}
PidFile none
UsePAM no
StrictModes no
LogLevel VERBOSE
${options.config ?? ''}
`,
  )
  const server = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`sshd ended with status ${code}: ${log}`)))
  })
  const endWithUs = () => server.kill()
  process.once('exit', endWithUs)
  const user = options.user ?? userInfo().username
  return {
    hop: { name: 'host1', address: '127.0.0.1', port, user, keyFile },
    knownHostsFile,
    folder,
    pid: server.pid ?? 0,
    log: () => log,
    stop: async () => {
      process.off('exit', endWithUs)
      const gone = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function keygen(file: string): void {
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr || made.error?.message}`)
}

const told = new Set<string>()

/** Tells once what cannot be tested here and why. */
export function missing(what: string): false {
  if (process.env.DEBVISOR_TEST_REQUIRE_ALL === '1')
    throw new Error(`${what}, and DEBVISOR_TEST_REQUIRE_ALL=1 wants it`)
  if (!told.has(what)) process.stderr.write(`SKIPPED: ${what}\n`)
  told.add(what)
  return false
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  await new Promise((resolve) => listener.close(resolve))
  if (!address || typeof address === 'string') throw new Error('the listener has no port')
  return address.port
}
