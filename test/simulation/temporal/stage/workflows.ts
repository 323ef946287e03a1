import {
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow'

interface Activities {
  work(name: string): Promise<string>
}

const { work } = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1s', maximumAttempts: 3 },
})

export const note = defineSignal<[string]>('note')
export const notes = defineQuery<readonly string[]>('notes')

/** Keeps what it is told until it is told to end; carries it over when told to. */
export async function keeper(kept: string[] = []): Promise<string[]> {
  setHandler(note, (text) => void kept.push(text))
  setHandler(notes, () => kept)
  const full = (): boolean => workflowInfo().continueAsNewSuggested
  await condition(() => kept.includes('end') || full())
  if (!kept.includes('end')) await continueAsNew<typeof keeper>(kept)
  return kept
}

export async function worker(name: string): Promise<string> {
  return work(name)
}

/** Begins a child, tells a stranger, and ends; whether the child goes on is for the test to see. */
export async function parent(): Promise<string> {
  const child = await startChild(keeper, {
    workflowId: 'child',
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [],
  })
  await child.signal(note, 'from the parent')
  await getExternalWorkflowHandle('stranger').signal(note, 'hello')
  return child.workflowId
}

export async function waitsForChild(): Promise<string[]> {
  const child = await startChild(keeper, { workflowId: 'child', args: [] })
  return child.result()
}

export async function tidy(): Promise<string> {
  try {
    await sleep('1 hour')
    return 'slept'
  } catch (error) {
    if (!isCancellation(error)) throw error
    return CancellationScope.nonCancellable(() => work('tidy up'))
  }
}
