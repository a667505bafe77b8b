import { expect, test } from 'vitest'
import { BlobCopies } from '../../../src/driver/blobCopies.js'

test('copies of a broadcast are deleted at once, or when the last stage that uses it has ended', async () => {
  const used = new Set(['busy'])
  const dropped: string[] = []
  const copies = new BlobCopies(
    (hash) => used.has(hash),
    (hash) => dropped.push(hash),
  )
  await copies.delete('idle')
  const both = Promise.all([copies.delete('busy'), copies.delete('busy')])
  copies.stageEnded()
  expect(dropped).toEqual(['idle'])
  used.clear()
  copies.stageEnded()
  await both
  copies.stageEnded()
  expect(dropped).toEqual(['idle', 'busy'])
})
