import type { Host } from '../inventory/inventory.ts'
import type { Queryable } from '../store/db.ts'

/** A channel in which alerts on the hosts of a group are told, in place of their sender's. */
export interface ChannelOfGroup {
  readonly group: string
  readonly channel: string
  /** Slack user. */
  readonly by: string
  readonly at: Date
}

const columns = 'host_group AS "group", channel, slack_user AS by, created_at AS at'

export async function channelsOfGroups(db: Queryable, team: string): Promise<ChannelOfGroup[]> {
  const sql = `SELECT ${columns} FROM debvisor.channel_groups WHERE team = $1 ORDER BY host_group`
  return (await db.query<ChannelOfGroup>(sql, [team])).rows
}

export type Binding = Pick<ChannelOfGroup, 'group' | 'channel' | 'by'> & { readonly team: string }

/** False: a channel has that group already. */
export async function bindChannel(tx: Queryable, { team, group, channel, by }: Binding): Promise<boolean> {
  const { rowCount } = await tx.query(
    `INSERT INTO debvisor.channel_groups (team, host_group, channel, slack_user) VALUES ($1, $2, $3, $4)
     ON CONFLICT (team, host_group) DO NOTHING RETURNING host_group`,
    [team, group, channel, by],
  )
  return rowCount === 1
}

/** False: that channel has it no more. */
export async function unbindChannel(
  tx: Queryable,
  { team, group, channel }: Omit<Binding, 'by'>,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'DELETE FROM debvisor.channel_groups WHERE team = $1 AND host_group = $2 AND channel = $3',
    [team, group, channel],
  )
  return rowCount === 1
}

/** Of a host's groups the nearest that a channel has; undefined: none has any. */
export const channelOf = (
  { groups }: Pick<Host, 'groups'>,
  bound: readonly ChannelOfGroup[],
): string | undefined =>
  groups.flatMap((group) => bound.find((each) => each.group === group)?.channel ?? [])[0]
