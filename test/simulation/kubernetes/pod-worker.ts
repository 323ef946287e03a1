import type { Kinds } from '../../../src/kubernetes/kinds.ts'
import type { ObjectKey } from '../../../src/kubernetes/port.ts'
import { versionOf } from '../world/version.ts'
import type { Kubelet } from './kubelet.ts'
import { environment, type Mounted, mount } from './mounts.ts'
import { type ContainerState, podStatus } from './pod-status.ts'
import { nameOf } from './store.ts'

const STARTUP_PROBE_MS = 1_000
/**
 * Kubernetes, "Container restarts": the first time at once, then after 10 s, and twice as long each time up to 5 minutes, until it
 * has run for 10 minutes. Here a run that is not short is enough: what is troubled may be so again in the same story.
 */
const [BACK_OFF_MS, MAX_BACK_OFF_MS, SHORT_MS] = [10_000, 300_000, 10_000]
const READINESS_PROBE_MS = 3_000
/** Failed probes in a row after which a pod is not Ready. */
const FAILURES = 2
const BY = 'kubelet'

export interface PodWorker {
  readonly node: string
  begin(): void
  /** The pod is being deleted: ends its container in its grace period, then lets go of it. */
  terminate(): void
  /** The pod is gone from the API server: its container is killed. */
  removed(): void
  /** SIGKILL to the container. False when none runs. */
  crash(): boolean
  /** The node loses its power, or has it again. */
  lose(): void
  restore(): void
}

