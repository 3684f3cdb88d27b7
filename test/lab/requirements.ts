import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const programs = [
  ['debootstrap', 'debootstrap'],
  ['systemd-nspawn', 'systemd-container'],
  ['lxcfs', 'lxcfs'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['ip', 'iproute2'],
  ['nsenter', 'util-linux'],
  ['ssh-keygen', 'openssh-client'],
] as const

/** Why this machine cannot run the lab, and the remedy; undefined where it can. */
export function lacking(): string | undefined {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version'))
    return 'the lab needs Debian 12 or newer'
  if (process.getuid?.() !== 0)
    return 'the lab needs root: it boots hosts, mounts their disks and makes a bridge'
  const missing = programs.filter(([program]) => !installed(program)).map(([, name]) => name)
  return missing.length > 0 ? `programs are missing: apt-get install ${missing.join(' ')}` : undefined
}

const installed = (program: string): boolean =>
  `${process.env.PATH ?? ''}:/usr/sbin:/sbin`
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program)))
