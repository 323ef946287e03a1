import type { Random } from './random.ts'
import type { Story } from './story.ts'
import type { VirtualTime } from './time.ts'

/** A process of the operator. Once it is dead, nothing that it waited for comes back to it. */
export interface Process {
  readonly name: string
  readonly alive: () => boolean
}

/** What may happen to one call over the network. */
export type Fate =
  | { readonly kind: 'Passes'; readonly thereMs: number; readonly backMs: number }
  /** It never arrives: the caller gives up after `afterMs`. */
  | { readonly kind: 'LostThere'; readonly afterMs: number }
  /** It takes effect, but the caller never hears of it. */
  | { readonly kind: 'LostBack'; readonly thereMs: number; readonly afterMs: number }
  /** It is refused on arrival with an error of the receiver's own: `code` is one that the receiver knows. */
  | { readonly kind: 'Refused'; readonly thereMs: number; readonly code: string }

/** Decides on the fate of a call, by what is called and by whom. */
export type Fates = (caller: Process, receiver: string, what: string) => Fate

/** A fair network: short delays, nothing lost. */
export const calm =
  (random: Random): Fates =>
  () => ({ kind: 'Passes', thereMs: random.between(1, 5), backMs: random.between(1, 5) })

export interface Call<T> {
  readonly caller: Process
  readonly receiver: string
  readonly what: string
  /** Happens on arrival, at one instant. May throw what the receiver answers. */
  readonly effect: () => T | Promise<T>
  /** The error by which the caller learns that it got no answer. */
  readonly noAnswer: () => Error
  /** The error of the receiver for a refusal by fate. */
  readonly refuse: (code: string) => Error
}

export interface Network {
  fates: Fates
  /** Sends a call and resolves as its caller would see it end; a caller that dies meanwhile never hears of it. */
  call<T>(call: Call<T>): Promise<T>
}

export const createNetwork = (time: VirtualTime, story: Story, fates: Fates): Network => {
  const network: Network = {
    fates,
    call<T>({ caller, receiver, what, effect, noAnswer, refuse }: Call<T>): Promise<T> {
      const fate = network.fates(caller, receiver, what)
      if (fate.kind !== 'Passes') story.tell(caller.name, `${receiver}: ${what}: ${fate.kind}`)
      return new Promise<T>((resolve, reject) => {
        const hear = (ms: number, answer: () => void): void => {
          time.after(ms, () => {
            if (caller.alive()) answer()
          })
        }
        if (fate.kind === 'LostThere') {
          hear(fate.afterMs, () => reject(noAnswer()))
          return
        }
        // A process that dies has sent what it has sent: the effect comes all the same.
        time.after(fate.thereMs, async () => {
          if (fate.kind === 'Refused') {
            hear(fate.thereMs, () => reject(refuse(fate.code)))
            return
          }
          const backMs = fate.kind === 'Passes' ? fate.backMs : fate.afterMs
          try {
            const value = await effect()
            hear(backMs, () => (fate.kind === 'Passes' ? resolve(value) : reject(noAnswer())))
          } catch (error) {
            hear(backMs, () => reject(fate.kind === 'Passes' ? error : noAnswer()))
          }
        })
      })
    },
  }
  return network
}
