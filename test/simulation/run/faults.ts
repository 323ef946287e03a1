import type { TemporalFaults } from '../temporal/types.ts'
import { calm, type Fate, type Fates, type Process } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import type { Rates } from './scenario.ts'

/** How long each receiver's callers wait for an answer; as the real clients do. */
const PATIENCE_MS: Readonly<Record<string, number>> = {
  kubernetes: 15_000,
  mysql: 10_000,
  temporal: 10_000,
  store: 20_000,
}
const LATE_MS = 40_000
const KUBERNETES_REFUSALS = ['409', '409', '429', '500', '500', '403'] as const

export interface CallFaults {
  readonly fates: Fates
  /** No call to this receiver arrives while it is in here. */
  readonly unreachable: Set<string>
  /** While set, the store refuses whatever it is asked with this code. */
  storeRefuses: string | undefined
  /** From now on every call goes well. */
  stop(): void
}

/** Decides on calls by the rates of a scenario. `kill` ends the caller's process in the middle of what it does. */
export const createCallFaults = (
  random: Random,
  rates: Rates,
  kill: (process: Process, what: string) => void,
): CallFaults => {
  const fair = calm(random)
  const unreachable = new Set<string>()
  let on = true

  /** A request may still be under way when its caller has long given up on it. */
  const isLate = (receiver: string): boolean => receiver === 'kubernetes' && random.chance(0.3)

  const troubled = (caller: Process, receiver: string, what: string): Fate => {
    const patience = PATIENCE_MS[receiver] ?? 10_000
    // The observer looks ten times a second: it would die all the time.
    const deadly = what.startsWith('SELECT') ? rates.deadly / 20 : rates.deadly
    if (random.chance(deadly)) kill(caller, `in the middle of ${what}`)
    if (random.chance(rates.lost))
      return random.chance(0.5)
        ? { kind: 'LostThere', afterMs: patience }
        : { kind: 'LostBack', thereMs: random.between(1, isLate(receiver) ? LATE_MS : 2_000), afterMs: patience }
    if (receiver === 'kubernetes' && random.chance(rates.refused))
      return { kind: 'Refused', thereMs: random.between(1, 5), code: random.pick(KUBERNETES_REFUSALS) }
    if (random.chance(rates.slow))
      return { kind: 'Passes', thereMs: random.between(1, 2_000), backMs: random.between(1, 2_000) }
    return fair(caller, receiver, what)
  }

  const faults: CallFaults = {
    unreachable,
    storeRefuses: undefined,
    fates: (caller, receiver, what) => {
      if (unreachable.has(receiver)) return { kind: 'LostThere', afterMs: PATIENCE_MS[receiver] ?? 10_000 }
      if (receiver === 'store' && faults.storeRefuses !== undefined)
        return { kind: 'Refused', thereMs: 1, code: faults.storeRefuses }
      return on ? troubled(caller, receiver, what) : fair(caller, receiver, what)
    },
    stop() {
      on = false
      unreachable.clear()
      faults.storeRefuses = undefined
    },
  }
  return faults
}

/** Lets Temporal go wrong by the rates of a scenario; the function that it returns ends that. */
export const troubleTemporal = (faults: TemporalFaults, random: Random, rates: Rates): (() => void) => {
  const calmed = { ...faults }
  faults.suggestsContinueAsNew = () => random.chance(rates.anew)
  faults.evicts = () => random.chance(rates.evicted)
  faults.attempt = () => {
    if (!random.chance(rates.activity)) return 'Runs'
    return random.chance(0.5) ? 'NeverBegins' : 'ResultLost'
  }
  faults.signal = () => {
    if (!random.chance(rates.signal)) return 'Delivered'
    return random.chance(0.5) ? 'Doubled' : 'Dropped'
  }
  return () => {
    Object.assign(faults, calmed)
    faults.evicts = () => random.chance(rates.evicted)
  }
}
