import { type Fields, isFields } from '../blocks/shape.ts'

/** A file that the bot shared. */
export interface SharedFile {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly content: string
  readonly channel: string | undefined
  readonly threadTs: string | undefined
}

/** The three steps of an upload, as they are seen passing by. */
export interface Files {
  announced(id: string, name: string): void
  uploaded(id: string, content: string): void
  completed(args: Fields): void
  deleted(id: string): void
  shared(): readonly SharedFile[]
}

export function openFiles(): Files {
  const names = new Map<string, string>()
  const contents = new Map<string, string>()
  let shared: SharedFile[] = []
  return {
    announced: (id, name) => void names.set(id, name),
    uploaded: (id, content) => void contents.set(id, content),
    completed(args) {
      const files = Array.isArray(args.files) ? args.files.filter(isFields) : []
      for (const { id, title } of files) {
        const name = names.get(String(id)) ?? ''
        shared.push({
          id: String(id),
          name,
          title: typeof title === 'string' ? title : name,
          content: contents.get(String(id)) ?? '',
          channel: textOf(args.channel_id),
          threadTs: textOf(args.thread_ts),
        })
      }
    },
    deleted(id) {
      shared = shared.filter((file) => file.id !== id)
    },
    shared: () => shared,
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
