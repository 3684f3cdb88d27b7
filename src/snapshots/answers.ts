import type { AnswerChange } from '../findings/answer-change.ts'
import type { Difference } from '../findings/difference.ts'
import type { Fact, Snapshot } from './snapshot.ts'

/** The area of facts about what a path is answered with (nginx/served-answers.sh). */
export const ANSWER = 'answer'

/** Without what the probe printed as evidence: only this becomes part of a snapshot. */
export const answerLines = (stdout: string): string =>
  stdout
    .split('\n')
    .filter((line) => /^(?:answer|end)\t/.test(line))
    .join('\n')

type Changed = Pick<Difference, 'area' | 'object' | 'was' | 'now'>

/** What a path was answered with. */
interface Answer {
  /** The type of the body. */
  readonly type: string
  readonly parts: ReadonlyMap<string, Part>
}

/** A field, the whole (`(all)`), or a script of a page. */
interface Part {
  readonly seen: number
  /** It was there in each object that could have it. */
  readonly always: boolean
  readonly kinds: ReadonlySet<string>
  /** Where times lie and how long lists are, at the moment: `@fresh`, `@old`, `@ahead`, `@short`, `@long`. */
  readonly marks: ReadonlySet<string>
}

/** A key is the path, or the path, a space and the part. */
function answersOf(facts: readonly Fact[]): Map<string, Answer> {
  const own = facts.filter(({ area }) => area === ANSWER)
  const answers = new Map<string, { type: string; parts: Map<string, Part> }>()
  for (const { key, value } of own)
    if (!key.includes(' ')) answers.set(key, { type: value, parts: new Map() })
  for (const { key, number, value } of own) {
    const [path = '', ...name] = key.split(' ')
    if (name.length > 0) answers.get(path)?.parts.set(name.join(' '), partOf(value, number))
  }
  return answers
}

/** `always: text, null` or `sometimes: …`; of a script its kind alone. */
function partOf(value: string, seen: number): Part {
  const [, presence, kinds] = /^(always|sometimes): (.*)$/.exec(value) ?? []
  const all = (kinds ?? value).split(', ')
  const isMark = (kind: string): boolean => kind.startsWith('@')
  return {
    seen,
    always: presence !== 'sometimes',
    kinds: new Set(all.filter((kind) => !isMark(kind))),
    marks: new Set(all.filter(isMark)),
  }
}

const printed = ({ always, kinds, marks }: Part): string =>
  `${always ? 'always' : 'sometimes'}: ${[...marks, ...kinds].sort().join(', ')}`

/**
 * How the answers to the paths that both looks asked differ. Where DebVisor was upgraded in between it may answer as it
 * likes, and nothing is worse. `differences`: what else differs.
 */
export function changedAnswers(
  was: readonly Fact[],
  now: readonly Fact[],
  differences: readonly Changed[],
): AnswerChange[] {
  const [before, after] = [answersOf(was), answersOf(now)]
  const isUpgraded = wasUpgraded(differences)
  return [...after].flatMap(([path, answer]) => {
    const older = before.get(path)
    if (!older) return []
    return changesOf(older, answer).map(({ isLoss, ...change }) => ({
      path,
      ...change,
      worse: !isUpgraded && (change.worse || (isLoss === true && isOfChangedData(path, differences))),
    }))
  })
}

/** `isLoss`: it may come and go with the data, and may be the doing of whoever changed where the data comes from. */
type Change = Omit<AnswerChange, 'path'> & { readonly isLoss?: true }

function changesOf(before: Answer, after: Answer): Change[] {
  if (before.type !== after.type)
    return [{ field: '', said: `it is ${after.type} now, and was ${before.type}`, worse: true, seen: 1 }]
  const gone = [...before.parts].flatMap(([name, part]) =>
    after.parts.has(name) || isBelowChange(name, before, after) ? [] : goneOf(name, part, after),
  )
  const others = [...after.parts].flatMap(([name, part]) => {
    const older = before.parts.get(name)
    if (older) return changeOf(name, older, part)
    return isBelowChange(name, after, before) ? [] : [newOf(name, part)]
  })
  return [...gone, ...others]
}

const WHOLE = '(all)'
const nameFor = (name: string): string => (name === WHOLE ? '' : name)

/** `hosts` of `hosts[].at` and of `hosts[]`; the whole of what stands at the top. */
function partsAbove(name: string): string[] {
  const above = name.replace(/(?:\.[^.[\]]+|\[\]|^[^.[\]]+)$/, '')
  return above === name ? [] : above === '' ? [WHOLE] : [above, ...partsAbove(above), WHOLE]
}

/** What a list that is empty, or an object that is gone, would hold is not known. */
const isBelowChange = (name: string, has: Answer, lacks: Answer): boolean =>
  partsAbove(name).some((above) => {
    const [one, other] = [has.parts.get(above), lacks.parts.get(above)]
    return (
      one !== undefined &&
      (other === undefined || ![...one.kinds].some((kind) => isFull(kind) && other.kinds.has(kind)))
    )
  })

const isFull = (kind: string): boolean => kind === 'list' || kind === 'object'

