import type { Clock } from '../../../src/clock.ts'

interface Event {
  readonly at: number
  readonly order: number
  readonly work: () => unknown
  taken: boolean
}

/** The time of a simulated world: it stands still while anything runs, and then jumps to the next event. */
export interface VirtualTime extends Clock {
  /** Lets events happen, one after the other, each with all that follows from it at once, until the time is `until`. */
  runUntil(until: number): Promise<void>
  /** How many events have happened. */
  readonly events: number
}

/** Lets every promise that can go on go on. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

/** A binary heap of what is to come. */
const createAgenda = () => {
  const heap: Event[] = []
  const swap = (a: number, b: number): void => {
    const [left, right] = [heap[a] as Event, heap[b] as Event]
    heap[a] = right
    heap[b] = left
  }
  const precedes = (a: number, b: number): boolean => before(heap[a] as Event, heap[b] as Event)
  return {
    first: (): Event | undefined => heap[0],
    add(event: Event): void {
      heap.push(event)
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1
        if (!precedes(child, parent)) return
        swap(child, parent)
        child = parent
      }
    },
    removeFirst(): void {
      const last = heap.pop()
      if (!last || heap.length === 0) return
      heap[0] = last
      for (let parent = 0; ; ) {
        const left = 2 * parent + 1
        const right = left + 1
        let least = parent
        if (left < heap.length && precedes(left, least)) least = left
        if (right < heap.length && precedes(right, least)) least = right
        if (least === parent) return
        swap(parent, least)
        parent = least
      }
    },
  }
}

/**
 * A virtual clock that begins at `start` (epoch milliseconds). Events of the same time happen in the order they were asked for.
 * `afterEach` is called after each event and all that follows from it at once.
 */
export const createTime = (start: number, afterEach: () => void = () => undefined): VirtualTime => {
  const agenda = createAgenda()
  let now = start
  let order = 0
  let events = 0
  return {
    now: () => now,
    after(ms, work) {
      const event: Event = { at: now + Math.max(0, Math.round(ms)), order, work, taken: false }
      order += 1
      agenda.add(event)
      return () => {
        event.taken = true
      }
    },
    get events() {
      return events
    },
    async runUntil(until) {
      await settle()
      for (;;) {
        const event = agenda.first()
        if (!event || event.at > until) break
        agenda.removeFirst()
        if (event.taken) continue
        now = Math.max(now, event.at)
        events += 1
        await event.work()
        await settle()
        afterEach()
      }
      now = Math.max(now, until)
    },
  }
}
