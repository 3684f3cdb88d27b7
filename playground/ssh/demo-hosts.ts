import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { newKeyPair, type SshServer, type SshServerOptions, startSshServer } from './server.ts'

/** A temporary folder with all that a bot reads: inventory, key, known_hosts, configuration; and the SSH server that they lead to. */
export interface DemoHosts {
  readonly folder: string
  /** debvisor.yml */
  readonly config: string
  readonly user: string
  readonly ssh: SshServer
  /** Sets the hosts up anew: another host key, pinned again, on the same port. */
  newHostKey(): Promise<void>
  close(): Promise<void>
}

export interface DemoHostsOptions extends Pick<SshServerOptions, 'beforeExec' | 'onConnection'> {
  /** Names of hosts; all of them are this machine. The first is in a production group. */
  readonly hosts: readonly string[]
  /** Added to debvisor.yml. */
  readonly config?: string
  /** A login of its own for fixes. */
  readonly fixes?: boolean
  /** Variables of all hosts, as lines of YAML. */
  readonly variables?: readonly string[]
}

/** Of the login for fixes. On this machine it is whoever runs the server, by another name and key. */
export const FIX_LOGIN = 'debvisor-fix'

export async function openDemoHosts({
  hosts,
  config = '',
  fixes,
  variables = [],
  ...hooks
}: DemoHostsOptions): Promise<DemoHosts> {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-'))
  const user = userInfo().username
  const host = newKeyPair()
  const login = newKeyPair()
  const mender = newKeyPair()
  const others = fixes ? [{ user: FIX_LOGIN, authorizedKey: mender.public }] : []
  const serve = (hostKey: string, port?: number) =>
    startSshServer({
      user,
      hostKeys: [hostKey],
      authorizedKey: login.public,
      others,
      ...hooks,
      ...(port === undefined ? {} : { port }),
    })
  let ssh = await serve(host.private)
  const { port } = ssh
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  file('key', login.private)
  const pin = (key: string) => file('known_hosts', `[127.0.0.1]:${port} ${key.trim()}\n`)
  pin(host.public)
  const forFixes = fixes ? [`fix_user: ${FIX_LOGIN}`, 'fix_ssh_private_key_file: ./fix_key'] : []
  if (fixes) file('fix_key', mender.private)
  file('inventory.yml', inventory(user, port, hosts, [...forFixes, ...variables]))
  const path = file('debvisor.yml', `version: 1\nhttp: { listen: 127.0.0.1:0 }\n${config}`)
  return {
    folder,
    config: path,
    user,
    get ssh() {
      return ssh
    },
    newHostKey: async () => {
      const next = newKeyPair()
      await ssh.close()
      ssh = await serve(next.private, port)
      pin(next.public)
    },
    close: async () => {
      await ssh.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const inventory = (
  user: string,
  port: number,
  hosts: readonly string[],
  variables: readonly string[],
): string => `all:
  vars:
    ansible_host: 127.0.0.1
    ansible_port: ${port}
    ansible_user: ${user}
    ansible_ssh_private_key_file: ./key
${variables.map((line) => `    ${line}\n`).join('')}  children:
    production:
      vars: { production: true }
      hosts: { ${hosts.slice(0, 1).map((name) => `${name}: {}`)} }
    staging:
      hosts: { ${hosts
        .slice(1)
        .map((name) => `${name}: {}`)
        .join(', ')} }
`