/** So often a field was there each time: it belongs to the answer. */
const CERTAIN = 3

/** Of what comes and goes nothing is told. */
function goneOf(name: string, part: Part, after: Answer): Change[] {
  const field = nameFor(name)
  if (name.startsWith('script ')) {
    const isReplaced = [...after.parts.keys()].some((other) => other.startsWith('script '))
    return [{ field, said: `the ${name} is not in the page any more`, worse: !isReplaced, seen: 0 }]
  }
  if (!part.always) return []
  const isCertain = part.seen >= CERTAIN
  return [{ field, said: `the field ${name} is gone`, worse: isCertain, isLoss: true, seen: 0 }]
}

const newOf = (name: string, { seen }: Part): Change => ({
  field: nameFor(name),
  said: name.startsWith('script ') ? `the ${name} is new in the page` : `the field ${name} is new`,
  worse: false,
  seen,
})

/** Kinds of one value: which of them it is says nothing of the form. */
const NOTHING = new Set(['null', 'zero', 'empty list', 'empty text'])

function changeOf(name: string, before: Part, after: Part): Change[] {
  const field = nameFor(name)
  const what = name === WHOLE ? 'the answer' : `the field ${name}`
  const told = (said: string, worse: boolean): Change[] => [{ field, said, worse, seen: after.seen }]
  const lost = (said: string): Change[] => [{ field, said, worse: false, isLoss: true, seen: after.seen }]
  const [was, is] = [before, after].map(
    ({ kinds }) => new Set([...kinds].filter((kind) => !NOTHING.has(kind))),
  )
  if (!was || !is) return []
  const added = [...is].filter((kind) => !was.has(kind))
  if (added.includes('time without zone') && isOnly(was, 'time with zone'))
    return told(`the times of ${name} have no zone any more`, true)
  if (isOnly(was, 'fraction') && isOnly(is, 'whole number'))
    return told(
      `the numbers of ${name} have no fractions any more`,
      Math.min(before.seen, after.seen) >= MANY,
    )
  if (isOnly(after.kinds, 'null') && !before.kinds.has('null'))
    return Math.min(before.seen, after.seen) >= MANY
      ? told(`${what} is always null`, true)
      : lost(`${what} is always null`)
  if (isOnly(after.kinds, 'empty list') && !before.kinds.has('empty list'))
    return lost(`the list${name === WHOLE ? '' : ` ${name}`} is empty`)
  if (was.size === 0 || is.size === 0) return []
  const isOther = [...is].every((kind) => !was.has(kind) && !isAlike(kind, was))
  if (isOther)
    return told(
      `${what} is ${words(is)} now, and was ${words(was)}`,
      isForm(was, is) || before.seen >= CERTAIN,
    )
  if (was.has('fraction') && !is.has('fraction') && Math.min(before.seen, after.seen) >= FAR_TOO_MANY)
    return lost(`the numbers of ${name} are all whole now, and many had fractions`)
  const moment = momentOf(name, before, after)
  if (moment) return moment.isWorse ? told(moment.said, true) : lost(moment.said)
  return added.some((kind) => !isAlike(kind, was))
    ? told(`${what} may be ${words(new Set(added))} too`, false)
    : []
}

/** What is planned lies ahead. */
const PLANNED = /until|expir|next|due|end|schedul|valid|deadline|eta\b|renew|after|future|plan|start/i

/** What is not as it always was: times that were never ahead, times that were all of the last ten minutes, a list that was long. */
function momentOf(
  name: string,
  { marks: was, seen }: Part,
  { marks: is }: Part,
): { readonly said: string; readonly isWorse: boolean } | undefined {
  if (is.has('@ahead') && was.size > 0 && !was.has('@ahead') && seen >= CERTAIN && !PLANNED.test(name))
    return { said: `times of ${name} lie in the future`, isWorse: true }
  if (isOnly(was, '@fresh') && isOnly(is, '@old') && seen >= MANY)
    return { said: `the times of ${name} are all more than an hour old`, isWorse: false }
  if (isOnly(was, '@long') && isOnly(is, '@short'))
    return { said: `the list${name === WHOLE ? '' : ` ${name}`} is much shorter`, isWorse: false }
  return undefined
}

/** So many values of one kind are no accident. */
const MANY = 5
/** So many that none has what some had is hardly one. */
const FAR_TOO_MANY = 20

const isOnly = (kinds: ReadonlySet<string>, kind: string): boolean => kinds.size === 1 && kinds.has(kind)

/** What is a list in one answer and an object in the other was read otherwise. */
const isForm = (was: ReadonlySet<string>, is: ReadonlySet<string>): boolean =>
  [...was].every(isFull) || [...is].every(isFull)

/** Numbers are whole by chance, and a text may look like a date. */
const ALIKE: readonly ReadonlySet<string>[] = [
  new Set(['whole number', 'fraction']),
  new Set(['number in quotes', 'text']),
]
const isAlike = (kind: string, others: ReadonlySet<string>): boolean =>
  ALIKE.some((alike) => alike.has(kind) && [...others].some((other) => alike.has(other)))

