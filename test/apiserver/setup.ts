import { runLocal } from '../support/local.ts'

/** Jest's global set-up: the programs of the control plane. Where they are not in the cache, this takes minutes. */
const setup = (): Promise<void> => runLocal('build', 'kubernetes')

export default setup
