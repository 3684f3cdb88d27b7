import { decimal, words } from '../parser.ts'

/** A line of `journalctl -o short-unix`, without the host's name. */
export interface Entry {
  /** Seconds since 1970. */
  readonly time: number
  readonly said: string
}

export function entryOf(line: string): Entry | undefined {
  const [time, , said] = words(line, 3)
  const at = decimal(time ?? '')
  return at === undefined || said === undefined ? undefined : { time: at, said }
}

/** "CRON[9]: (root) CMD (/opt/sweep.sh)" */
export function cronOf(said: string): { user: string; command: string } | undefined {
  const at = said.indexOf(') CMD (')
  if (at < 0) return undefined
  const command = said.slice(at + ') CMD ('.length)
  return {
    user: said.slice(said.lastIndexOf('(', at) + 1, at),
    command: command.endsWith(')') ? command.slice(0, -1) : command,
  }
}

/** The unit that systemd tells of: "systemd[1]: Starting nightly.service - Nightly work...". */
export function beganIn(said: string): string | undefined {
  const [who, verb, ...rest] = words(said)
  if (who !== 'systemd[1]:' || !['Starting', 'Started', 'Finished'].includes(verb ?? '')) return undefined
  return rest
    .map((word) => /^[A-Za-z0-9@_.\\:-]+\.service\b/.exec(word)?.[0])
    .find((name) => name !== undefined)
}
