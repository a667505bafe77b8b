import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('joins', {
  'join pairs every left value with every right one of its key':
    "[ [ 'a', [ 1, 'x' ] ], [ 'a', [ 1, 'y' ] ], [ 'a', [ 2, 'x' ] ], [ 'a', [ 2, 'y' ] ], [ 'b', [ 3, 'z' ] ] ]",
  'join with nothing is nothing': '[]',
  'join with itself': '6',
  'leftOuterJoin has undefined where the right side lacks a key':
    "[ [ 'a', [ 1, 'x' ] ], [ 'a', [ 1, 'y' ] ], [ 'a', [ 2, 'x' ] ], [ 'a', [ 2, 'y' ] ], [ 'b', [ 3, 'z' ] ], [ 'c', [ 4, undefined ] ] ]",
  'rightOuterJoin has undefined where the left side lacks a key':
    "[ [ 'a', [ 1, 'x' ] ], [ 'a', [ 1, 'y' ] ], [ 'a', [ 2, 'x' ] ], [ 'a', [ 2, 'y' ] ], [ 'b', [ 3, 'z' ] ], [ 'd', [ undefined, 'w' ] ] ]",
  'fullOuterJoin keeps the keys of both':
    "[ [ 'a', [ 1, 'x' ] ], [ 'a', [ 1, 'y' ] ], [ 'a', [ 2, 'x' ] ], [ 'a', [ 2, 'y' ] ], [ 'b', [ 3, 'z' ] ], [ 'c', [ 4, undefined ] ], [ 'd', [ undefined, 'w' ] ] ]",
  'joins compare keys by value': "[ [ 'l', 'r' ] ]",
  'joins know null, undefined and NaN as keys': '3',
  'cogroup gathers both sides, with empty ones':
    "[ [ 'a', [ [ 1, 2 ], [ 'x', 'y' ] ] ], [ 'b', [ [ 3 ], [ 'z' ] ] ], [ 'c', [ [ 4 ], [] ] ], [ 'd', [ [], [ 'w' ] ] ] ]",
  'cogroup of four':
    "[ [ 'a', [ [ 1, 2 ], [ 'x', 'y' ], [ true ], [] ] ], [ 'b', [ [ 3 ], [ 'z' ], [], [] ] ], [ 'c', [ [ 4 ], [], [], [] ] ], [ 'd', [ [], [ 'w' ], [], [] ] ], [ 'e', [ [], [], [], [ null ] ] ] ]",
  'groupWith is cogroup': '4',
  'subtractByKey removes keys of the other': "[ [ 'c', 4 ] ]",
  'subtractByKey keeps duplicates': "[ [ 'a', 1 ], [ 'a', 2 ], [ 'c', 4 ] ]",
  'a join has as many partitions as its larger side': '[ 3, 7 ]',
  'a join keeps the partitioner of a side that has one': '[ 5, 5, 2 ]',
  'two sides with one partitioner are joined without a shuffle': '[ 4, 2 ]',
  'a large product comes whole': '90000',
})
