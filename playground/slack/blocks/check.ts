import { RULES, type Surface, textLength } from './rules.ts'
import { all, isFields, list, problem, tagged } from './shape.ts'

const MOST: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 }

/** Everything that is wrong with the blocks of one message or view; empty when Slack would take them. */
export function checkBlocks(
  surface: Surface,
  blocks: unknown,
  refused: ReadonlySet<string>,
  at = '/blocks',
): readonly string[] {
  const kinds = Object.entries(RULES).filter(
    ([type, rule]) => rule.on.includes(surface) && !refused.has(type),
  )
  const each = tagged(Object.fromEntries(kinds.map(([type, rule]) => [type, rule.check])))
  return all(list(each, 0, MOST[surface]), together)(blocks, at)
}

/** What holds between the blocks of a message. */
function together(value: unknown, at: string): readonly string[] {
  if (!Array.isArray(value)) return []
  const count = (type: string) => value.filter((each) => isFields(each) && each.type === type).length
  const markdown = value.filter((each) => isFields(each) && each.type === 'markdown')
  return [
    ...(count('plan') > 1 ? [problem('only_one_plan_allowed', at)] : []),
    ...(count('table') > 1 ? [problem('only_one_table_allowed', at)] : []),
    ...(count('data_visualization') > 2
      ? [problem('only two data_visualization blocks are allowed', at)]
      : []),
    ...(count('plan') > 0 && count('task_card') > 0
      ? [problem('plan and task_card cannot be used together', at)]
      : []),
    ...(textLength(markdown) > 12_000
      ? [problem('must be less than 12001 characters in all markdown blocks', at)]
      : []),
    ...twice(value, 'block_id').map((id) => problem(`duplicate block_id: ${id}`, at)),
    ...value.flatMap((each, index) =>
      isFields(each) && Array.isArray(each.elements)
        ? twice(each.elements, 'action_id').map((id) =>
            problem(`duplicate action_id: ${id}`, `${at}/${index}`),
          )
        : [],
    ),
  ]
}

function twice(items: readonly unknown[], name: string): readonly string[] {
  const ids = items.flatMap((item) => (isFields(item) && typeof item[name] === 'string' ? [item[name]] : []))
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
}

/**
 * Slack's limit for a whole message is not documented: 13,297 characters of markdown fail, 13,172 with a
 * divider beside them (slackapi/bolt-js#2509), so the JSON seems to be counted. A data table has its own,
 * larger limit.
 */
export function tooLongTogether(blocks: readonly unknown[]): boolean {
  const counted = blocks.filter((each) => !(isFields(each) && each.type === 'data_table'))
  return JSON.stringify(counted).length > 13_200
}
