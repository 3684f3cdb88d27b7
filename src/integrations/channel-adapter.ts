import type { Bundle } from '../runs/bundle.ts'
import type { Run } from '../runs/run.ts'
import type { Block } from '../text/plain-and-html.ts'
import type { Miss } from './tracker.ts'

/**
 * A way to reach people. Each has one file in its folder here and one row in escalation/channels.ts, which says when it
 * is used.
 */
export interface ChannelAdapter<Kept, Settings, Tools = Settings> {
  readonly record: RecordFormat<Kept>
  /** What is known of the channel before anything is sent. */
  readonly atFirst: (problemKey: string) => Partial<Kept>
  readonly isConfigured: (settings: Settings) => boolean
  /** Undefined: nothing can be sent with these settings. */
  readonly connect: (settings: Tools) => Sender<Kept> | undefined
  /** For `debvisor doctor`: asks whether it would work, and reaches nobody. */
  readonly check: (settings: Settings) => Promise<ChannelCheck>
  /**
   * Whom it reached, for messages: "e-mail to lead@example.org". Null: nobody who has the escalation now (`assignee`).
   */
  readonly reached: (kept: Kept, assignee: string | null) => string | null
  /** Whether somebody else proved that it was delivered: then it is not sent again. */
  readonly isProven: (kept: Kept) => boolean
}

/**
 * How the record of a channel stands in the column `escalations.external`. All channels share that column, so each has
 * keys of its own.
 */
export interface RecordFormat<Kept> {
  readonly read: (stored: StoredFacts) => Kept | null
  /** What is left out stays as it is stored. */
  readonly write: (kept: Partial<Kept>) => StoredFacts
}

/** An empty text stands for nothing. */
export type StoredFacts = Readonly<Record<string, string>>

/** Sends one notice. A try that is repeated after a lost answer reaches nobody twice. */
export type Sender<Kept> = (notice: Notice<Kept>) => Promise<SendResult<Kept>>

export type SendResult<Kept> =
  | {
      readonly ok: true
      readonly kept: Partial<Kept>
      /** It had arrived at an earlier try, and this has happened there since. */
      readonly since?: { readonly what: 'acknowledged' | 'resolved'; readonly by: string } | undefined
    }
  | Miss

/** `open` brings an escalation to somebody; the others tell the channel what became of it. */
export type Act = 'open' | 'acknowledge' | 'resolve'

/** What has to be told through a channel. Its methods leave out what Slack does not say soon. */
export interface Notice<Kept> {
  readonly escalationId: string
  readonly problemKey: string
  readonly act: Act
  /** With this one; more than 1: an earlier try may have arrived without its answer. */
  readonly tries: number
  readonly run: Run
  /** The host's nearest inventory group. */
  readonly group: string | undefined
  /** Slack user. */
  readonly assignee: string | null
  /** How often it came back from a level above. */
  readonly handedBack: number
  /** Why the on-call is paged outside production. */
  readonly reason: string | null
  /** Of the escalation. */
  readonly createdAt: Date
  /** Who asked; where `byTime`, for the level whose time was over. */
  asker(): Promise<{ readonly by: string; readonly byTime: boolean }>
  bundle(): Promise<Bundle>
  /** Verdict, causes and what could not be seen, as a text for one person. */
  letter(): Promise<Letter>
  /** What the levels below know. */
  history(): Promise<History>
  /** What is kept of this channel for the problem's other escalations. */
  others(): Promise<readonly Kept[]>
}

export interface Letter {
  readonly subject: string
  readonly blocks: readonly Block[]
  readonly attachment: { readonly filename: string; readonly content: string }
}

export interface History {
  readonly ticket?: { readonly name: string; readonly url: string | undefined }
  /**
   * Who was contacted, when, through which channels, who acknowledged, what was answered: a line each, oldest first.
   */
  readonly lines: readonly string[]
}

/** `off`: not configured, which is allowed. */
export interface ChannelCheck {
  readonly what: string
  readonly state: 'good' | 'bad' | 'off'
  readonly said: string
  readonly remedy?: string
}
