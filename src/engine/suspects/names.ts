import { contentOf, type Difference } from '../../findings/difference.ts'

/** What people would call it in an error: a path, or the last part of a name of the database. */
export function nameOf({ area, object }: Difference): string {
  if (object.startsWith('/')) return area === 'line' ? object.replace(/:\d+$/, '') : object
  // A function's arguments are parted by spaces too.
  const [name = ''] = object.split('(', 1)
  return name.split(/[ .]/).at(-1) ?? name
}

/** What may be files in a text: without the folder, for with another one it is another file. */
export const filesIn = (text: string): Set<string> =>
  new Set(text.split(/[\s"'`()[\]{},;=<>]+/).map((word) => word.replace(/(?::\d+)*[:.]*$/, '')))

const PARTS_OF_TABLES = /^(?:column|index|constraint|trigger|policy|rule)$/

/** In `database.schema.table.part`; empty: it is no part of a table. */
export const tableOf = ({ area, object }: Difference): string =>
  PARTS_OF_TABLES.test(area) ? (object.split('.')[2] ?? '').toLowerCase() : ''

/** Names that are in each error, or in none of its own right. */
const EVERYWHERE =
  /^(?:debvisor|nginx|postgres(?:ql)?|public|main|default|system|localhost|service|python3?|server|error|user|name|status|value|true|false|root|host|port|data|time|type|id|\d{1,3})$/

export const isTelling = (name: string): boolean => name.length >= 4 && !EVERYWHERE.test(name)

/** A longer path that begins with it is another one. */
export const containsName = (text: string, name: string): boolean =>
  isFollowedBy(text, name, name.startsWith('/') ? /^(?![\w/-]|\.\w)/ : /^(?![\w-])/)

/** A folder right below the root has too much in it. */
export const isFolderOf = (text: string, name: string): boolean =>
  name.lastIndexOf('/') > 0 && isFollowedBy(text, name, /^\/\w/)

/** Whether it stands there as a word of its own, and `rest` comes next. */
function isFollowedBy(text: string, name: string, rest: RegExp): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = at + name.length
    if (!/[\w-]/.test(text[at - 1] ?? '') && rest.test(text.slice(end, end + 2))) return true
  }
  return false
}

/** What stands in errors and statements of all kinds. */
const OF_ALL_ERRORS =
  /^(?:after|and|before|because|could|does|exists?|failed|from|have|http|https|into|line|null|request|response|select|insert|update|delete|table|column|upstream|client|values|where|while|with|without|this|that|then|when|which|return|returning|reading)$/

export const wordsOf = (text: string): Set<string> =>
  new Set(
    text
      .toLowerCase()
      .match(/[a-z_][a-z0-9_-]{3,60}|\d{4,5}/g)
      ?.filter((word) => isTelling(word) && !OF_ALL_ERRORS.test(word)),
  )

/** Those of what changed in it, not of what stayed, and of its name. */
export function wordsOfDifference(difference: Difference): Set<string> {
  const { was, now } = contentOf(difference)
  const [before, after] = [wordsOf(was), wordsOf(now)]
  const changed = [...before]
    .filter((word) => !after.has(word))
    .concat([...after].filter((word) => !before.has(word)))
  const stayed = was === '' || now === '' || changed.length > 0 ? [] : [...after]
  return new Set([...changed, ...stayed, ...wordsOf(difference.object.replaceAll('/', ' '))])
}
