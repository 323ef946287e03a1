import { runLocal } from '../support/local.ts'

/** Jest's global set-up: the local cluster with the operator of this checkout in it. What runs already is kept. */
const setup = (): Promise<void> => runLocal('operator')

export default setup
