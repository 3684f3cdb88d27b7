import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { newKeyPair, type SshServer, startSshServer } from './ssh-server.ts'

/** A temporary folder with all that a bot reads: inventory, key, known_hosts, configuration; and the SSH server that they lead to. */
export interface Workshop {
  readonly folder: string
  /** debvisor.yml */
  readonly config: string
  readonly user: string
  readonly ssh: SshServer
  close(): Promise<void>
}

export interface WorkshopOptions {
  /** Names of hosts; all of them are this machine. The first is in a production group. */
  readonly hosts: readonly string[]
  /** Added to debvisor.yml. */
  readonly config?: string
}

export async function openWorkshop({ hosts, config = '' }: WorkshopOptions): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'debvisor-'))
  const user = userInfo().username
  const host = newKeyPair()
  const login = newKeyPair()
  const ssh = await startSshServer({ user, hostKeys: [host.private], authorizedKey: login.public })
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  file('key', login.private)
  file('known_hosts', `[127.0.0.1]:${ssh.port} ${host.public.trim()}\n`)
  file('inventory.yml', inventory(user, ssh.port, hosts))
  const path = file('debvisor.yml', `version: 1\nhttp: { listen: 127.0.0.1:0 }\n${config}`)
  return {
    folder,
    config: path,
    user,
    ssh,
    close: async () => {
      await ssh.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const inventory = (user: string, port: number, hosts: readonly string[]): string => `all:
  vars:
    ansible_host: 127.0.0.1
    ansible_port: ${port}
    ansible_user: ${user}
    ansible_ssh_private_key_file: ./key
  children:
    production:
      vars: { production: true }
      hosts: { ${hosts.slice(0, 1).map((name) => `${name}: {}`)} }
    staging:
      hosts: { ${hosts
        .slice(1)
        .map((name) => `${name}: {}`)
        .join(', ')} }
`
