import { broken, type Mutant } from './types.ts'

/** Gates that an activity asks right before the act, whatever it was begun for. */
export const LATENESS: readonly Mutant[] = [
  broken(
    'force-without-gate',
    'a quorum is judged again right before it is forced',
    ['LateForce'],
    ['activities/quorum.ts', "if (verdict.kind !== 'Allowed' || verdict.seed !== seed)", "if (seed === '')"],
    [
      'activities/quorum.ts',
      'const living = verdict.living.map(',
      "const living = (verdict.kind === 'Allowed' ? verdict.living : [seed]).map(",
    ],
    ['activities/quorum.ts', 'return { living: [...verdict.living] }', 'return { living: [seed] }'],
  ),
  broken(
    'copy-without-gate',
    'a rebuild is judged again right before data are replaced',
    ['LateCopy'],
    ['activities/rebuild.ts', "    if (verdict.kind !== 'Copy')\n", "    if (pod === '')\n"],
    [
      'activities/rebuild.ts',
      'donor = verdict.donor\n',
      "donor = verdict.kind === 'Copy' ? verdict.donor : snapshot.members.find((other) => other.pod !== pod)?.pod\n",
    ],
  ),
  broken(
    'removal-without-gate',
    'whether a node is lost is judged again right before a pod is removed',
    ['LateRemoval'],
    ['activities/node-trouble.ts', "if (verdict.kind === 'Needless') return {}", "if (pod === '') return {}"],
    ['activities/node-trouble.ts', "if (verdict.kind !== 'Remove') throw", "if (pod === '') throw"],
    [
      'activities/node-trouble.ts',
      "ports.kubernetes.delete('Pod', key, verdict.uid,",
      "ports.kubernetes.delete('Pod', key, before?.metadata.uid,",
    ],
  ),
  broken(
    'hand-over-without-gate',
    'a switchover is judged again right before the role is handed over',
    ['LateHandOver'],
    ['activities/switchover.ts', "if (verdict.kind === 'Refused') throw", "if (to === '') throw"],
  ),
  broken(
    'hand-over-past-a-silent-primary',
    'while the primary is silent, the role is not handed to a member that alone holds something',
    ['LateHandOver'],
    ['src/domain/switchover.ts', 'primary ? new Map() : aloneIn(snapshot, pod)', 'new Map()'],
  ),
  broken(
    'dismiss-without-gate',
    'whether a member is still to go is judged again right before it leaves its group',
    ['LateDismiss'],
    ['activities/scale.ts', "if (verdict.kind !== 'Leave' || verdict.pod !== pod) throw", "if (pod === '') throw"],
  ),
  broken(
    'resize-without-gate',
    'whether fewer are still wanted is judged again right before the pod of a member goes',
    ['LateResize'],
    ['activities/scale.ts', 'if (!isDue) throw', "if (!isDue && pod === '') throw"],
  ),
  broken(
    'renew-without-gate',
    'a renewal is judged again right before the pod of a member goes',
    ['LateRenew'],
    ['activities/roll.ts', "if (verdict.kind !== 'Replace' || verdict.uid !== uid) throw", "if (uid === '') throw"],
  ),
  broken(
    'release-without-gate',
    'whether what is declared was tried is judged again right before it is taken over',
    ['LateRelease'],
    ['activities/roll.ts', "if (verdict.kind === 'Wait') throw", "if (ref.name === '') throw"],
    ['activities/roll.ts', "if (verdict.kind !== 'Release') return", "if (ref.name === '') return"],
  ),
  broken(
    'leave-without-gate',
    'a rebuild is judged again right before its member leaves the group',
    ['LateLeave'],
    ['activities/rebuild.ts', "if (verdict.kind !== 'Leave') return", "if (rebuild.pod === '') return"],
  ),
  broken(
    'failover-without-gate',
    'what a person accepted is judged again right before the group is made',
    ['FailoverOfMore'],
    [
      'src/domain/failover.ts',
      'if (asked.approved === false || !isAccepted(verdict.loss, asked))',
      "if (asked.approved === false || (!isAccepted(verdict.loss, asked) && seed === ''))",
    ],
  ),
]
