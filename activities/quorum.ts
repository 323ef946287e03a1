import { OperatorError } from '../src/domain/errors.ts'
import { type ClusterRef, memberHost, PORTS } from '../src/domain/names.ts'
import { judgeQuorum } from '../src/domain/quorum.ts'
import { beating } from './beating.ts'
import { evidence, reach } from './group.ts'
import type { Ports } from './ports.ts'

/** Lets the members that live go on without those that are gone, after judging it once more on fresh evidence. Resolves with who goes on. */
export const forceQuorum = async (ports: Ports, ref: ClusterRef, seed: string): Promise<{ living: string[] }> => {
  const { snapshot } = await evidence(ports, ref)
  const verdict = judgeQuorum(snapshot)
  if (verdict.kind !== 'Allowed' || verdict.seed !== seed)
    throw new OperatorError(
      'GateClosed',
      `no forced quorum by ${seed}: ${verdict.kind === 'Allowed' ? `it is for ${verdict.seed}` : verdict.why}`,
    )
  const { address, access } = await reach(ports, ref, snapshot, seed)
  const living = verdict.living.map((pod) => `${memberHost(ref, pod, ports.domain)}:${PORTS.mysql}`)
  await beating(ports, `${seed} goes on without those that are gone`, () => ports.mysql.force(address, access, living))
  return { living: [...verdict.living] }
}
