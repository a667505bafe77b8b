import { expect, test } from 'vitest'
import { checkProfile, type ResourceProfile, ResourceProfileBuilder } from '../../../src/rdd/resourceProfile.js'
import { ExecutorResourceRequests, TaskResourceRequests } from '../../../src/rdd/resourceRequests.js'

test('a profile has what was required last, and a number of its own', () => {
  const builder = new ResourceProfileBuilder().require(new TaskResourceRequests().cpus(1)).require(new TaskResourceRequests().cpus(3))
  const profile = builder.build()
  expect([...profile.taskResources]).toEqual([['cpus', 3]])
  expect(builder.build().id).toBeGreaterThan(profile.id)
  builder.require(new ExecutorResourceRequests().cores(2).memory('1g').resource('gpu', 1))
  expect([...builder.executorResources]).toEqual([
    ['cores', 2],
    ['memory', '1g'],
    ['gpu', 1],
  ])
  expect(builder.clearExecutorResourceRequests().clearTaskResourceRequests().build()).toMatchObject({ taskResources: new Map(), executorResources: new Map() })
  checkProfile(profile)
})

test('what cannot be had is refused', () => {
  for (const amount of [0, -1, 1.5, Number.NaN, '2'])
    expect(() => new TaskResourceRequests().cpus(amount as number)).toThrow(/number of cores is a whole number from 1/)
  expect(() => new TaskResourceRequests().resource('gpu', 0)).toThrow("amount of 'gpu' is more than 0")
  expect(() => new ResourceProfileBuilder().require({} as TaskResourceRequests)).toThrow('needs TaskResourceRequests or ExecutorResourceRequests')
  const built = (requests: TaskResourceRequests | ExecutorResourceRequests) => new ResourceProfileBuilder().require(requests).build()
  expect(() => checkProfile(built(new TaskResourceRequests().cpus(1).resource('gpu', 0.5)))).toThrow(
    expect.objectContaining({ code: 'TSPARK_RESOURCES', message: expect.stringContaining("'gpu'") }),
  )
  expect(() => checkProfile(built(new ExecutorResourceRequests().memory('2g')))).toThrow(
    expect.objectContaining({ code: 'TSPARK_RESOURCES', message: expect.stringContaining("executors with their own 'memory'") }),
  )
  expect(() => checkProfile({ taskResources: new Map() } as unknown as ResourceProfile)).toThrow('needs a ResourceProfile')
})
