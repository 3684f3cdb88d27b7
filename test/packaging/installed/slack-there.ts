import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { repoDir } from '../../lab/places.ts'
import type { LabHost } from '../../lab/state.ts'

export interface SlackThere {
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  /** What the bot answers to `/debvisor TEXT` in the end. */
  verdict(text: string): Promise<string>
  close(): void
}

const program = fileURLToPath(new URL('./slack-on-host.ts', import.meta.url))

/** Starts the emulated Slack on the loopback of a host. Only its network is the host's: its files are those of this checkout. */
export async function startSlackThere({ leader }: LabHost): Promise<SlackThere> {
  const args = ['-t', String(leader?.pid), '-n', process.execPath, '--import', 'tsx', program]
  const child = spawn('nsenter', args, { cwd: repoDir, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, string>> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the emulated Slack ended')
    return JSON.parse(value) as Record<string, string>
  }
  const { apiUrl = '', botToken = '', appToken = '' } = await next()
  return {
    apiUrl,
    botToken,
    appToken,
    async verdict(text) {
      child.stdin.write(`${text}\n`)
      return (await next()).text ?? ''
    },
    close: () => void child.kill('SIGKILL'),
  }
}
