import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import type { RunningJob } from '../world/runtime.ts'
import { jobPodStatus, type Phase } from './job-pod-status.ts'
import type { Kubelet } from './kubelet.ts'
import { type Mounted, mount } from './mounts.ts'
import type { ContainerState } from './pod-status.ts'
import type { PodWorker } from './pod-worker.ts'
import { nameOf } from './store.ts'

const BY = 'kubelet'
const KILLED = 137

/** Runs the pod of a Job: one container after the other, each once, as with restartPolicy Never. */
export const createJobPod = (kubelet: Kubelet, key: ObjectKey, uid: string, node: string): PodWorker => {
  const { time, random, story, store, registry, images, jobs } = kubelet
  const states = new Map<string, ContainerState>()
  let phase: Phase = 'Pending'
  let running: { readonly name: string; readonly job: RunningJob } | undefined
  let [terminating, gone, lost, reporting, ended] = [false, false, false, false, false]
  let ip: string | undefined

  const podOf = (): Kinds['Pod'] | undefined => {
    const pod = store.get('Pod', key)
    return pod?.metadata.uid === uid ? pod : undefined
  }
  const after = (from: number, to: number, work: () => void): void => {
    time.after(random.between(from, to), () => {
      if (!gone && !lost) work()
    })
  }
  const tell = (what: string): void => story.tell(BY, `${nameOf(key)}: ${what}`)
  const report = (): void => {
    if (reporting) return
    reporting = true
    time.after(random.between(50, 800), () => {
      reporting = false
      const pod = podOf()
      if (!pod || gone || lost) return
      registry.report('Pod', key, (before) => jobPodStatus(pod, before, { states, phase, ip }, time.now()), BY)
    })
  }
  const containersOf = (pod: Kinds['Pod']) => [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]

  /** Lets the API server forget a pod that was to be deleted, after its last status. */
  const finish = (): void => {
    time.after(random.between(900, 1_500), () => {
      if (!gone && !lost && podOf()) registry.remove('Pod', key, { by: BY, uid, graceSeconds: 0 })
    })
  }
  const conclude = (how: Phase): void => {
    ended = true
    phase = how
    kubelet.yield(uid)
    tell(`has ended: ${how}`)
    report()
    if (terminating) finish()
  }

  const wait = (name: string, reason: string, message?: string): void => {
    states.set(name, { kind: 'Waiting', reason, ...(message ? { message } : {}) })
    report()
  }

  const run = (index: number, files: Mounted): void => {
    const pod = podOf()
    if (!pod || ended || terminating) return
    const container = containersOf(pod)[index]
    if (!container) {
      conclude('Succeeded')
      return
    }
    const { name, image = '', env = [] } = container
    if (!images.has(image)) {
      wait(name, 'ErrImagePull', `failed to pull and unpack image "${image}": not found`)
      after(2_000, 6_000, () => run(index, files))
      return
    }
    phase = 'Running'
    states.set(name, { kind: 'Running', since: time.now() })
    tell(`container ${name} starts`)
    const spec = { namespace: key.namespace, pod: key.name, podUid: uid, name, image, ...files }
    const values = Object.fromEntries(env.map((one) => [one.name, one.value ?? '']))
    const job = jobs.start({ ...spec, env: values }, (code, said) => {
      if (gone || lost || ended) return
      running = undefined
      exited(name, code, said)
      if (code === 0 && !terminating) after(50, 500, () => run(index + 1, files))
      else conclude('Failed')
    })
    running = { name, job }
    report()
  }

  const exited = (name: string, exitCode: number, said?: string): void => {
    tell(`container ${name} ended with code ${exitCode}`)
    states.set(name, { kind: 'Terminated', exitCode, ...(said ? { said } : {}), at: time.now() })
  }

  const start = (): void => {
    const pod = podOf()
    if (!pod || terminating || ended) return
    const first = containersOf(pod)[0]?.name ?? ''
    const files = mount(store, pod)
    if ('missing' in files || !kubelet.seize(files.volume, uid)) {
      wait(first, 'ContainerCreating', 'missing' in files ? files.missing : undefined)
      after(1_000, 3_000, start)
      return
    }
    ip ??= kubelet.newAddress()
    run(0, files)
  }

  /** What runs is killed; its pod has failed. */
  const fail = (): void => {
    if (ended) return
    running?.job.kill()
    if (running) exited(running.name, KILLED)
    running = undefined
    conclude('Failed')
  }

  return {
    node,
    begin() {
      report()
      after(50, 400, start)
    },
    terminate() {
      if (terminating) return
      terminating = true
      const graceMs =
        Number((podOf()?.metadata as { deletionGracePeriodSeconds?: number })?.deletionGracePeriodSeconds ?? 30) * 1000
      after(10, 500, () => {
        if (ended) finish()
        else if (running) running.job.stop()
        else conclude('Failed')
      })
      after(graceMs, graceMs, fail)
    },
    removed() {
      gone = true
      time.after(random.between(0, 1_000), () => {
        if (!kubelet.stranded.has(uid)) running?.job.kill()
        kubelet.yield(uid)
      })
    },
    crash() {
      if (!running || gone || lost) return false
      fail()
      return true
    },
    lose() {
      lost = true
      running?.job.kill()
      kubelet.yield(uid)
    },
    restore() {
      if (!lost || gone) return
      lost = false
      fail()
      if (terminating) finish()
      report()
    },
  }
}
