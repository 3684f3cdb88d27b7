import { isIP } from 'node:net'

const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$/

/** What is wrong with the name of a host or group, or undefined. `reserved`: topics, their aliases, and commands. */
export function nameProblem(
  name: string,
  kind: 'host' | 'group',
  reserved: readonly string[],
): string | undefined {
  if (/:\d+$/.test(name))
    return `a ${kind} is named without a port; write \`ansible_port: ${name.split(':').at(-1)}\``
  if (!NAME.test(name))
    return `a ${kind} is named with letters, digits, \`.\`, \`_\` and \`-\`, 253 characters at most; put another address into \`ansible_host\``
  const taken = reserved.find((word) => word.toLowerCase() === name.toLowerCase())
  if (taken === undefined) return undefined
  const instead =
    kind === 'host' ? `; rename it, and keep the address in \`ansible_host: ${name}\`` : '; rename it'
  return `\`${name}\` is a topic or a command of DebVisor, so no ${kind} may have this name${instead}`
}

/** A host name or an IP address, and nothing that a command line could read otherwise. */
export const isAddress = (text: string): boolean =>
  isIP(text) !== 0 || (text.length <= 253 && /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(text))

/** The login of a hop; directory services allow `ana@example.net`. */
export const isLogin = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}$/.test(text)
