import { broken, type Mutant } from './types.ts'

const NODES = 'src/domain/node-trouble.ts'
const REBUILD = 'src/domain/rebuild.ts'
const SWITCHOVER = 'src/domain/switchover.ts'
const COURSE = 'src/domain/course.ts'

/** Rules about nodes in trouble, pauses, data that cannot be read, and who may take over. */
export const PRUDENCE: readonly Mutant[] = [
  broken(
    'remove-who-is-counted',
    'a pod on a lost node is removed only once the group has expelled the member',
    ['UnheardNode'],
    [
      NODES,
      'if (rows.some((row) => row.pod === name)) return',
      "if (rows.some((row) => row.pod === name && name === '')) return",
    ],
  ),
  broken(
    'remove-from-a-node-that-lives',
    'a pod is removed by force only from a node that is lost',
    ['BackFromPause', 'PauseMember', 'PausePrimary'],
    [NODES, "if (is === 'Ready') return", "if (is === 'Ready' && node === '') return"],
  ),
  broken(
    'remove-while-paused',
    'while paused no pod is removed',
    ['PausedNode'],
    [
      NODES,
      "if (snapshot.paused) return 'the cluster is paused (spec.paused)'",
      "if (snapshot.paused && name === '') return 'the cluster is paused (spec.paused)'",
    ],
  ),
  broken(
    'roll-while-paused',
    'while paused no member is renewed',
    ['PausedWishes'],
    [COURSE, 'if (snapshot.paused) return undefined\n  const verdict = judgeRoll(', 'const verdict = judgeRoll('],
  ),
  broken(
    'scale-while-paused',
    'while paused no member is added or taken out',
    ['PausedWishes'],
    [COURSE, 'if (snapshot.paused) return undefined\n  const verdict = judgeScale(', 'const verdict = judgeScale('],
  ),
  broken(
    'rebuild-while-paused',
    'while paused no member is rebuilt (plan and gate)',
    ['PausedWishes'],
    [
      'src/domain/rebuild-need.ts',
      "if (state.kind !== 'Serving' || snapshot.paused) return",
      "if (state.kind !== 'Serving') return",
    ],
    [REBUILD, 'if (snapshot.paused) return refused(', "if (snapshot.paused && name === '') return refused("],
  ),
  broken(
    'switchover-while-paused',
    'while paused nothing that is asked for is begun',
    ['PausedWishes'],
    [
      'src/domain/operations.ts',
      'if (snapshot.paused)\n    return tell(',
      "if (snapshot.paused && asked.name === '')\n    return tell(",
    ],
  ),
  broken(
    'set-aside-at-once',
    'data are taken for unreadable only after three tries',
    ['UnreadableOnce'],
    [REBUILD, 'const RESTARTS = 3', 'const RESTARTS = 1'],
  ),
  broken(
    'set-aside-without-majority',
    'by itself unreadable data are set aside only while the others are a majority',
    ['UnreadableAlone'],
    [REBUILD, '(trouble.restarts ?? 0) >= RESTARTS && stands', '(trouble.restarts ?? 0) >= RESTARTS'],
  ),
  broken(
    'switchover-to-one-with-its-own',
    'the primary role is handed only to a member that holds nothing of its own',
    ['SwitchoverErrant'],
    [SWITCHOVER, 'if (!isEmpty(errant)) return `', "if (!isEmpty(errant) && pod === '') return `"],
  ),
  broken(
    'remove-while-few',
    'no pod is removed by force while the members that are ONLINE are no majority of the cluster',
    ['NodeLostAlone'],
    ['src/domain/node-trouble.ts', 'return living.length > snapshot.size / 2 ?', 'return living.length > 0 ?'],
  ),
]
