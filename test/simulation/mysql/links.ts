interface Cut {
  readonly some: ReadonlySet<string>
  /** Pods, every other member, or whoever is no member: the operator and clients. */
  readonly others: ReadonlySet<string> | 'Members' | 'Outside'
}

/** Which pods can reach which. Every link is there until it is cut. */
export interface Links {
  between(a: string, b: string): boolean
  /** From outside: by the operator and clients. */
  reachable(podUid: string): boolean
  /** Cuts links; the function that it returns mends them. */
  cut(some: readonly string[], others: readonly string[] | 'Members' | 'Outside'): () => void
}

export const createLinks = (changed: () => void): Links => {
  const cuts = new Set<Cut>()
  const separates = ({ some, others }: Cut, a: string, b: string): boolean => {
    if (others === 'Outside' || !some.has(a)) return false
    return others === 'Members' ? !some.has(b) : others.has(b)
  }
  return {
    between: (a, b) => a === b || ![...cuts].some((cut) => separates(cut, a, b) || separates(cut, b, a)),
    reachable: (pod) => ![...cuts].some(({ some, others }) => others === 'Outside' && some.has(pod)),
    cut(some, others) {
      const cut: Cut = { some: new Set(some), others: typeof others === 'string' ? others : new Set(others) }
      cuts.add(cut)
      changed()
      return () => {
        if (cuts.delete(cut)) changed()
      }
    },
  }
}
