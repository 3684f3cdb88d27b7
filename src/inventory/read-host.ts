import type { Hop } from '../ssh/outcome.ts'
import { accepted, refusals } from './ansible-variables.ts'
import type { HostNode, Variable } from './group-tree.ts'
import { isAddress, isLogin } from './names.ts'
import type { Inherited } from './variable-precedence.ts'

/** Defaults for a host that lacks a variable of its own, and how a path in the inventory is read. */
export interface Defaults {
  readonly user: string | undefined
  readonly keyFile: string | undefined
  /** For fixes: `fixes.user` and `fixes.keyFile`. */
  readonly fixUser: string | undefined
  readonly fixKeyFile: string | undefined
  /** Absolute path of a key file as the inventory writes it. */
  resolve(path: string): string
}

/** A host by itself; `via` names its jump host, which jump-hosts.ts follows. */
export interface HostEntry {
  readonly name: string
  readonly groups: readonly string[]
  readonly production: boolean
  readonly hop: Hop | 'local'
  readonly via: Variable | undefined
  /**
   * The login and key for fixes; undefined where they are not configured. `at`: the variable that named one of them.
   */
  readonly fix: FixLogin | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

export interface FixLogin {
  readonly user: string
  readonly keyFile: string
  readonly at: Variable | undefined
}

/** A variable's path, or the host's own, and a sentence. */
export interface HostProblem {
  readonly at: Variable | undefined
  readonly message: string
}

export function readHost(
  node: HostNode,
  { variables, groups }: Inherited,
  defaults: Defaults,
): { readonly host: HostEntry; readonly problems: readonly HostProblem[] } {
  const problems: HostProblem[] = []
  /** The value of one variable where `is` accepts it; a problem where not; `otherwise` where there is none. */
  const take = <T, U>(
    name: string,
    is: (value: unknown) => value is T,
    wanted: string,
    otherwise: U,
  ): T | U => {
    const variable = variables.get(name)
    if (!variable || variable.value === null) return otherwise
    if (is(variable.value)) return variable.value
    problems.push({ at: variable, message: `\`${name}\` is ${wanted}` })
    return otherwise
  }
  for (const [name, variable] of variables) {
    const message = refusals(name)
    if (message) problems.push({ at: variable, message })
  }
  const connection = take('ansible_connection', isConnection, '`ssh` or `local`', 'ssh')
  const production = take('production', isBoolean, '`true` or `false`', false)
  const local = connection === 'local'
  const via = variables.get('jump_host')
  const own = [...variables].filter(([name]) => !accepted.has(name) && !name.startsWith('ansible_'))
  const host = {
    name: node.name,
    groups,
    production,
    hop: local ? ('local' as const) : readHop(),
    via: via?.value === null ? undefined : via,
    fix: local ? undefined : readFix(),
    variables: Object.freeze(Object.fromEntries(own.map(([name, { value }]) => [name, value]))),
  }
  if (local && host.via)
    problems.push({
      at: host.via,
      message: 'a `local` host is this machine and has no `jump_host`; take one of the two out',
    })
  return { host, problems }

  function readFix(): FixLogin | undefined {
    const user = take(
      'fix_user',
      isLoginValue,
      'a login: letters, digits, `.`, `_`, `-` and `@`',
      defaults.fixUser,
    )
    const file = take('fix_ssh_private_key_file', isPath, 'the path of a private key', undefined)
    const keyFile = file === undefined ? defaults.fixKeyFile : defaults.resolve(file)
    const at = variables.get('fix_ssh_private_key_file') ?? variables.get('fix_user')
    if (user !== undefined && keyFile !== undefined) return { user, keyFile, at }
    if (user !== undefined)
      problems.push({ at, message: missing('key for fixes', 'fix_ssh_private_key_file', 'fixes.keyFile') })
    if (keyFile !== undefined)
      problems.push({ at, message: missing('login for fixes', 'fix_user', 'fixes.user') })
    return undefined
  }

  function readHop(): Hop {
    const { name } = node
    const address = take('ansible_host', isAddressValue, 'a host name or an IP address', name)
    const port = Number(take('ansible_port', isPort, 'a whole number from 1 to 65535', 22))
    const user = take(
      'ansible_user',
      isLoginValue,
      'a login: letters, digits, `.`, `_`, `-` and `@`',
      defaults.user,
    )
    const file = take('ansible_ssh_private_key_file', isPath, 'the path of a private key', undefined)
    const keyFile = file === undefined ? defaults.keyFile : defaults.resolve(file)
    if (user === undefined)
      problems.push({ at: undefined, message: missing('login', 'ansible_user', 'ssh.user') })
    if (keyFile === undefined)
      problems.push({
        at: undefined,
        message: missing('private key', 'ansible_ssh_private_key_file', 'ssh.keyFile'),
      })
    return { name, address, port, user: user ?? '', keyFile }
  }
}

const missing = (what: string, variable: string, setting: string): string =>
  `no ${what} for this host; set \`${variable}\` here or on a group, or \`${setting}\` in debvisor.yml for all hosts`

const isString = (value: unknown): value is string => typeof value === 'string'
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isConnection = (value: unknown): value is 'ssh' | 'local' => value === 'ssh' || value === 'local'
const isAddressValue = (value: unknown): value is string => isString(value) && isAddress(value)
const isLoginValue = (value: unknown): value is string => isString(value) && isLogin(value)
const isPath = (value: unknown): value is string =>
  isString(value) && value.trim() !== '' && ![...value].some((c) => c < ' ' || c === '\u007f')
const isPort = (value: unknown): value is number | string =>
  (typeof value === 'number' || (isString(value) && /^\d{1,5}$/.test(value))) &&
  Number.isInteger(Number(value)) &&
  Number(value) >= 1 &&
  Number(value) <= 65_535
