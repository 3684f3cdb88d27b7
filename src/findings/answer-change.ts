/** How the form of what DebVisor answers to a path is not what it was when the host was well. No value of it is known. */
export interface AnswerChange {
  readonly path: string
  /** Which part of it, as `hosts[].at`; empty: all of it. */
  readonly field: string
  /** As a clause: "the field hosts[].at is gone". */
  readonly said: string
  /** What reads the answer misses something. Else it has more, or what comes and goes with the data. */
  readonly worse: boolean
  /** How often the part was seen this time. */
  readonly seen: number
}
