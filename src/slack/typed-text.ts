/**
 * Undoes what Slack and keyboards make of typed text: links (`<http://host1|host1>`), escaped mentions
 * (`<@U1|ana>`), entities, curly quotes, long dashes, odd and invisible spaces. What comes out is what the
 * engineer meant to type.
 */
export function unwrap(text: string): string {
  const unlinked = text
    .replace(/<(?:https?:\/\/|mailto:)[^<>|]*\|([^<>|]*)>/g, '$1')
    .replace(/<(https?:\/\/[^<>|]*)>/g, '$1')
    .replace(/<mailto:([^<>|]*)>/g, '$1')
    .replace(/<([@#])[A-Z0-9]+\|([^<>|]*)>/g, '$1$2')
    .replace(/<!(?:subteam\^[A-Z0-9]+\|)?@?([^<>|]*)(?:\|[^<>|]*)?>/g, '@$1')
    .replace(/<([@#][A-Z0-9]+)>/g, '$1')
  return unescapeText(unlinked)
    .replace(/[\u201C\u201D\u201E\u201F]/g, '"')
    .replace(/[\u2018\u2019\u201A\u201B]/g, "'")
    .replace(/(^|\s)[\u2013\u2014\u2015]/g, '$1--')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g, ' ')
    .replace(/[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, '')
    .trim()
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For mrkdwn and `text`: without these three there is no mention, no link, no broadcast. */
export const escapeText = (text: string): string => text.replace(/[&<>]/g, (c) => entities[c] ?? c)

/** The text of a message as it was before, for where Slack shows plain text: a form's elements and errors. */
export const unescapeText = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Escaped text of at most `max` characters, the cut shown as "…"; an entity is never cut in two. */
export function escapeTo(text: string, max: number): string {
  const escaped = escapeText(text)
  if (escaped.length <= max) return escaped
  let length = 0
  let cut = ''
  for (const character of text) {
    const next = escapeText(character)
    length += next.length
    if (length > max - 1) break
    cut += next
  }
  return `${cut}…`
}

/** The users whom a text mentions as Slack writes it with `should_escape`: `<@U0123|ana>`, `<@U0123>`. */
export const mentionedIn = (text: string): readonly string[] =>
  [...text.matchAll(/<@([UW][A-Z0-9]{2,20})(?:\|[^<>]*)?>/g)].map((match) => match[1] ?? '')
