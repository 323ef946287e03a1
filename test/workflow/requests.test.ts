import { describe, expect, test } from '@jest/globals'
import { podName, REF, serving } from '../support/snapshots.ts'
import { useStage } from './stage/jest.ts'
import { failing, looks, type Story } from './stage/story.ts'

const { begin } = useStage()
const TARGET = { target: podName(1) }
const NAME = /^shop-switchover-[0-9a-f]{8}$/
const requested = (story: Story) => story.asked.filter(({ activity }) => activity === 'ask').map(({ args }) => args[1])
const rested = async (on = {}): Promise<Story> => (await begin(serving(), on)).settle()

describe('an update', () => {
  test('is answered with the name of the MySQLOperation that was made of it', async () => {
    const story = await rested()
    await story.update('switchover', TARGET)
    await story.settle()
    const name = expect.stringMatching(NAME)
    expect(story.answers).toEqual([{ kind: 'Accepted' }, { kind: 'Completed', result: { operation: name } }])
    expect(story.asked.find(({ activity }) => activity === 'ask')).toMatchObject({
      args: [REF, { kind: 'switchover', input: TARGET, name }, 'OrRefuse'],
      summary: expect.stringContaining('switchover was asked for'),
    })
  })

  test('is refused with the reason alone, and the workflow goes on', async () => {
    const why = `${podName(1)} lags: it has 5000 transactions still to apply (at most 1000)`
    const story = await rested({ ask: failing('RequestRefused', why) })
    await story.update('switchover', TARGET)
    await story.settle()
    expect(story.answers).toEqual([{ kind: 'Accepted' }, { kind: 'Rejected', why }])
    expect(story.ended).toBeUndefined()
    expect(story.rest?.label).toMatch(/^Healthy/)
  })

  test.each(['switchover', 'failover', 'rebuild'])('can ask for a %s', async (kind) => {
    const story = await rested()
    await story.update(kind, {})
    await story.settle()
    expect(requested(story)).toEqual([expect.objectContaining({ kind, input: {} })])
  })

  test('without input asks with an empty one', async () => {
    const story = await rested()
    await story.update('switchover')
    await story.settle()
    expect(requested(story)).toEqual([expect.objectContaining({ input: {} })])
  })

  test('that is being answered is waited for by a run that must continue as new', async () => {
    const story = await rested()
    await story.update('switchover', TARGET)
    story.suggestContinueAsNew = true
    await story.signal({ why: 'resync' })
    expect(story.pending).toEqual(['ask', 'gather'])
    await story.answer('gather')
    expect(story.pending).toEqual(['ask'])
    expect(story.continuedWith).toBeUndefined()
    await story.settle()
    expect(story.answers.at(-1)?.kind).toBe('Completed')
    expect(story.continuedWith).toBeDefined()
  })
})

describe('a request by signal', () => {
  test('has the cluster looked at again once its MySQLOperation is made', async () => {
    const story = await rested()
    const before = looks(story)
    await story.hear('switchover', TARGET)
    await story.settle()
    expect(requested(story)).toHaveLength(1)
    expect(looks(story)).toBe(before + 1)
  })

  test('is served once, and two are served in the order in which they came', async () => {
    const story = await rested()
    await story.hear('switchover', TARGET)
    await story.hear('switchover', {})
    await story.settle()
    await story.signal({ why: 'resync' })
    await story.settle()
    expect(requested(story)).toEqual([
      expect.objectContaining({ input: TARGET }),
      expect.objectContaining({ input: {} }),
    ])
  })

  test('that comes to a run which must continue as new is in the state of the next one, and served there', async () => {
    const story = await rested()
    story.suggestContinueAsNew = true
    await story.signal({ why: 'resync' })
    await story.until('gather')
    await story.hear('switchover', TARGET)
    await story.settle()
    const { continuedWith } = story
    expect(continuedWith?.state?.requests).toMatchObject([{ kind: 'switchover', input: TARGET }])
    const next = await (await begin(serving(), {}, continuedWith)).settle()
    expect(requested(next)).toEqual(continuedWith?.state?.requests)
    expect((await next.state()).requests).toEqual([])
  })

  test('that the API server does not take is told of, and holds up no other', async () => {
    const story = await rested({ ask: failing('KubernetesRefused', 'namespace default is being terminated') })
    await story.hear('switchover', TARGET)
    await story.hear('rebuild', { member: podName(2) })
    await story.settle()
    expect(requested(story)).toHaveLength(2)
    expect((await story.state()).requests).toEqual([])
  })

  test('is told of where people look while it cannot be taken', async () => {
    const story = await rested({ ask: failing('KubernetesRefused', 'namespace default is being terminated') })
    await story.hear('switchover', TARGET)
    await story.until('gather')
    expect((await story.state()).failure).toMatchObject({
      step: expect.stringContaining('switchover was asked for'),
      message: 'namespace default is being terminated',
    })
  })
})

describe('what has ended', () => {
  const expired = [{ name: 'old', uid: 'op-0' }]

  test('is removed once it was kept long enough, while there is nothing else to do', async () => {
    const story = await begin(serving({ expired }), {
      forgetOperations: () => {
        story.world.found = serving()
      },
    })
    await story.settle()
    expect(story.asked.find(({ activity }) => activity === 'forgetOperations')).toMatchObject({
      args: [REF, expired],
      summary: expect.stringContaining('MySQLOperation old'),
    })
    expect(story.rest?.label).toMatch(/^Healthy/)
  })
})
