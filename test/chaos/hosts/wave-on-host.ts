import type { ServerChannel } from 'ssh2'
import { createFrameReader } from '../../../src/ssh/wave/frames.ts'

/** One command of a wave, as the host gets it. */
export interface AskedCommand {
  readonly index: number
  readonly kind: 'shell' | 'privileged'
  /** Of `shell`: the one script. */
  readonly argv: readonly string[]
}

export interface Wave {
  readonly marker: string
  readonly commands: readonly AskedCommand[]
}

/** What a host answers to one command. */
export interface Answer {
  readonly how: 'exited' | 'signalled' | 'timed-out' | 'cut'
  readonly code: number
  readonly ms: number
  readonly stdout: string
  readonly stderr: string
}

export const exited = (code: number, stdout = ''): Answer => ({
  how: 'exited',
  code,
  ms: 1,
  stdout,
  stderr: '',
})

/**
 * Reads a wave as the host's perl does: `exec perl -e … PROGRAM WAVE`, whose numbers are the lengths of what follows on
 * its input. Undefined: it is none, or the client went away before it was there.
 */
export function readWave(commandLine: string, channel: ServerChannel): Promise<Wave | undefined> {
  const [, program = '', wave = ''] = / (\d+) (\d+)$/.exec(commandLine) ?? []
  const [skipped, length] = [Number(program), Number(wave)]
  if (length === 0) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size < skipped + length) return
      channel.off('data', take)
      // So that the end of the input is heard.
      channel.resume()
      resolve(decode(Buffer.concat(chunks).subarray(skipped, skipped + length)))
    }
    channel.on('data', take)
    channel.once('close', () => resolve(undefined))
    channel.once('end', () => resolve(undefined))
  })
}

/** The first field is the marker, and the commands are those whose own first field says of which kind they are. */
function decode(bytes: Buffer): Wave {
  const all = fieldsOf(bytes)
  const commands = all.flatMap((field) => {
    const [kind, , ...argv] = fieldsOf(field).map(String)
    return kind === 'shell' || kind === 'privileged' ? [{ kind, argv } as const] : []
  })
  return { marker: String(all[0]), commands: commands.map((command, index) => ({ ...command, index })) }
}

/** perl's unpack '(N/a*)*'; nothing where the bytes are no such fields. */
function fieldsOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return []
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) return []
    found.push(bytes.subarray(at + 4, end))
    at = end
  }
  return found
}

/** How many numbers stand between milliseconds and lengths in the header of a frame: as the bot of this checkout reads it. */
const more = [0, 1, 2].find((count) => {
  const reader = createFrameReader('m', 1)
  return reader.push(Buffer.from(`m\n${headerOf(0, exited(0), count)}`)).length === 1
})

function headerOf(index: number, { how, code, ms, stdout, stderr }: Answer, further: number): string {
  const lengths = [stdout, stderr].map((text) => Buffer.byteLength(text))
  return `${[index, how, code, 0, Math.round(ms), ...Array(further).fill(0), ...lengths].join(' ')}\n`
}

export function frameOf(index: number, answer: Answer): string {
  if (more === undefined) throw new Error('the bot takes no frame as the simulated hosts write them')
  return headerOf(index, answer, more) + answer.stdout + answer.stderr
}

/** Answers each command after its time, like a host whose perl runs them side by side, and ends. */
export async function answerWave(
  { marker, commands }: Wave,
  channel: ServerChannel,
  answerTo: (command: AskedCommand) => Answer,
): Promise<void> {
  let gone = false
  channel.once('close', () => {
    gone = true
  })
  channel.write(`${marker}\n`)
  await Promise.all(
    commands.map(async (command) => {
      const answer = answerTo(command)
      await new Promise((resolve) => setTimeout(resolve, answer.ms))
      if (!gone) channel.write(frameOf(command.index, answer))
    }),
  )
  if (gone) return
  channel.exit(0)
  channel.end()
}
