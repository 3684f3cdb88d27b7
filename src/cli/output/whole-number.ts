import { InvalidArgumentError } from 'commander'

/** Reads an option's value for commander. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text)
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`)
  }
