import type { Rig } from './bot.ts'

/** Samples of a scrape by name and labels: `debvisor_runs_total{topic="db",verdict="healthy"}`. */
export type Samples = ReadonlyMap<string, number>

export const TOKEN = 'metrics-token-of-the-test'

export const get = (rig: Pick<Rig, 'bot'>, path: string, token?: string): Promise<Response> =>
  fetch(`${rig.bot.url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })

export async function scrape(
  rig: Pick<Rig, 'bot'>,
  url = `${rig.bot.url}/metrics`,
): Promise<{ text: string; samples: Samples }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${text}`)
  return { text, samples: samplesOf(text) }
}

/** As Prometheus reads the text: what it would not take fails here. */
export function samplesOf(text: string): Samples {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z0-9_]+ ./.test(line)) continue
    const [, sample = '', value = ''] =
      /^([a-z0-9_]+(?:\{(?:[a-z_]+="[^"\\\n]*",?)+\})?) (-?[\d.]+(?:e[+-]\d+)?|\+Inf|NaN)$/.exec(line) ?? []
    if (sample === '') throw new Error(`no sample: ${line}`)
    if (samples.has(sample)) throw new Error(`twice: ${sample}`)
    samples.set(sample, Number(value))
  }
  return samples
}

/** What has grown between two scrapes, by how much. */
export const grown = (before: Samples, after: Samples): Record<string, number> =>
  Object.fromEntries(
    [...after].flatMap(([sample, value]) => {
      const by = value - (before.get(sample) ?? 0)
      return by === 0 ? [] : [[sample, by]]
    }),
  )
