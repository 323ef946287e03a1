import { simulate } from './simulate.ts'
import { openSimulation } from './stage.ts'

/** Lives one seed after the other, as told by its parent; a message with no seed ends it. */
const sandbox = await openSimulation()
process.on('message', async (seed: number | null) => {
  if (seed === null) process.exit(0)
  const begun = performance.now()
  try {
    const verdict = await simulate(seed, sandbox)
    process.send?.({ ...verdict, seconds: (performance.now() - begun) / 1000 })
  } catch (error) {
    const why = error instanceof Error ? `${error.stack}` : String(error)
    process.send?.({
      seed,
      violations: [{ rule: 'the simulation itself works', why }],
      events: 0,
      story: '',
      seconds: 0,
    })
  }
})
process.send?.('ready')
