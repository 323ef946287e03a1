import { execFile } from 'node:child_process'
import { rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { dataDirectory } from '../../../deploy/local/volumes.ts'
import { kubectl, kubernetes } from '../../e2e/stage/cluster.ts'
import type { Key } from '../../e2e/stage/mysqlcluster.ts'
import { forceDeletePods } from './pods.ts'
import { aimAt } from './processes.ts'

const run = promisify(execFile)

const claimOf = (pod: string): string => `data-${pod}`

/** The directory of this machine in which a member has its data. */
const directoryOf = async ({ namespace }: Key, pod: string): Promise<string> => {
  const volume = (await kubernetes.get('PersistentVolumeClaim', { namespace, name: claimOf(pod) }))?.spec?.volumeName
  if (!volume) throw new Error(`${pod} has no volume`)
  return dataDirectory(volume)
}

const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size

/** The disk of a member is full to the last block while `meanwhile` goes on. */
export const full = async <T>(key: Key, pod: string, meanwhile: () => Promise<T>): Promise<T> => {
  const directory = await directoryOf(key, pod)
  const filler = join(directory, 'filler')
  try {
    for (let size = 2 ** 30; size >= 4096; size /= 4) {
      const { bavail, bsize } = await statfs(directory)
      const count = Math.floor((bavail * bsize) / size)
      if (count > 0)
        await run('fallocate', ['-o', `${await sizeOf(filler)}`, '-l', `${count * size}`, filler]).catch(
          () => undefined,
        )
    }
    return await meanwhile()
  } finally {
    await rm(filler, { force: true })
  }
}

/** A member dies and its volume is gone for good. */
export const loseVolume = async (key: Key, pod: string): Promise<void> => {
  const signal = await aimAt(key, pod)
  await kubectl('-n', key.namespace, 'delete', 'pvc', claimOf(pod), '--wait=false')
  await forceDeletePods(key, pod)
  signal('SIGKILL')
}

/** A member dies, and when it starts again the middle of the file of a table holds something else. */
export const corrupt = async (key: Key, pod: string, file: string): Promise<void> => {
  const [signal, directory] = await Promise.all([aimAt(key, pod), directoryOf(key, pod)])
  const { stdout } = await run('find', [directory, '-path', `*/${file}`])
  const [path] = stdout.split('\n')
  if (!path) throw new Error(`${pod} has no file ${file}`)
  signal('SIGKILL')
  await run('dd', ['if=/dev/urandom', `of=${path}`, 'bs=16k', 'count=8', 'seek=0', 'conv=notrunc'])
}
