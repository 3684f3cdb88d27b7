/**
 * Variables that this inventory reads itself. All that begin with `ansible_` and are not here concern Ansible; all
 * others are parameters.
 */
export const accepted: ReadonlySet<string> = new Set([
  'ansible_connection',
  'ansible_group_priority',
  'ansible_host',
  'ansible_port',
  'ansible_ssh_private_key_file',
  'ansible_user',
  'fix_ssh_private_key_file',
  'fix_user',
  'jump_host',
  'production',
])

/** Variables of Ansible that do not affect how we connect. They are left out. */
const HARMLESS =
  /^ansible_(?:\w+_interpreter|remote_tmp|async_dir|(?:ssh_)?pipelining|(?:ssh_)?timeout|ssh_retries)$/

const KEYS_ONLY = 'the bot logs in with a key only; take it out and set `ansible_ssh_private_key_file`'
const NO_BECOME =
  "the bot's rights come from the host's sudoers and groups (`debvisor doctor` names what is missing); take it out"
const NO_ARGUMENTS =
  'options of the ssh program are not used; for another way to the host set `jump_host: HOST`'

const INSTEAD: readonly (readonly [name: RegExp, message: string])[] = [
  [/^ansible_ssh_host$/, 'write `ansible_host`'],
  [/^ansible_ssh_port$/, 'write `ansible_port`'],
  [/^ansible_ssh_user$/, 'write `ansible_user`'],
  [/^ansible_private_key_file$/, 'write `ansible_ssh_private_key_file`'],
  [/^ansible_(?:ssh_)?pass(?:word|phrase)?$|^ansible_ssh_private_key_passphrase$/, KEYS_ONLY],
  [/^ansible_(?:become|su|sudo)(?:_|$)/, NO_BECOME],
  [/^ansible_(?:ssh|scp|sftp)_(?:common_|extra_)?args$|^ansible_ssh_executable$/, NO_ARGUMENTS],
  [
    /^ansible_(?:ssh_)?host_key_checking$/,
    'host keys are always checked; take it out and pin the key with `debvisor hosts trust HOST`',
  ],
]

/**
 * Why a variable is refused: Ansible would connect in another way because of it, and the bot would not, without a word.
 */
export function refusals(name: string): string | undefined {
  if (name === '<<') return 'YAML merge keys are not read; put shared variables into the `vars` of a group'
  if (!name.startsWith('ansible_') || accepted.has(name) || HARMLESS.test(name)) return undefined
  const known = INSTEAD.find(([pattern]) => pattern.test(name))
  return `\`${name}\` is not used here: ${known?.[1] ?? 'it may change how a host is reached; take it out'}`
}
