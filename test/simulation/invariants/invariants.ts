import type { SimWorld } from '../run/world.ts'
import { backupsAreWhole } from './backups.ts'
import { bootstrapsAreSafe } from './bootstrap.ts'
import { changesAreCareful } from './changes.ts'
import { dataIsKept } from './data.ts'
import { donorsAreFit } from './donors.ts'
import { changesWaitForBackups } from './exclusion.ts'
import { volumesOnlyGrow } from './growth.ts'
import { historyIsBounded } from './history.ts'
import { joinsAreSensible } from './joins.ts'
import { leavingIsDue } from './leaving.ts'
import { membersAreKept } from './members.ts'
import { oneTakesWrites } from './one-writer.ts'
import { othersAreLeftAlone } from './others.ts'
import { proceduresAreAlone } from './procedures.ts'
import { quorumsAreSafe } from './quorum.ts'
import { readersAreLed } from './readers.ts'
import { readyIsTrue } from './ready.ts'
import { rebuildsAreSafe } from './rebuilds.ts'
import { recordsAreTrue } from './record.ts'
import { restoresAreWhole } from './restores.ts'
import { writesFollowTheRecord } from './routing.ts'
import { secretsStaySecret } from './secrets.ts'
import { statusIsSane } from './status.ts'
import { switchoversAreTrue } from './switchovers.ts'
import { timelineIsTrue } from './timeline.ts'
import { versionsFollowThePath } from './versions.ts'

/** A rule. It looks at the world as it likes, after each event or each write; `atEnd` is for what only the end can show. */
export interface Invariant {
  readonly atEnd?: () => void | Promise<void>
}

/** Every rule of the simulation: `world.violate` ends the story. */
const RULES: readonly ((world: SimWorld) => Invariant)[] = [
  bootstrapsAreSafe,
  quorumsAreSafe,
  oneTakesWrites,
  writesFollowTheRecord,
  dataIsKept,
  historyIsBounded,
  recordsAreTrue,
  statusIsSane,
  readyIsTrue,
  readersAreLed,
  timelineIsTrue,
  proceduresAreAlone,
  switchoversAreTrue,
  joinsAreSensible,
  membersAreKept,
  rebuildsAreSafe,
  changesAreCareful,
  leavingIsDue,
  versionsFollowThePath,
  volumesOnlyGrow,
  changesWaitForBackups,
  othersAreLeftAlone,
  secretsStaySecret,
  backupsAreWhole,
  donorsAreFit,
  restoresAreWhole,
]

export const guard = (world: SimWorld): { atEnd(): Promise<void> } => {
  const invariants = RULES.map((rule) => rule(world))
  return {
    async atEnd() {
      for (const { atEnd } of invariants) await atEnd?.()
    },
  }
}
