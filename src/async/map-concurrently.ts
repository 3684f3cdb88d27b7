/** As Promise.all over `map`, with at most `limit` of them under way at once. */
export async function mapConcurrently<I, O>(
  items: readonly I[],
  limit: number,
  map: (item: I) => Promise<O>,
): Promise<O[]> {
  const results: O[] = []
  const left = items.entries()
  const work = async (): Promise<void> => {
    for (const [at, item] of left) results[at] = await map(item)
  }
  await Promise.all(Array.from({ length: limit }, work))
  return results
}
