import type { FixTouches } from './fix-touches.ts'

/**
 * What a run concludes. Plain data: it is stored, replayed, posted and printed as it stands.
 * All text in it has passed redact/ already.
 */

export type Severity = 'critical' | 'warning' | 'info'

/**
 * `cause`: explained by nothing that is true. `consequence`: a true finding explains it. `suspect`: something that is
 * not as it was when all was well, and may be to blame; it never changes a verdict. `notice`: never changes one either.
 */
export type Role = 'cause' | 'consequence' | 'suspect' | 'notice'

/** `proven`: the evidence shows it. `likely`: something else could look the same. `suspect`: it changed, no more. */
export type Confidence = 'proven' | 'likely' | 'suspect'

/** A quotation of what the host answered, with the probe that asked. */
export interface Evidence {
  readonly probe: string
  readonly text: string
}

export interface Finding {
  /** Equal across topics, such as `postgresql.disk-full`: with `subject` it keys escalations. */
  readonly id: string
  readonly role: Role
  readonly severity: Severity
  /** Absent: proven. */
  readonly confidence?: Exclude<Confidence, 'proven'>
  /** It says what is wrong; why is not known. */
  readonly symptom?: true
  /** One clause without a full stop: "PostgreSQL is down". */
  readonly title: string
  /** As a subordinate clause for a headline, "its disk is full": `<consequence title> because <because>`. */
  readonly because?: string
  /** One line with the figures: "/var is 100 % used (0 B free of 20 GB)". */
  readonly detail: string
  /** What is responsible: a mount, a unit, a database, a process. */
  readonly subject: string
  readonly evidence: readonly Evidence[]
  /** The guide's resolution, in order. */
  readonly resolution: readonly string[]
  /** Id of the runbook's fix that would mend it. */
  readonly fix?: string
  /** What it would change and whom else it concerns. Absent: nothing that was seen. */
  readonly touches?: FixTouches
  /** Ids of the true findings that explain this one (only consequences have them). */
  readonly explainedBy?: readonly string[]
  /** The topic that looks into it. Absent: the one that was asked. */
  readonly topic?: string
}

/** What could not be looked at, why, and what would allow it. */
export interface Unknown {
  readonly probe: string
  readonly reason: string
  readonly remedy: string
}

export type VerdictWord = 'healthy' | 'problem' | 'inconclusive'
