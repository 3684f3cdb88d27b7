import type { Severity } from '../../findings/finding.ts'
import type { ProbeType } from '../language/evidence-types.ts'
import type { Expression } from '../language/expression.ts'
import type { Template } from '../language/template.ts'
import type { Parser } from '../parsers/parser.ts'
import type { ParameterFile, ParameterType } from './schema.ts'

/** A probe, its expressions compiled. */
export interface Probe {
  readonly id: string
  readonly title: string
  readonly guide: string | undefined
  readonly run: string | undefined
  readonly privileged: readonly string[] | undefined
  /** The parameter whose port the bot connects to. */
  readonly connect: string | undefined
  readonly parser: Parser | undefined
  readonly answers: readonly number[]
  readonly timeoutMs: number
  readonly needs: Expression | undefined
  readonly values: ReadonlyMap<string, { readonly type: ParameterType; readonly from: Expression }>
  readonly package: string | undefined
  readonly grant: string | undefined
  readonly expose: boolean
  /** It is asked before all others: parameters may take what it found. */
  readonly first: boolean
  /**
   * It prints facts of a snapshot, or what is not as in its package: no condition reads them. `evidence`: it is evidence
   * like any other probe, and some of its lines are facts as well.
   */
  readonly snapshot: boolean | 'packages' | 'evidence'
  /** Its answer ends with a mark of its own (parsers/complete-output.ts). */
  readonly whole: boolean
  /** Whose log its rows are, and whether it is the platform's own. A line, as `it`, for which one of `strangers` is true is about somebody else; one of `ours`: about a look of the bot. */
  readonly log:
    | {
        readonly of: string
        readonly own: boolean
        readonly strangers: readonly Expression[]
        readonly ours: readonly Expression[]
      }
    | undefined
  readonly type: ProbeType
}

export interface Fact {
  readonly name: string
  /** CEL's name of it. */
  readonly type: string
  /** Undefined only while problems of its file are collected. */
  readonly expression: Expression | undefined
  /** Probes that it reads, through other facts too. */
  readonly probes: readonly string[]
}

/** A finding as a rule: what it takes to be true and what is said then. */
export interface Rule {
  readonly id: string
  /** How many includes away from the topic's own file it was written. */
  readonly distance: number
  readonly severity: Severity
  /** It says what is wrong, and not why. */
  readonly symptom: boolean
  readonly confidence: 'proven' | 'likely'
  /** Of its file: where it is false the finding is not true, whatever is unknown. */
  readonly applies: Expression | undefined
  readonly each: Expression | undefined
  readonly when: Expression | undefined
  /** What shows that it is not so, though `when` is true. */
  readonly refutedBy: Expression | undefined
  readonly title: Template
  readonly because: Template | undefined
  readonly subject: Template
  readonly detail: Template
  readonly evidence: readonly { readonly probe: string; readonly text: Expression | undefined }[]
  readonly resolution: readonly Template[]
  readonly fix: FixUse | undefined
  /** Some may be of findings that this topic does not have. */
  readonly explainedBy: readonly string[]
  /** Probes that decide whether it is true, those behind facts too, in the runbook's order. */
  readonly probes: readonly string[]
}

/** Which fix mends it, where it may be offered, and what it takes out of the evidence of this finding. */
export interface FixUse {
  readonly id: string
  readonly when: Expression | undefined
  readonly values: ReadonlyMap<string, Expression>
}

/**
 * A value of a fix that evidence decides. `granted`: parameters; the first one that is not empty says what sudoers
 * grants.
 */
export interface FixValue {
  readonly type: ParameterType
  readonly granted: readonly string[] | undefined
}

/** A fix of a runbook; render-fix.ts fills in its `{{names}}`. */
export interface Fix {
  readonly id: string
  readonly title: string
  readonly effect: string
  readonly risk: string
  readonly steps: readonly (readonly string[])[]
  readonly as: 'root' | 'login'
  readonly values: ReadonlyMap<string, FixValue>
  /** Of each step. */
  readonly timeoutMs: number
  readonly settleMs: number
  readonly grant: string | undefined
  /** Where it may be offered, whichever finding uses it. */
  readonly when: Expression | undefined
  /** The paths whose owner it changes. */
  readonly changes: FixChanges | undefined
  /** What else would notice: a list of clauses. */
  readonly others: Expression | undefined
}

/** `count` is an int and `first` a list of strings, both out of evidence; in `to` values are filled in. */
export interface FixChanges {
  readonly count: Expression
  readonly first: Expression
  readonly from: string
  readonly to: string
}

/** A topic with everything that it includes: checked, compiled, ready to plan and to judge. */
export interface Runbook {
  readonly topic: string
  readonly aliases: readonly string[]
  readonly title: string
  readonly symptoms: readonly string[]
  /** Further words that engineers use for its symptoms. */
  readonly words: readonly string[]
  /** Alerts of the monitoring that it answers. */
  readonly alerts: readonly string[]
  /** First words of the ids of findings that its headline should speak of. */
  readonly about: readonly string[]
  readonly order: number
  /** SHA-256 (hex) of what its files say: comments and layout do not change it. */
  readonly digest: string
  readonly parameters: ReadonlyMap<string, ParameterFile>
  /** What the probes that are asked first say of parameters, by name. */
  readonly discovered: ReadonlyMap<string, Expression>
  readonly probes: ReadonlyMap<string, Probe>
  /** Those that print facts of a snapshot. They are not among `probes`, for they are no evidence. */
  readonly snapshotProbes: ReadonlyMap<string, Probe>
  /** Those that compare files with their packages; no evidence either. */
  readonly packageProbes: ReadonlyMap<string, Probe>
  readonly facts: readonly Fact[]
  /** Those of included parts first: lower layers come before what stands on them. */
  readonly findings: readonly Rule[]
  /** Probes that say what was changed. */
  readonly changed: readonly string[]
  /** What one visit cannot see, from the file that is nearest to the topic's own. */
  readonly blind: Template | undefined
  /** What a run looked at, from the file that is nearest to the topic's own. */
  readonly lookedAt: Template | undefined
  readonly fixes: ReadonlyMap<string, Fix>
  /** Every probe that an expression may read, through facts too. */
  probesOf(expression: Expression): readonly string[]
}
