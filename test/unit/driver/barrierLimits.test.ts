import { expect, test } from 'vitest'
import { parseMasterUrl } from '../../../src/cluster/masterUrl.js'
import { barrierLimits } from '../../../src/driver/barrierLimits.js'
import { settingsOf } from '../../../src/protocol/settings.js'

test.each([
  ['local[4]', {}, [4, 2, 1]],
  ['local[4]', { executorCores: 2 }, [4, 2, 0]],
  ['local-cluster[2,3,512]', {}, [6, 2, 2]],
  ['local-cluster[2,4,512]', { executorCores: 2, totalExecutorCores: 6 }, [6, 3, 0]],
  ['tspark://host:7077', {}, [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
  ['tspark://host:7077', { totalExecutorCores: 5 }, [5, 2, 1]],
])('%s with %j has slots for so many tasks of 1, 2 and 3 cores: %j', (master, resources, slots) => {
  const { mostSlots } = barrierLimits(parseMasterUrl(master), resources, settingsOf({}))
  expect([1, 2, 3].map(mostSlots)).toEqual(slots)
})
