import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { botUser, hostKeyFile, keyPair } from './access.ts'
import { rootOf } from './disk.ts'
import { must } from './exec.ts'
import { addressOf, gateway } from './network.ts'
import { keyFile } from './places.ts'
import type { LabHost } from './state.ts'

/** What makes this host itself: name, address, keys, grants. */
export async function settle({ name, number, grants: { sudo } }: LabHost): Promise<void> {
  const root = rootOf(name)
  const hostKey = hostKeyFile(name)
  await keyPair(hostKey)
  const botKey = await keyPair(keyFile)
  const write = (file: string, text: string, mode = 0o644): void => writeFileSync(root + file, text, { mode })
  write('/etc/hostname', `${name}\n`)
  write('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`)
  write('/etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  const address = `[Network]\nAddress=${addressOf(number)}/24\nGateway=${gateway}\n`
  write('/etc/systemd/network/10-host0.network', `[Match]\nName=host0\n\n${address}`)
  write('/etc/ssh/ssh_host_ed25519_key', readFileSync(hostKey, 'utf8'), 0o600)
  write('/etc/ssh/ssh_host_ed25519_key.pub', readFileSync(`${hostKey}.pub`, 'utf8'))
  const home = `/home/${botUser}/.ssh`
  await must('chroot', [root, 'install', '-d', '-o', botUser, '-g', botUser, '-m', '700', home])
  write(`${home}/authorized_keys`, `${botKey}\n`)
  if (sudo !== 'none') write('/etc/sudoers.d/debvisor-bot', sudoers(sudo), 0o440)
}

const sudoers = (sudo: string): string =>
  sudo === 'all' ? `${botUser} ALL=(ALL:ALL) NOPASSWD: ALL\n` : readFileSync(sudo, 'utf8')
