import { join } from 'node:path'
import { kubeconfigFile, pkiFile } from './certificates.ts'
import { configurationFile } from './configuration.ts'
import { removeProxyTables } from './network.ts'
import { binary, here, local, node, type Part } from './part.ts'
import { NODE_ADDRESS, NODE_NAME, paths } from './settings.ts'

export const containerd: Part = {
  argv: ['containerd', '--config', configurationFile('containerd.toml'), '--log-level', 'warn'],
  files: [configurationFile('containerd.toml')],
  ports: [],
  graceMs: 10_000,
}

export const kubelet: Part = {
  argv: [
    binary('kubelet'),
    `--config=${configurationFile('kubelet.json')}`,
    `--kubeconfig=${kubeconfigFile('kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${paths.kubelet}`,
  ],
  files: [configurationFile('kubelet.json'), kubeconfigFile('kubelet'), pkiFile('kubelet-serving.crt')],
  ports: [...node(10250), ...local(10248)],
  graceMs: 5000,
}

export const proxy: Part = {
  argv: [binary('kube-proxy'), `--config=${configurationFile('kube-proxy.json')}`],
  files: [configurationFile('kube-proxy.json'), kubeconfigFile('proxy')],
  ports: local(10249, 10256),
  graceMs: 5000,
  // kube-proxy takes a chain of its predecessor for stale, empties it, and does not fill it again when it is needed after all.
  clear: removeProxyTables,
}

export const dns: Part = {
  argv: [binary('coredns'), '-conf', configurationFile('Corefile')],
  files: [configurationFile('Corefile'), kubeconfigFile('coredns')],
  ports: node(53),
  graceMs: 5000,
}

export const storage: Part = {
  argv: [process.execPath, '--disable-warning=ExperimentalWarning', here('storage.ts')],
  files: [kubeconfigFile('storage')],
  sources: ['storage.ts', 'storage-reconcile.ts', 'volumes.ts', 'mounts.ts', 'api.ts', 'settings.ts'].map(here),
  ports: [],
  // A volume that is being made gets the time to become complete.
  graceMs: 5000,
}

export const temporal: Part = {
  argv: [
    binary('temporal'),
    'server',
    'start-dev',
    // Its services call each other at this address whatever is said here; pods come through the bridge (network.ts).
    '--ip=127.0.0.1',
    '--port=7233',
    '--ui-ip=127.0.0.1',
    '--ui-port=8233',
    `--db-filename=${join(paths.temporal, 'temporal.db')}`,
    '--ui-disable-news-fetch',
    '--log-level=warn',
  ],
  files: [],
  ports: local(7233, 8233),
  graceMs: 10_000,
}
