import { posix } from 'node:path'
import { targetOfLink } from '../findings/difference.ts'
import type { Fact } from './snapshot.ts'

/** Paths of links, by what they lead to. */
export type Links = ReadonlyMap<string, ReadonlySet<string>>

export function linksOf(facts: readonly Fact[]): Links {
  const links = new Map<string, Set<string>>()
  for (const { area, key, value } of facts) {
    const target = area === 'file' ? targetOfLink(key, value) : undefined
    if (target !== undefined) links.set(target, (links.get(target) ?? new Set()).add(key))
  }
  return links
}

const MOST_NAMES = 5

/** What the file is called where links lead to it, or to a folder above it. */
export function otherNames(path: string, links: Links): string[] {
  const names: string[] = []
  for (let at = path; at !== '/' && at !== '.'; at = posix.dirname(at))
    for (const link of links.get(at) ?? []) names.push(link + path.slice(at.length))
  return names.slice(0, MOST_NAMES)
}
