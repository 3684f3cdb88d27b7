import { sanitise } from '../../redact/sanitise.ts'
import { askForReload } from '../../reload/control-socket.ts'
import { refuse } from '../output/refusals.ts'
import { exitCodes, type Terminal } from '../output/terminal.ts'
import { type Options, readConfig } from '../read-hosts.ts'

/**
 * Has every bot of this machine with this store's folder read its files anew. Exit status 0: all did. 3: one kept what it
 * had, or there is none.
 */
export async function reloadCommand(
  term: Terminal,
  env: NodeJS.ProcessEnv,
  options: Pick<Options, 'config'>,
): Promise<number> {
  const ready = readConfig(env, options, [])
  if (!ready.ok)
    return refuse(term, [...ready.sentences, 'Nothing was reloaded: a running bot keeps what it has.'])
  const { folder } = ready.config.store
  const answers = await askForReload(folder)
  if (answers.length === 0)
    return refuse(term, [
      `No bot with the folder ${folder} runs on this machine. Run this where \`debvisor serve\` runs, as its user and with its debvisor.yml; or send that process SIGHUP.`,
    ])
  for (const { pid, ok, lines } of answers) {
    const said = lines.map((line) => sanitise(line))
    if (ok) for (const line of said) term.out(`process ${pid}: ${line}`)
    else
      refuse(
        term,
        [...said, 'Nothing was reloaded: it keeps what it has.'].map((line) => `process ${pid}: ${line}`),
      )
  }
  return answers.every(({ ok }) => ok) ? exitCodes.healthy : exitCodes.couldNotRun
}
