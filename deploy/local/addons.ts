import { type ApiClient, ApiError, connect } from './api.ts'
import { PROVISIONER, paths, STORAGE_CLASS } from './settings.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const role = (name: string, rules: readonly Rule[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})

const grant = (roleName: string, user: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: `local:${user.replace(/^local:/, '')}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
})

const WATCH = ['get', 'list', 'watch'] as const

const roles = [
  role('local:coredns', [
    { apiGroups: [''], resources: ['services', 'namespaces', 'pods'], verbs: WATCH },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: WATCH },
  ]),
  role('local:storage', [
    { apiGroups: [''], resources: ['persistentvolumes'], verbs: [...WATCH, 'create', 'patch', 'delete'] },
    { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: WATCH },
    { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['patch'] },
  ]),
] as const

const grants = [
  grant('local:coredns', 'local:coredns'),
  grant('local:storage', 'local:storage'),
  // With it `kubectl logs`, `exec` and `port-forward` reach the kubelet.
  grant('system:kubelet-api-admin', 'kube-apiserver-kubelet'),
] as const

const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Delete',
  // With one node there is nothing to wait for, and the scheduler looks only once a second for a volume it waits for.
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
}

/** A class cannot be changed, but replaced: its volumes stay as they are. */
const applyStorageClass = async (api: ApiClient): Promise<void> => {
  const path = `/apis/storage.k8s.io/v1/storageclasses/${STORAGE_CLASS}`
  await api.apply(path, storageClass).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 422) throw error
    await api.call('DELETE', path)
    await api.apply(path, storageClass)
  })
}

/** Puts into the API what the cluster's own processes need: their permissions and the storage class. Repeatable. */
export const applyAddons = async (api: ApiClient = connect(paths.adminKubeconfig)): Promise<void> => {
  await Promise.all([
    ...roles.map((body) => api.apply(`${RBAC}/clusterroles/${encodeURIComponent(body.metadata.name)}`, body)),
    ...grants.map((body) => api.apply(`${RBAC}/clusterrolebindings/${encodeURIComponent(body.metadata.name)}`, body)),
    applyStorageClass(api),
  ])
}
