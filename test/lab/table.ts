import { platformNamed } from './platforms/platform.ts'
import { percent, type Results, type Row, type Total, totals } from './results.ts'

const rights = {
  granted: 'with what `debvisor sudoers` prints and `pg_monitor`',
  login: 'with the groups `adm` and `systemd-journal` only',
} as const

/**
 * docs/lab.md: what scores said, as Markdown. The first one has all its rows, the others their totals and what they missed. `firstSights` are the
 * scores of the rounds of cases that were built without sight of the rules, each taken before a rule was changed for it.
 */
export function table(results: readonly Results[], firstSights: readonly Results[] = []): string {
  const [full, ...others] = results
  if (!full) throw new Error('there are no results')
  return [
    '# What the fault lab measured',
    '',
    'Made by `npx tsx test/lab/lab.ts table RESULTS…` from what `npm run test:lab -- --json FILE` wrote. Do not edit it. What the columns',
    'mean and how to run it: [test/lab/README.md](../test/lab/README.md). Seconds are of the whole command line, with the start of Node.',
    '',
    ...results.flatMap(summary),
    ...(firstSights.length > 0 ? sight(firstSights) : []),
    `## Every case, ${hostsOf(full)}, ${rights[full.rights]}`,
    '',
    '| case | true cause | said first | right | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...full.rows.map(line),
    '',
    ...others.flatMap(missed),
  ].join('\n')
}

function summary(results: Results): string[] {
  const { commit, at, rights: which, rows, churn, snapshot } = results
  return [
    `## ${hostsOf(results)}: the login ${rights[which]}${snapshot ? ', with a snapshot' : ''}`,
    '',
    `Commit ${commit}, ${at}.${churn ? ' Ten harmless changes were made on each host, one of them after its fault.' : ''}`,
    '',
    '| cases | right | | slowest |',
    '| --- | --- | --- | --- |',
    ...totals(rows).map(
      (total) =>
        `| ${total.name} | ${total.right} of ${total.of}${ways(total)} | ${percent(total)} | ${total.slowest.toFixed(1)} s |`,
    ),
    '',
  ]
}

/** The shape of DebVisor and the Debian that were measured. */
const hostsOf = ({ platform = 'guide' }: Results): string => platformNamed(platform).label

/** Empty where no suspect counted, as in every score without a snapshot. */
function ways({ right, bySuspect, falseSuspects }: Total): string {
  if (falseSuspects > 0) return ` (${falseSuspects} false suspects)`
  return bySuspect > 0 ? ` (${right - bySuspect} by cause, ${bySuspect} by suspect)` : ''
}

function sight(rounds: readonly Results[]): string[] {
  return [
    '## At first sight',
    '',
    'The cases marked ◦ were built by a hand that had not seen the rules, in rounds. This is what the rules of then said of each round, before one was',
    'changed for it, while other work kept the machine busy.',
    '',
    ...rounds.flatMap(({ commit, at, rows }, number) => [
      `Round ${number + 1}: commit ${commit}, ${at}.`,
      '',
      '| cases | right | |',
      '| --- | --- | --- |',
      ...totals(rows)
        .filter(({ name }) => name !== 'unseen faults')
        .map(
          (total) => `| ${total.name} | ${total.right} of ${total.of}${ways(total)} | ${percent(total)} |`,
        ),
      '',
    ]),
  ]
}

function line({ id, unseen, cause, first, suspect, by, right, broken, why, seconds }: Row): string {
  const said = by === 'suspect' && suspect ? suspect : first
  const verdict = right ? (by === 'suspect' ? 'yes, by suspect' : 'yes') : `no: ${cell(why)}`
  return `| ${id}${unseen ? ' ◦' : ''} | ${cell(cause)} | ${cell(said)} | ${broken ? 'the lab failed' : verdict} | ${seconds.toFixed(1)} |`
}

function missed(results: Results): string[] {
  const { rights: which, rows } = results
  const wrong = rows.filter(({ right }) => !right)
  return [
    `## What was missed on ${hostsOf(results)} ${rights[which]}`,
    '',
    ...(wrong.length === 0
      ? ['Nothing.']
      : ['| case | true cause | said first | right | seconds |', '| --- | --- | --- | --- | --- |']),
    ...wrong.map(line),
    '',
  ]
}

const cell = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 160)
