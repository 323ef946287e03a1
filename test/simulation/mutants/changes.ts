import { broken, type Mutant } from './types.ts'

const SCALE = 'src/domain/scale.ts'
const ROLL = 'src/domain/roll.ts'

/** Rules of changes of size, and of what members are made from. Each is asked by the plan and, by the same function, as a gate. */
export const CHANGES: readonly Mutant[] = [
  broken(
    'shrink-while-in-the-group',
    'a member that is to go leaves the group before its pod goes',
    ['ScaleInPrimary'],
    [SCALE, 'if (!row) {', 'if (!row || pod) {'],
  ),
  broken(
    'leave-as-the-primary',
    'a primary that is to go hands over before it leaves the group',
    ['ScaleInPrimary'],
    [SCALE, 'if (state.primary === pod) {', 'if (state.primary === pod && size > 99) {'],
  ),
  broken(
    'shrink-at-once',
    'members are taken out one at a time',
    ['ScaleInPrimary'],
    [SCALE, "return { kind: 'Shrink', pod, size: size - 1,", "return { kind: 'Shrink', pod, size: wanted,"],
  ),
  broken(
    'grow-at-once',
    'members are added one at a time',
    ['ScaleOut'],
    [SCALE, 'size: size + 1 }', 'size: wanted }'],
  ),
  broken(
    'roll-to-the-next-at-once',
    'a member is renewed only while all are ONLINE: the one before it, too',
    ['Roll'],
    [ROLL, 'if (absent.length > 0) return wait(', 'if (absent.length > 99) return wait('],
  ),
  broken(
    'expelled-counts-as-online',
    'who was expelled and does not know it is not ONLINE, whatever it says',
    ['RollBesideIsolated'],
    ['src/domain/diagnose.ts', "return own?.state === 'ONLINE' ? undefined : own", 'return own'],
  ),
  broken(
    'renew-the-primary',
    'a primary hands over before it is renewed, and is the last',
    ['Roll'],
    [
      ROLL,
      'const pod = outdated.find(({ name }) => name !== state.primary) ?? outdated[0]',
      'const pod = outdated.find(({ name }) => name === state.primary) ?? outdated[0]',
    ],
    [ROLL, 'if (pod.name === state.primary && size > 1) {', 'if (pod.name === state.primary && size > 99) {'],
  ),
  broken(
    'release-untried',
    'what members are to be made from is tried before any is touched',
    ['UnknownImage'],
    [ROLL, "if (trial?.kind === 'None') return", "if (trial?.kind === 'None' && size > 99) return"],
  ),
  broken(
    'shrink-discards-what-it-alone-holds',
    'the volume of a member that goes is kept when the group does not hold all that is on it',
    ['ScaleInErrant'],
    [SCALE, 'return isHeld ? undefined :', 'return isHeld || pod ? undefined :'],
    [SCALE, 'if (!member) return `', 'if (!member) return pod ? undefined : `'],
  ),
  broken(
    'errant-while-online',
    'a member that is ONLINE and alone holds something is found, and mended',
    ['ErrantOnline', 'Errant'],
    ['src/domain/errant.ts', '.filter((pod) => pod.errant !== undefined)', '.filter((pod) => pod.name.length === 0)'],
  ),
]
