import { apiserver, controllerManager, etcd, scheduler } from './control-plane.ts'
import { containerd, dns, kubelet, proxy, storage, temporal } from './node-parts.ts'
import type { Part } from './part.ts'

/** All processes of the local cluster, by the names that `status` and `logs` use. */
export const parts = {
  etcd,
  apiserver,
  'controller-manager': controllerManager,
  scheduler,
  containerd,
  kubelet,
  'kube-proxy': proxy,
  dns,
  storage,
  temporal,
} as const satisfies Record<string, Part>

export type PartName = keyof typeof parts
export const partNames = Object.keys(parts) as readonly PartName[]
