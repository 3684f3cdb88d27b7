/** One line of the doctor: what was looked at, how it is, and what mends it. */
export interface Check {
  readonly what: string
  /** `off`: not configured, which is allowed; `warn`: it works with less. */
  readonly state: 'good' | 'warn' | 'bad' | 'off'
  readonly said: string
  readonly remedy?: string
}
