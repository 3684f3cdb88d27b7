import { didYouMean } from '../text/did-you-mean.ts'

const MOST = 3

/** "Did you mean": the candidates that a slip of the keyboard away from `name`, nearest first, three at most. */
export function suggest(name: string, candidates: Iterable<string>): string[] {
  const left = new Set(candidates)
  const near: string[] = []
  while (near.length < MOST) {
    const next = didYouMean(name, left)
    if (next === undefined) break
    near.push(next)
    left.delete(next)
  }
  return near
}
