/**
 * The nearest of `candidates` to what was typed, when it is near enough to be a slip: at most a third of the letters
 * differ.
 */
export function didYouMean(typed: string, candidates: Iterable<string>): string | undefined {
  if (typed.length > 60) return undefined
  let best: { word: string; distance: number } | undefined
  for (const word of candidates) {
    const distance = editDistance(typed.toLowerCase(), word.toLowerCase())
    if (
      distance <= Math.max(1, Math.floor(Math.min(typed.length, word.length) / 3)) &&
      distance < (best?.distance ?? 99)
    )
      best = { word, distance }
  }
  return best?.word
}

/** Optimal string alignment: insert, delete, replace, and swap of neighbours each cost one. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(cell(previous, j) + 1, cell(row, j - 1) + 1, cell(previous, j - 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, cell(beforePrevious, j - 2) + 1)
      row.push(cost)
    }
    beforePrevious = previous
    previous = row
  }
  return cell(previous, b.length)
}

const cell = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
