const WIDTH = 200
/** More would push what comes next off the screen. */
const MOST_LINES = 25

/** What the demo itself says or does, between the messages that it shows. */
export const say = (line: string): void => void process.stdout.write(`\n▶ ${line}\n`)

/** A message of Slack, with where it is shown. */
export function print(where: string, text: string): void {
  const lines = text.split('\n')
  const left = lines.length - MOST_LINES
  const shown = left > 1 ? [...lines.slice(0, MOST_LINES), `… ${left} more lines`] : lines
  process.stdout.write(`\n${where}\n${shown.map((line) => `  │ ${clipped(line)}`).join('\n')}\n`)
}

const clipped = (line: string): string => (line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`)
