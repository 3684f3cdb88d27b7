/**
 * sudo's own answers, told apart from those of the command that it ran: both come with exit status 1 on
 * stderr. Texts of sudo 1.8–1.9 (plugins/sudoers/auth/sudo_auth.c, logging.c, sudoers.c; LC_ALL=C) and of
 * sudo-rs.
 */

/** Said where sudo goes on and runs the command all the same. */
const WARNINGS = [/^sudo: unable to resolve host /, /^sudo: unable to send audit message/, /^sudo: setrlimit/]

const REFUSALS: readonly (readonly [RegExp, (login: string) => string])[] = [
  // sudo -n says so too where sudoers does not grant the command at all: it asks for the password first.
  [
    /a password is required|interactive authentication is required/,
    (login) => `sudo does not let ${login} run this without a password`,
  ],
  [
    /is not allowed to execute|afraid I can't do that/,
    (login) => `sudoers does not let ${login} run this command`,
  ],
  [/may not run sudo|is not in the sudoers file/, (login) => `${login} may not use sudo`],
  [/must have a tty|no tty present/, (login) => `sudoers wants a terminal from ${login} (requiretty)`],
  [/no new privileges/, () => 'sudo cannot gain rights here ("no new privileges" is set)'],
  [/^sudo: cannot run: /, () => 'this host has no sudo'],
]

export type SudoSaid = { readonly kind: 'refused'; readonly reason: string } | { readonly kind: 'not-found' }

/** What sudo itself answered; undefined where the command ran. */
export function readSudo(login: string, code: number, stdout: Buffer, stderr: Buffer): SudoSaid | undefined {
  if ((code !== 1 && code !== 127) || stdout.length > 0) return undefined
  const lines = stderr
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const told = lines.filter((line) => !WARNINGS.some((warning) => warning.test(line)))
  const [first] = told
  if (first === undefined) return undefined
  if (code === 127)
    return first.startsWith('sudo: cannot run: ')
      ? { kind: 'refused', reason: reasonOf(login, first) }
      : undefined
  if (told.some((line) => /^sudo(-rs)?: .*: command not found$/.test(line))) return { kind: 'not-found' }
  const known = told.find((line) => isSudos(line) && REFUSALS.some(([text]) => text.test(line)))
  if (known) return { kind: 'refused', reason: reasonOf(login, known) }
  if (told.every((line) => line.startsWith('sudo: '))) return { kind: 'refused', reason: first }
  return undefined
}

/**
 * Lines of sudo's that do not begin with its name: "Sorry, user x is not allowed …", "x is not in the sudoers
 * file.".
 */
const isSudos = (line: string): boolean =>
  /^sudo: |^Sorry, user |^\S+ is not in the sudoers file|^sudo-rs: /.test(line)

function reasonOf(login: string, line: string): string {
  const refusal = REFUSALS.find(([text]) => text.test(line))
  return refusal ? refusal[1](login) : line
}
