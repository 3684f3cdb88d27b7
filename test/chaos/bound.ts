/**
 * Upper 95 % bound of a rate: no smaller one would let so few failures be seen in so many trials by more than one chance
 * in twenty. Without a failure it is the rule of three, 3 / trials.
 */
export function upperBound(trials: number, failures: number): number {
  if (trials === 0 || failures >= trials) return 1
  if (failures === 0) return Math.min(1, 3 / trials)
  let [low, high] = [failures / trials, 1]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(failures, trials, middle) > 0.05) low = middle
    else high = middle
  }
  return high
}

/** Probability of at most `failures` of `trials` at that rate. */
function atMost(failures: number, trials: number, rate: number): number {
  let log = trials * Math.log1p(-rate)
  let sum = Math.exp(log)
  for (let k = 1; k <= failures; k++) {
    log += Math.log((trials - k + 1) / k) + Math.log(rate) - Math.log1p(-rate)
    sum += Math.exp(log)
  }
  return sum
}
