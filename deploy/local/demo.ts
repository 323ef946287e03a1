import type { ClusterObject } from './demo/cluster-status.ts'
import { followUntilReady } from './demo/follow.ts'
import { installOperator } from './demo/install.ts'
import { requireCluster } from './demo/kubectl.ts'
import { inStage, prepareLocal } from './demo/local-stack.ts'
import { writeAndRead } from './demo/round-trip.ts'
import { sampleOf } from './demo/sample.ts'
import { bold, createScreen, dim, type Screen } from './demo/screen.ts'
import { summary } from './demo/summary.ts'
import { contextTarget, localTarget, type Target } from './demo/target.ts'

const CLUSTER = { name: 'my-mysql-cluster', namespace: 'default' }

const HONEST_IMAGE = `
  No registry is reachable from the local cluster, and Debian has no MySQL 8.0. The sample asks for mysql:8.0;
  it is applied with the local image mysql:9.7 instead, which is Debian's MySQL 9.7 LTS.
`

const prepareContext = async (screen: Screen, target: Target, context: string): Promise<string> => {
  screen.print(
    dim(
      `  In the cluster of context ${context}. It must be able to pull ${target.operatorImage} and ${target.mysqlImage}, and to reach\n` +
        `  Temporal at ${target.temporalAddress ?? 'temporal-frontend.temporal.svc:7233'} (another place: TEMPORAL_ADDRESS=host:port).\n`,
    ),
  )
  await requireCluster(target.kubectl, context)
  // A tag may come to mean another image; only its name is known here.
  return target.operatorImage ?? ''
}

const applySample = async (screen: Screen, target: Target): Promise<ClusterObject> =>
  inStage(screen, CLUSTER.name, async (stage) => {
    stage.say('applying the sample')
    const where = ['--namespace', CLUSTER.namespace]
    await target.kubectl.run(['apply', '--server-side', '--force-conflicts', ...where, '-k', await sampleOf(target)])
    const cluster = await followUntilReady(target, CLUSTER, stage)
    stage.done(cluster.status?.message ?? 'Ready')
    return cluster
  })

/**
 * From nothing to a healthy MySQL cluster, in the local one-node cluster or in the one of the kube context CONTEXT:
 * installs the operator, applies the sample, writes a row and reads it from a replica. Leaves everything running;
 * a second run changes only what has changed.
 */
export const demo = async (): Promise<void> => {
  const began = Date.now()
  const context = process.env['CONTEXT'] || undefined
  const screen = createScreen()
  screen.print(`\n  ${bold('temporal-mysql-operator')}  ${dim('one manifest, one healthy MySQL cluster')}\n`)
  try {
    const target = context ? await contextTarget(context) : localTarget()
    const imageId = context ? await prepareContext(screen, target, context) : await prepareLocal(screen)
    await inStage(screen, 'operator', (stage) => installOperator(target, imageId, stage))
    if (target.kind === 'local') screen.print(dim(HONEST_IMAGE))
    const cluster = await applySample(screen, target)
    await inStage(screen, 'write and read', async (stage) => {
      stage.say('a client pod with the application’s own Secret')
      const { row, writtenBy, readFrom } = await writeAndRead(target, cluster)
      stage.done(
        `row ${row} written through ${CLUSTER.name}-primary (${writtenBy}), read through ${CLUSTER.name}-replicas (${readFrom})`,
      )
    })
    screen.print(await summary(target, cluster))
    screen.print(dim(`  Done in ${((Date.now() - began) / 1000).toFixed(0)} s. Everything is left running.\n`))
  } finally {
    screen.close()
  }
}
