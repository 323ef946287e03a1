import { installOperator } from './demo/install.ts'
import { inStage, prepareLocal } from './demo/local-stack.ts'
import { createScreen } from './demo/screen.ts'
import { localTarget } from './demo/target.ts'

/** Brings this checkout's operator into the local cluster, which is started when it does not run: what `make operator` does. */
export const operator = async (): Promise<void> => {
  const screen = createScreen()
  try {
    const imageId = await prepareLocal(screen)
    await inStage(screen, 'operator', (stage) => installOperator(localTarget(), imageId, stage))
  } finally {
    screen.close()
  }
}
