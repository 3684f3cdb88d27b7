import type { Message } from '../../src/slack/message.ts'
import type { Delivery, Said } from '../../src/slack/transport/delivery.ts'

/** One message or file that stands in Slack. */
export interface Standing {
  readonly run: string
  readonly key: string
  /** Its ts, or its id. */
  readonly id: string
  readonly place: string
  readonly text: string
  readonly isAnswered: boolean
}

/** Called before and after a call has its effect in Slack: whoever waits there stands still. */
export type Gate = (moment: Moment, call: string, about: string) => Promise<unknown>
export type Moment = 'before' | 'after'

export interface SharedSlack {
  /** Of one process. */
  of(gate?: Gate): Delivery
  standing(run: string): readonly Standing[]
  /** Somebody answers below a message. */
  answer(id: string): void
  /** What Slack says to each call of that name from now on, instead of doing it; undefined: it does it. */
  say(call: string, said: Said | undefined): void
  /** Answers to such calls are lost, though Slack does what was asked. */
  loseAnswers(call: string): void
}

const lost = { ok: false, reason: 'unavailable', detail: 'the answer was lost' } as const

const unwanted = { ok: false, reason: 'refused', detail: 'no longer wanted' } as const

/** A Slack that several processes write to: it knows messages by their metadata, and files by their names. */
export function openSharedSlack(): SharedSlack {
  let items: Standing[] = []
  let last = 0
  const says = new Map<string, Said>()
  const losing = new Set<string>()
  const change = (id: string, to: Partial<Standing>) => {
    items = items.map((each) => (each.id === id ? { ...each, ...to } : each))
  }

  function of(gate: Gate = async () => {}): Delivery {
    async function call<T extends object>(
      name: string,
      about: string,
      effect: () => T,
      isWanted: () => boolean = () => true,
    ) {
      // Whoever stands still does so after that look, and right before the request.
      if (!isWanted()) return unwanted
      await gate('before', name, about)
      const refused = says.get(name)
      if (refused && !refused.ok) return refused
      const result = effect()
      await gate('after', name, about)
      return losing.has(name) ? lost : { ok: true as const, ...result }
    }
    const put = (one: Omit<Standing, 'id' | 'isAnswered'>): string => {
      const id = `1.${++last}`
      items.push({ ...one, id, isAnswered: false })
      return id
    }
    const placeOf = ({ channel, thread = '' }: { channel: string; thread?: string | undefined }) =>
      `${channel} ${thread}`
    const at = (place: string, key: string) =>
      items.filter((each) => each.place === place && each.key === key)
    return {
      post: (to, { text }: Message, { run, key }) =>
        call('post', key, () => ({ ts: put({ run, key, text, place: placeOf(to) }) }), to.isWanted),
      update: (_channel, ts, { text }, isWanted) =>
        call(
          'update',
          ts,
          () => {
            change(ts, { text })
            return { ts }
          },
          isWanted,
        ),
      updateSoon: () => {},
      find: (to, { run, key }) =>
        call('find', key, () => ({
          ts: at(placeOf(to), key).find((each) => each.run === run)?.id ?? null,
        })),
      copies: (to, { run, key }) =>
        call('copies', key, () => ({
          copies: at(placeOf(to), key)
            .filter((each) => each.run === run)
            .map(({ id: ts, isAnswered }) => ({ ts, isAnswered })),
        })),
      fileCopies: (to, { filename }) =>
        call('fileCopies', filename, () => ({ fileIds: at(placeOf(to), filename).map(({ id }) => id) })),
      upload: (to, { filename, mayBeThere }) =>
        call(
          'upload',
          filename,
          () => {
            const [there] = mayBeThere ? at(placeOf(to), filename) : []
            return {
              fileId: there?.id ?? put({ run: 'file', key: filename, text: '', place: placeOf(to) }),
            }
          },
          to.isWanted,
        ),
      remove: (_channel, ts, isWanted) =>
        call(
          'remove',
          ts,
          () => {
            items = items.filter(({ id }) => id !== ts)
            return {}
          },
          isWanted,
        ),
      removeFile: (fileId, isWanted) =>
        call(
          'removeFile',
          fileId,
          () => {
            items = items.filter(({ id }) => id !== fileId)
            return {}
          },
          isWanted,
        ),
      retire: (_channel, ts, { text }, isWanted) =>
        call(
          'retire',
          ts,
          () => {
            change(ts, { text, key: 'retired' })
            return {}
          },
          isWanted,
        ),
      permalink: async (_channel: string, ts: string) => `https://slack.example/${ts}`,
    } as Partial<Delivery> as Delivery
  }
  return {
    of,
    standing: (run) => items.filter((each) => each.run === run || each.run === 'file'),
    answer: (id) => change(id, { isAnswered: true }),
    say: (name, said) => void (said ? says.set(name, said) : says.delete(name)),
    loseAnswers: (name) => void losing.add(name),
  }
}

/** A process that stands still at the first call that fits, until it is woken. */
export function standStill(moment: Moment, call: string, about: RegExp) {
  let [reached, wake] = [() => {}, () => {}]
  const stands = new Promise<void>((resolve) => {
    reached = resolve
  })
  const awake = new Promise<void>((resolve) => {
    wake = resolve
  })
  let isOver = false
  const gate: Gate = async (when, what, whom) => {
    if (isOver || when !== moment || what !== call || !about.test(whom)) return
    isOver = true
    reached()
    await awake
  }
  return { gate, stands, wake }
}
