import { broken, type Mutant } from './types.ts'

const PATH = 'src/domain/upgrade.ts'

/** Rules of what data are given to which version of MySQL. */
export const VERSIONS: readonly Mutant[] = [
  broken(
    'downgrade',
    'data are not given to an older version than wrote them',
    ['Downgrade'],
    [PATH, 'if (order < 0)', "if (order < 0 && was === '')"],
  ),
  broken(
    'skip-a-series',
    'no series with long-term support is skipped',
    ['SkippedVersion'],
    [PATH, 'if (!next || compareSeries(to, next) <= 0) return', 'if (!next || compareSeries(to, next) <= 99) return'],
  ),
  broken(
    'defects-do-not-matter',
    'no member is made of a version that is known to lose data',
    ['DefectiveVersion'],
    [PATH, 'if (defect) return', "if (defect && was === '') return"],
  ),
  broken(
    'newer-data-need-nothing',
    'a member whose data are of a newer version than its cluster went back to is rebuilt',
    ['HalfUpgrade'],
    [
      'src/domain/rebuild-need.ts',
      '(UNREADABLE.test(trouble.said) || trouble.isOlder)',
      'UNREADABLE.test(trouble.said)',
    ],
  ),
  broken(
    'newer-data-are-no-proof',
    'data of a newer version than its cluster went back to are set aside without a person',
    ['HalfUpgrade'],
    [
      'src/domain/rebuild.ts',
      '(UNREADABLE.test(trouble.said) || trouble.isOlder === true)',
      'UNREADABLE.test(trouble.said)',
    ],
  ),
]
