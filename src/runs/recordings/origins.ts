/** `composed`: written by hand, where no lab can make the fault; it proves the rules, not what a host answers. */
export const origins = ['lab', 'real', 'composed'] as const
export type Origin = (typeof origins)[number]
