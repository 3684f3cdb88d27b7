import { Command, CommanderError, Option } from 'commander'
import { diagnoseCommand } from './diagnose.ts'
import { doctorCommand } from './doctor.ts'
import { hostsCommand, trustCommand } from './hosts.ts'
import { redactCommand } from './redact.ts'
import { sudoersCommand } from './sudoers.ts'
import { exitCodes, type Terminal } from './terminal.ts'
import { validateCommand } from './validate.ts'
import { version } from './version.ts'

/**
 * The second root: the same jobs, a terminal in place of Slack. Exit status: 0 good or healthy, 1 problem, 2 inconclusive, 3 could
 * not run, with one sentence on stderr.
 */
export function program(term: Terminal, env: NodeJS.ProcessEnv, exit: (status: number) => void): Command {
  const root = new Command('debvisor')
    .description("DebVisor's troubleshooting guide, run on a host: in Slack, or here.")
    .version(version())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => term.out(text.replace(/\n$/, '')),
      writeErr: (text) => term.err(text.replace(/\n$/, '')),
    })
    .addHelpText('after', '\nExit status: 0 healthy or done, 1 problem, 2 inconclusive, 3 could not run.')
  const config = () =>
    new Option('--config <file>', 'debvisor.yml to read (default: ./debvisor.yml if there is one)')
  const inventory = () =>
    new Option('--inventory <file>', 'Ansible YAML inventory, in place of the configured one')
  const knownHosts = () =>
    new Option('--known-hosts <file>', 'pinned host keys, in place of the configured file')

  root
    .command('serve')
    .description('run the Slack app until it is stopped')
    .addOption(config())
    // Loaded here alone: the other commands need neither Slack nor a store.
    .action(async (options) => exit(await (await import('./serve.ts')).serveCommand(term, env, options)))

  root
    .command('diagnose')
    .description('run a runbook on a host and print the verdict')
    .argument('<topic>', 'a topic or an alias of it')
    .argument('<host>', 'a host of the inventory')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .option('--record <dir>', 'keep the redacted outputs and the report in a new folder, for replay')
    .action(async (topic: string, host: string, options) =>
      exit(await diagnoseCommand(term, env, topic, host, options)),
    )

  root
    .command('validate')
    .description('check the configuration, the inventory and all runbooks; list every problem')
    .argument('[folders...]', 'further folders of runbooks')
    .addOption(config())
    .addOption(inventory())
    .action(async (folders: string[], options) => exit(validateCommand(term, env, folders, options)))

  const hosts = root
    .command('hosts')
    .description('list the hosts of the inventory')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .action(async (options) => exit(hostsCommand(term, env, options)))
  hosts
    .command('trust')
    .description("show a host key's fingerprint and pin it after a yes")
    .argument('<host>', 'a host of the inventory')
    .addOption(config())
    .addOption(inventory())
    .addOption(knownHosts())
    .option('--fingerprint <sha256>', 'pin without asking if the host shows this key: SHA256:…')
    .action(async (host: string, options, command: Command) =>
      exit(await trustCommand(term, env, host, { ...command.parent?.opts(), ...options })),
    )

  root
    .command('doctor')
    .description('check tokens, store, mail, pager and every host: what is wrong and how to mend it')
    .addOption(config())
    .action(async (options) => exit(await doctorCommand(term, env, options)))

  root
    .command('sudoers')
    .description('print the minimal sudoers file for a host, and as comments the other grants')
    .argument('<host>', 'a host of the inventory')
    .addOption(config())
    .addOption(inventory())
    .action(async (host: string, options) => exit(sudoersCommand(term, env, host, options)))

  root
    .command('redact')
    .description('stdin to stdout through the very code that a run uses on host output')
    .addOption(config())
    .action(async (options) => exit(await redactCommand(term, env, options)))

  return root
}

/** Runs one command line and resolves with its exit status. Whatever goes wrong is one sentence on stderr. */
export async function runCli(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<number> {
  let status: number = exitCodes.healthy
  try {
    await program(term, env, (code) => {
      status = code
    }).parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    // Commander has said what was wrong; help and version are no errors.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.healthy : exitCodes.couldNotRun
    term.err(`debvisor: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.couldNotRun
  }
}