const ARTICLES: ReadonlyMap<string, string> = new Map([
  ['list', 'a list'],
  ['object', 'an object'],
  ['text', 'text'],
  ['boolean', 'true or false'],
])
const words = (kinds: ReadonlySet<string>): string =>
  [...kinds]
    .sort()
    .map((kind) => ARTICLES.get(kind) ?? `a ${kind}`)
    .join(' or ')

/** Where rows come from, and who may see which. */
const OF_DATA = /^(?:table|column|policy|rule|function|trigger|grant|sequence)$/
const OF_SIGHT = /\b(?:search_path|row_security)\b/

/**
 * Something of the database differs too that has the name of the path: for /api/hosts the table hosts, or one that stands
 * before it. `word` of a path is its last one, of which a table may have the singular.
 */
function isOfChangedData(path: string, differences: readonly Changed[]): boolean {
  const stem = (word: string): string => word.toLowerCase().replace(/s$/, '')
  const word = stem(path.split('/').findLast((one) => one !== '') ?? '')
  return differences.some(({ area, object, was, now }) =>
    OF_DATA.test(area)
      ? word.length >= 3 && object.split('.').some((name) => stem(name) === word)
      : /^(?:role|database|setting)/.test(area) && OF_SIGHT.test(`${object} ${was} ${now}`),
  )
}

/** A new version of its package, another release behind a link, or several files of its program at once. */
function wasUpgraded(differences: readonly Changed[]): boolean {
  const isLinkElsewhere = ({ area, object, was, now }: Changed): boolean =>
    area === 'file' &&
    !object.startsWith('/etc/') &&
    was !== now &&
    / link -> /.test(was) &&
    / link -> /.test(now)
  const program = differences.filter(
    ({ area, object }) =>
      (area === 'file' || area === 'line') &&
      /^\/(?:opt|srv|usr)\/.*\.(?:py|m?js|ts|rb|php|go|jar|so|html)(?::\d+)?$/.test(object),
  )
  const isPackage = ({ area, object }: Changed): boolean => area === 'package' && /debvisor/.test(object)
  return differences.some((one) => isPackage(one) || isLinkElsewhere(one)) || program.length >= SEVERAL
}

const SEVERAL = 3

/**
 * The newer look with what earlier healthy ones saw of the answers: of paths that it did not ask, and all kinds that a
 * field has had, so that what comes and goes is known as such. `oldest`: what was last seen before that is forgotten.
 */
export function keepAnswers(look: Snapshot, before: Snapshot, oldest: number): Snapshot {
  const answers = Object.entries(look.answers).map(([probe, lines]): [string, readonly string[]] => {
    const older = before.answers[probe] ?? []
    const isOne = look.asked?.[probe] === before.asked?.[probe] && [...lines, ...older].some(isAnswer)
    return [probe, isOne ? merged(lines, older, oldest) : lines]
  })
  return { ...look, answers: Object.fromEntries(answers) }
}

const isAnswer = (line: string): boolean => line.startsWith(`${ANSWER}\t`)

function merged(lines: readonly string[], older: readonly string[], oldest: number): string[] {
  const [now, was] = [columnsByKey(lines), columnsByKey(older)]
  const kept = [...was].flatMap(([key, [number = '0', value = '']]): string[] => {
    const [path = ''] = key.split(' ')
    const whole = was.get(path)
    if (now.has(path)) {
      // Part of what it once had, or what it has too.
      return key === path || now.has(key) || now.get(path)?.[1] !== whole?.[1] || key.includes(' script ')
        ? []
        : [lineOf(key, number, value.replace(/^always/, 'sometimes'))]
    }
    return Number(whole?.[0] ?? 0) >= oldest ? [lineOf(key, number, value)] : []
  })
  const asked = lines.map((line) => {
    const [, key = '', number = '0', , value = ''] = line.split('\t')
    const old = isAnswer(line) ? was.get(key) : undefined
    if (!old || !/^(?:always|sometimes): /.test(value)) return line
    const [one, other] = [partOf(value, Number(number)), partOf(old[1] ?? '', Number(old[0]))]
    const both: Part = {
      seen: Math.min(one.seen + other.seen, MOST_SEEN),
      always: one.always && other.always,
      kinds: new Set([...one.kinds, ...other.kinds]),
      marks: new Set([...one.marks, ...other.marks]),
    }
    return lineOf(key, String(both.seen), printed(both))
  })
  const end = asked.filter((line) => line.startsWith('end\t'))
  const all = [...asked.filter((line) => !line.startsWith('end\t')), ...kept.slice(0, MOST_KEPT)]
  return [...all, ...end]
}

const MOST_SEEN = 9_999
/** Of paths that were not asked this time, and fields that were not there. */
const MOST_KEPT = 400

const lineOf = (key: string, number: string, value: string): string =>
  [ANSWER, key, number, '-', value].join('\t')

const columnsByKey = (lines: readonly string[]): Map<string, readonly [string, string]> =>
  new Map(
    lines.filter(isAnswer).map((line) => {
      const [, key = '', number = '0', , ...value] = line.split('\t')
      return [key, [number, value.join(' ')]]
    }),
  )
