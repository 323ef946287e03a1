import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { parseOperation } from '../../../activities/operations.ts'
import { OPERATION_KIND } from '../../../crds/mysqloperation-names.ts'
import { SECOND } from '../run/clock.ts'
import { NAMESPACE } from '../run/user.ts'
import { pauseAll, primary } from '../troubles/make.ts'
import { askSwitchover } from '../troubles/requests.ts'
import { openStories, until, untilGood } from './stage.ts'

jest.setTimeout(300_000)
let stories: Awaited<ReturnType<typeof openStories>>
beforeAll(async () => {
  stories = await openStories()
})
afterEach(() => stories.end())
afterAll(() => stories.close())

test('a primary that was stopped, and is none any more, is not believed because the others answer later', async () => {
  const world = await stories.begin()
  await untilGood(world)
  const first = primary(world)
  if (!first) throw new Error('no member takes writes')
  const { network } = world
  const usual = network.fates
  pauseAll(world, [first], 20 * SECOND, () => {
    network.fates = (caller, receiver, what) =>
      receiver.startsWith('shop-') && receiver !== first.pod
        ? { kind: 'Passes', thereMs: 400, backMs: 1 }
        : usual(caller, receiver, what)
    askSwitchover(world, { target: first.pod })
  })
  const phase = (): string | undefined =>
    world.kubernetes.objects.list(OPERATION_KIND, NAMESPACE).map((one) => parseOperation(one).status?.phase)[0]
  await until(world, 'it has ended', () => phase() === 'Succeeded' || phase() === 'Failed')
  expect(phase()).toBe('Failed')
})
