/** One instruction of a Dockerfile, with its words: those of its JSON list, or those of its line. */
export interface Instruction {
  readonly name: string
  /** Of the last FROM before it, counted from 0. */
  readonly stage: number
  readonly text: string
  readonly words: readonly string[]
  /** Written as a JSON list: no shell reads it. */
  readonly isList: boolean
}

export function instructionsOf(text: string): Instruction[] {
  let stage = -1
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      if (name === 'FROM') stage++
      const list = /\[.*\]$/.exec(rest)?.[0]
      const words = list ? (JSON.parse(list) as string[]) : rest.split(/\s+/)
      return { name, stage, text: rest, words, isList: list !== undefined }
    })
}

/** The last one of that name: the one that counts. */
export function lastOf(instructions: readonly Instruction[], name: string): Instruction {
  const found = instructions.findLast((instruction) => instruction.name === name)
  if (!found) throw new Error(`the Dockerfile has no ${name}`)
  return found
}
