import type { Runbook } from './runbook/runbook.ts'

/** Of a runbook, what it is chosen by. */
export type Choosable = Pick<
  Runbook,
  'topic' | 'aliases' | 'title' | 'symptoms' | 'words' | 'alerts' | 'order' | 'findings'
>

export interface Choice {
  readonly topic: string
  /**
   * One clause: the words that decided, or that nothing decided and this is a first look. It quotes only those words of
   * the engineer that count.
   */
  readonly reason: string
  /** False: a first look. */
  readonly decided: boolean
}

/**
 * The runbook whose symptoms the words describe. A word counts by where a runbook has it and by how few runbooks have
 * it; two words that stand side by side in a symptom count more. The name of an alert decides alone. Undefined only
 * where there is no runbook.
 * Deterministic: the same words choose the same runbook.
 */
export function triage(runbooks: readonly Choosable[], said: string): Choice | undefined {
  const named = byAlert(runbooks, said)
  if (named) return named
  const words = wordsOf(said)
  if (words.length === 0) return firstLook(runbooks, 'no symptom was named')
  const vocabularies = runbooks.map(vocabularyOf)
  const scored = vocabularies
    .map((vocabulary) => ({ vocabulary, score: scoreOf(words, vocabulary, vocabularies) }))
    .sort((a, b) => b.score - a.score || a.vocabulary.runbook.order - b.vocabulary.runbook.order)
  const [best, second] = scored
  if (!best || best.score < LEAST) return firstLook(runbooks, 'no symptom has these words')
  if (second && best.score < second.score * CLEARLY) {
    const both = [best, second].map(({ vocabulary }) => vocabulary.runbook.topic)
    return firstLook(runbooks, `the words fit ${both.join(' and ')} alike`)
  }
  return { topic: best.vocabulary.runbook.topic, reason: because(words, best.vocabulary), decided: true }
}

/** As monitoring writes alerts: `DebVisorHighLatency`. No symptom is written so. */
const ALERT = /(?<![\w.:-])[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*(?![\w.:-])/

function byAlert(runbooks: readonly Choosable[], said: string): Choice | undefined {
  const typed = new Map((said.match(/[A-Za-z][\w.:-]+/g) ?? []).map((word) => [word.toLowerCase(), word]))
  for (const { topic, alerts } of runbooks) {
    const alert = alerts.find((name) => typed.has(name.toLowerCase()))
    if (alert) return { topic, reason: `chosen by the alert ${alert}`, decided: true }
  }
  const unknown = ALERT.exec(said)?.[0]
  return unknown && wordsOf(said).length === 1
    ? firstLook(runbooks, `no runbook is for the alert ${unknown}`)
    : undefined
}

/** One word of a title that another topic has too is not enough; a word of a symptom is. */
const LEAST = 1.5
/** How far the best must be ahead. */
const CLEARLY = 1.2

/** A first look takes the topic that can tell the most findings. Whatever is wrong, it is the likeliest to see it. */
function firstLook(runbooks: readonly Choosable[], why: string): Choice | undefined {
  const [widest] = [...runbooks].sort((a, b) => b.findings.length - a.findings.length || a.order - b.order)
  if (!widest) return undefined
  const all = new Set(runbooks.flatMap(({ findings }) => findings.map(({ id }) => id))).size
  const sees = `${widest.topic} can tell the most (${widest.findings.length} of ${all} findings)`
  return { topic: widest.topic, reason: `first look: ${why}, and ${sees}`, decided: false }
}

/** What a runbook says of itself, as stems. */
interface Vocabulary {
  readonly runbook: Choosable
  /** The most that a stem counts. */
  readonly weights: ReadonlyMap<string, number>
  /** Stems that stand side by side. */
  readonly pairs: ReadonlySet<string>
}

const WEIGHTS = { name: 4, symptom: 3, title: 2 } as const
const PAIR = 2

function vocabularyOf(runbook: Choosable): Vocabulary {
  const { topic, aliases, symptoms, words, title } = runbook
  const phrases = [
    ...[topic, ...aliases].map((text) => [text, WEIGHTS.name] as const),
    ...[...symptoms, ...words].map((text) => [text, WEIGHTS.symptom] as const),
    [title, WEIGHTS.title] as const,
  ]
  const weights = new Map<string, number>()
  const pairs = new Set<string>()
  for (const [text, weight] of phrases) {
    const stems = wordsOf(text).map(({ stem }) => stem)
    for (const stem of stems) weights.set(stem, Math.max(weights.get(stem) ?? 0, weight))
    for (const pair of pairsOf(stems)) pairs.add(pair)
  }
  return { runbook, weights, pairs }
}

function scoreOf(words: readonly Word[], vocabulary: Vocabulary, all: readonly Vocabulary[]): number {
  const stems = words.map(({ stem }) => stem)
  const rarity = (has: (one: Vocabulary) => boolean): number => 1 / Math.max(1, all.filter(has).length)
  const single = [...new Set(stems)].map(
    (stem) => (vocabulary.weights.get(stem) ?? 0) * rarity((one) => one.weights.has(stem)),
  )
  const paired = [...new Set(pairsOf(stems))].map((pair) =>
    vocabulary.pairs.has(pair) ? PAIR * rarity((one) => one.pairs.has(pair)) : 0,
  )
  return [...single, ...paired].reduce((sum, points) => sum + points, 0)
}

const pairsOf = (stems: readonly string[]): string[] => stems.slice(1).map((stem, i) => `${stems[i]} ${stem}`)

function because(words: readonly Word[], { runbook, weights }: Vocabulary): string {
  const counted = words.filter(({ stem }) => weights.has(stem))
  const said = [...new Set(counted.map(({ text }) => `“${text}”`))].join(', ')
  const shared = (symptom: string): number => {
    const stems = new Set(wordsOf(symptom).map(({ stem }) => stem))
    return new Set(counted.filter(({ stem }) => stems.has(stem)).map(({ stem }) => stem)).size
  }
  const symptom = runbook.symptoms.reduce((best, one) => (shared(one) > shared(best) ? one : best), '')
  // One word in common among several is chance.
  const cited = shared(symptom) > 1 || (counted.length === 1 && shared(symptom) === 1)
  return cited ? `chosen by ${said}, as in its symptom: ${symptom.replaceAll('`', '')}` : `chosen by ${said}`
}

interface Word {
  /** Letters and digits, small. */
  readonly text: string
  readonly stem: string
}

function wordsOf(text: string): Word[] {
  const plain = text.toLowerCase().replaceAll(/['’]/g, '')
  return (plain.match(/[a-z0-9]+/g) ?? [])
    .filter((word) => word.length > 1 && !fillers.has(word))
    .map((word) => ({ text: word, stem: stemOf(word) }))
}

/** Words that say nothing of what is wrong, and those that every host has. */
const fillers: ReadonlySet<string> = new Set(
  `an and are as at be been but by can cannot cant could did do does doesnt dont for from had has have host how i if in into is isnt it its
   just keeps like machine me my no not now of off on one or our out please server since so some that the their them then there these they
   this to up us was we were what when where which who why will with wont you your seems seem today yesterday since after again all any
   debvisor very`
    .trim()
    .split(/\s+/),
)

/**
 * Crude, and the same on both sides: "failures", "failing" and "fails" are one; at least three letters stay. No ending is
 * made of two others, or a pasted token would take for ever.
 */
const stemOf = (word: string): string =>
  word.replace(/ies$/, 'y').replace(/^([a-z].{2,}?)(?:ing|ion|ure|ed|ly|er|s|e)+$/, '$1')
