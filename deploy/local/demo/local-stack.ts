import { loadImage, localCluster, startCluster } from '../cluster.ts'
import type { Progress } from '../graph.ts'
import { ensureImages } from '../image.ts'
import { ensurePackages, missingPackages } from '../packages.ts'
import { requireRoot } from '../preflight.ts'
import type { Screen, Stage } from './screen.ts'

/** Runs `work` as a stage, which fails with it. */
export const inStage = async <T>(screen: Screen, title: string, work: (stage: Stage) => Promise<T>): Promise<T> => {
  const stage = screen.stage(title)
  try {
    return await work(stage)
  } catch (error) {
    stage.failed()
    throw error
  }
}

/** Says which steps of the start are running, with what they say of themselves. */
const tellSteps = (stage: Stage): ((progress: Progress) => void) => {
  const running = new Map<string, string>()
  return ({ step, state, detail }) => {
    if (state === 'done' || state === 'failed') running.delete(step)
    else if (state === 'running') running.set(step, detail ? `${step} (${detail})` : step)
    else if (step === 'lock' && detail) stage.say(detail)
    if (running.size > 0) stage.say([...running.values()].join(', '))
  }
}

const CACHED_MS = 500

/** Starts what is missing of the local cluster, with the images that the demo runs; returns the operator's image id. */
export const prepareLocal = async (screen: Screen): Promise<string> => {
  requireRoot()
  // Both of the following need packages, and two installations at a time get into each other's way.
  const missing = await missingPackages()
  if (missing.length > 0)
    await inStage(screen, 'Debian packages', async (stage) => {
      stage.say(`installing ${missing.join(' ')}`)
      await ensurePackages()
      stage.done('installed')
    })
  const images = inStage(screen, 'images', async (stage) => {
    const began = Date.now()
    const doing = new Map<string, string>()
    const built = await ensureImages((image, detail) => {
      doing.set(image, detail)
      stage.say([...doing.values()].join('; '))
    })
    stage.done(Date.now() - began < CACHED_MS ? 'unchanged' : 'built from Debian packages and this checkout')
    return built
  })
  const cluster = inStage(screen, 'local cluster', async (stage) => {
    const started = await startCluster(tellSteps(stage))
    stage.done('one-node Kubernetes, and Temporal with its UI')
    return started
  })
  const [{ mysql, operator }] = await Promise.all([images, cluster])
  await inStage(screen, 'loading images', async (stage) => {
    await Promise.all([mysql, operator].map(({ path }) => loadImage(localCluster(), path)))
    stage.done(`${mysql.reference.replace('docker.io/library/', '')}, ${operator.reference}`)
  })
  return operator.id
}
