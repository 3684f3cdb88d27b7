/**
 * The line of /etc/sudoers.d that lets the bot's login run exactly this argv as root: an absolute path, exact
 * arguments, no shell escapes (NOEXEC), and a time-out, for a process of root cannot be ended by the login (S15).
 * Syntax: sudoers(5), "Command_Spec".
 */
export function sudoersLine(login: string, argv: readonly string[], timeoutMs: number): string {
  const [program = '', ...args] = argv
  // `""`: without any argument. A command without arguments would allow all.
  const exact = args.length === 0 ? ['""'] : args.map(escaped)
  const seconds = Math.ceil(timeoutMs / 1000)
  return `${user(login)} ALL=(root) TIMEOUT=${seconds}s NOPASSWD:NOEXEC: ${[absolute(program), ...exact].join(' ')}`
}

/** sudoers reads a word of capitals as an alias, `ALL` as everybody; within quotes it is a login. */
const user = (login: string): string => (/^[A-Z]/.test(login) ? `"${login}"` : login)

/**
 * Escapes what means something in the arguments of a command, wildcards and the start of a regex among it. A backslash
 * is read twice, when the line is parsed and when the argument is matched (fnmatch), so it takes four.
 */
const escaped = (word: string): string =>
  word.replace(/[\\,:=*?[\]!#^ ]/g, (character) => (character === '\\' ? '\\\\\\\\' : `\\${character}`))

/**
 * The path at which Debian has a program that runbooks call by name. Others keep their name, for the reader to
 * complete.
 */
const absolute = (program: string): string => {
  if (program.startsWith('/')) return program
  if (sbin.has(program)) return `/usr/sbin/${program}`
  return `/usr/bin/${program}`
}

const sbin: ReadonlySet<string> = new Set([
  'aa-status',
  'blkid',
  'conntrack',
  'dmidecode',
  'ethtool',
  'iptables',
  'iptables-save',
  'nft',
  'nginx',
  'smartctl',
  'sysctl',
])
