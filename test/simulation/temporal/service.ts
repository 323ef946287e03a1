import type { Service, TemporalFaults, TemporalParts, TemporalWorker } from './types.ts'

const faultless = (): TemporalFaults => ({
  suggestsContinueAsNew: () => false,
  evicts: () => false,
  attempt: () => 'Runs',
  signal: () => 'Delivered',
})

/** The server as far as time, absence and workers are concerned. */
export const createService = (parts: TemporalParts): Service & { attach(worker: TemporalWorker): void } => {
  const { time, random } = parts
  let away = false
  let due: (() => unknown)[] = []
  let idle: ((worker: TemporalWorker) => unknown)[] = []
  let workers: TemporalWorker[] = []

  const present = (work: () => unknown): unknown => (away ? due.push(work) : work())

  const withWorker = (work: (worker: TemporalWorker) => unknown): unknown => {
    workers = workers.filter(({ process }) => process.alive())
    const polling = workers.filter((worker) => worker.polls())
    if (polling.length === 0) return idle.push(work)
    return work(random.pick(polling))
  }

  return {
    parts,
    faults: faultless(),
    get away() {
      return away
    },
    set away(now) {
      away = now
      if (away) return
      for (const work of due.splice(0)) time.after(random.between(1, 20), () => present(work))
      due = []
    },
    when(ms, work) {
      let taken = false
      const cancel = time.after(ms, () => present(() => (taken ? undefined : work())))
      return () => {
        taken = true
        cancel()
      }
    },
    present,
    withWorker,
    attach(worker) {
      if (!workers.includes(worker)) workers.push(worker)
      const left = idle
      idle = []
      for (const work of left) time.after(random.between(1, 20), () => present(() => withWorker(work)))
    },
  }
}
