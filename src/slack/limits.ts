/**
 * What Slack takes, from docs.slack.dev/reference/block-kit (2026). The whole of a message's blocks is not
 * documented: it fails with `msg_blocks_too_long` near 13,200 characters, their JSON included
 * (slackapi/bolt-js#2509, #2867), so we stay well below.
 */
export const LIMITS = {
  /** chat.update refuses more than 4,000; chat.postMessage would take 40,000. */
  text: 3_000,
  blocks: 50,
  blocksJson: 12_000,
  section: 3_000,
  buttonText: 75,
  contextElements: 10,
  viewTitle: 24,
  viewBlocks: 100,
  /** Slack takes 250 KB; so much is never read. */
  viewJson: 100_000,
  options: 100,
  optionText: 75,
  optionValue: 150,
  inputValue: 3_000,
  privateMetadata: 3_000,
} as const