/** Runs one pod, from its arrival on a node to its end. */
export const createPodWorker = (kubelet: Kubelet, key: ObjectKey, uid: string, node: string): PodWorker => {
  const { time, random, story, store, registry, runtime, images } = kubelet
  let container: ContainerState = { kind: 'Waiting', reason: 'ContainerCreating' }
  let [restarts, failures] = [0, 0]
  /** One after the other, each soon after its start but the first. */
  let ends = 0
  let [started, ready, terminating, ending, gone, lost] = [false, false, false, false, false, false]
  let lastExitCode: number | undefined
  let lastSaid: string | undefined
  let ip: string | undefined
  let phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' = 'Pending'
  let mounted: Mounted | undefined
  /** Counts containers: what was meant for an earlier one comes to nothing. */
  let run = 0
  let reporting = false

  const podOf = (): Kinds['Pod'] | undefined => {
    const pod = store.get('Pod', key)
    return pod?.metadata.uid === uid ? pod : undefined
  }
  const after = (from: number, to: number, work: () => void): void => {
    const mine = run
    time.after(random.between(from, to), () => {
      if (!gone && !lost && mine === run) work()
    })
  }
  const tell = (what: string): void => story.tell(BY, `${nameOf(key)}: ${what}`)

  /** Writes the status soon; what changes meanwhile goes with it. */
  const report = (from = 5, to = 100): void => {
    if (reporting) return
    reporting = true
    time.after(random.between(from, to), () => {
      reporting = false
      const pod = podOf()
      if (!pod || gone || lost) return
      const sight = { container, restarts, started, ready, lastExitCode, lastSaid, ip, phase }
      registry.report('Pod', key, (before) => podStatus(pod, before, sight, time.now()), BY)
    })
  }

  const wait = (reason: string, message?: string): void => {
    container = { kind: 'Waiting', reason, ...(message ? { message } : {}) }
    report()
  }

  /** Mounts, makes the sandbox, pulls the image, starts: each again and again until it works. */
  const start = (): void => {
    const pod = podOf()
    if (!pod || terminating) return
    const found = mount(store, pod)
    // What was mounted once stays, even when its source is deleted.
    if (!('missing' in found)) mounted = found
    if (!mounted) {
      wait('ContainerCreating', 'missing' in found ? found.missing : undefined)
      after(1_000, 3_000, start)
      return
    }
    if (!kubelet.seize(mounted.volume, uid)) {
      after(200, 800, start)
      return
    }
    ip ??= kubelet.newAddress()
    const image = pod.spec?.containers[0]?.image ?? ''
    if (!images.has(image)) {
      const backingOff = container.kind === 'Waiting' && container.reason === 'ErrImagePull'
      if (backingOff) wait('ImagePullBackOff', `Back-off pulling image "${image}"`)
      else wait('ErrImagePull', `failed to pull and unpack image "${image}": not found`)
      after(2_000, backingOff ? 15_000 : 4_000, start)
      return
    }
    launch(pod, image, mounted, ip)
  }

  const launch = (pod: Kinds['Pod'], image: string, files: Mounted, address: string): void => {
    run += 1
    const mine = run
    container = { kind: 'Running', since: time.now() }
    phase = 'Running'
    const { namespace, name } = key
    tell(`container starts, address ${address}`)
    if (pod.spec?.restartPolicy === 'Never') {
      report(100, 1_000)
      after(100, 1_500, () => exited(0, `mysqld  Ver ${versionOf(image)}`))
      return
    }
    const spec = { namespace, pod: name, podUid: uid, ip: address, image, env: environment(pod, address), ...files }
    runtime.start(spec, (code, said) => {
      if (mine === run && !gone && !lost) exited(code, said)
    })
    report(100, 1_000)
    probeStart()
  }

  const exited = (exitCode: number, said?: string): void => {
    tell(`container ended with code ${exitCode}`)
    run += 1
    const ranFor = container.kind === 'Running' ? time.now() - container.since : 0
    ends = ranFor < SHORT_MS ? ends + 1 : 1
    const backOffMs = ends < 2 ? 0 : Math.min(BACK_OFF_MS * 2 ** (ends - 2), MAX_BACK_OFF_MS)
    const restartMs = backOffMs + random.between(1_000, 2_000)
    container = { kind: 'Terminated', exitCode, ...(said ? { said } : {}), at: time.now() }
    started = false
    ready = false
    lastExitCode = exitCode
    lastSaid = said
    report(100, 1_000)
    if (terminating) return
    if (podOf()?.spec?.restartPolicy === 'Never') {
      phase = exitCode === 0 ? 'Succeeded' : 'Failed'
      return
    }
    if (backOffMs > 0) after(1_000, 1_000, () => wait('CrashLoopBackOff', 'back-off restarting failed container'))
    after(restartMs, restartMs, () => {
      restarts += 1
      start()
    })
  }

  const probeStart = (): void =>
    after(STARTUP_PROBE_MS, STARTUP_PROBE_MS, () => {
      if (!runtime.started(uid)) {
        probeStart()
        return
      }
      started = true
      failures = FAILURES
      report()
      probeReadiness()
    })

  const probeReadiness = (): void => {
    const is = runtime.ready(uid)
    failures = is ? 0 : failures + 1
    const before = ready
    ready = is || (ready && failures < FAILURES)
    if (ready !== before) report()
    after(READINESS_PROBE_MS, READINESS_PROBE_MS, probeReadiness)
  }

  /** Lets the API server forget the pod. */
  const finish = (): void => {
    time.after(random.between(50, 300), () => {
      if (gone || lost || !podOf()) return
      registry.remove('Pod', key, { by: BY, uid, graceSeconds: 0 })
    })
  }

  const end = (): void => {
    if (ending || gone || lost) return
    ending = true
    if (container.kind !== 'Running') {
      run += 1
      kubelet.yield(uid)
      finish()
      return
    }
    const graceMs =
      Number((podOf()?.metadata as { deletionGracePeriodSeconds?: number })?.deletionGracePeriodSeconds ?? 30) * 1000
    tell('container is being stopped')
    runtime.stop(uid, graceMs, () => {
      if (gone || lost) return
      tell('container has stopped')
      run += 1
      container = { kind: 'Terminated', exitCode: 0, at: time.now() }
      started = false
      ready = false
      phase = 'Succeeded'
      kubelet.yield(uid)
      report()
      finish()
    })
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
      time.after(random.between(10, 500), end)
    },
    removed() {
      gone = true
      const hadContainer = container.kind === 'Running' && !lost
      time.after(random.between(0, 1_000), () => {
        if (hadContainer) runtime.kill(uid)
        kubelet.yield(uid)
      })
    },
    crash() {
      if (container.kind !== 'Running' || gone || lost || ending) return false
      tell('container is killed')
      runtime.kill(uid)
      exited(137)
      return true
    },
    lose() {
      lost = true
      run += 1
      if (container.kind === 'Running') runtime.kill(uid)
      kubelet.yield(uid)
    },
    restore() {
      if (gone) return
      if (!lost) return report()
      lost = false
      started = false
      ready = false
      ip = undefined
      container = { kind: 'Waiting', reason: 'ContainerCreating' }
      restarts += 1
      if (terminating) {
        ending = false
        end()
        return
      }
      report()
      after(500, 2_000, start)
    },
  }
}
