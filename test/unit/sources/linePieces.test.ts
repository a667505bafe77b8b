import { expect, test } from 'vitest'
import { LinePieces } from '../../../src/sources/linePieces.js'

const texts = (pieces: Iterable<Buffer>) => [...pieces].map((piece) => piece.toString('latin1'))

test('lines are gathered to pieces of a size, over batches', () => {
  const pieces = new LinePieces(6, 'latin1')
  expect(texts(pieces.cut(['a', 'b', 'é', 'long line']))).toEqual(['a\nb\né\n', 'long line\n'])
  expect(texts(pieces.cut([1, null]))).toEqual(['1\nnull\n'])
  expect(texts(pieces.cut(['x']))).toEqual([])
  expect(texts([pieces.rest(), pieces.rest()])).toEqual(['x\n', ''])
})

test('with a size of 1 every line goes by itself', () => {
  expect(texts(new LinePieces(1, 'utf8').cut(['a', '', 'b']))).toEqual(['a\n', '\n', 'b\n'])
})
