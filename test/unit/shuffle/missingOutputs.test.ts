import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newMetrics } from '../../../src/plan/newMetrics.js'
import { NO_ATTEMPT } from '../../../src/protocol/executorMessages.js'
import { createShuffleReader } from '../../../src/shuffle/createShuffleReader.js'

it('a reader that was told of fewer outputs than there are map tasks names the first that is missing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(9), { maxLength: 9 }), (told) => {
      const missing = Array.from({ length: 10 }, (_, mapIndex) => mapIndex).find((mapIndex) => !told.includes(mapIndex))
      const open = () =>
        createShuffleReader({
          spec: { shuffleId: 7, from: 0, to: 1 },
          numMaps: 10,
          locations: told.map((mapIndex) => ({ mapIndex, attemptId: mapIndex, workerId: 'here' })),
          appId: 'app',
          appSecretHex: '',
          maxSizeInFlight: 1 << 20,
          spillDir: '/nowhere',
          workers: [],
          localDirsOf: () => ['/nowhere'],
          metrics: newMetrics(),
        })
      expect(open).toThrow(expect.objectContaining({ name: 'FetchFailedError', shuffleId: 7, mapIndex: missing, attemptId: NO_ATTEMPT }))
    }),
  )
})
