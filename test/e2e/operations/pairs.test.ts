import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('pairs', {
  'reduceByKey brings the values of a key together': "[ [ 'a', 10 ], [ 'b', 7 ], [ 'c', 4 ] ]",
  'reduceByKey takes a number of partitions or a partitioner': '[ 5, 7, 3 ]',
  'numbers by whole numbers are combined as others are, -0 and fractions among the keys and texts among the values':
    "[ [ [ -0, 12 ], [ 0.5, 6 ], [ 1, NaN ], [ 2147483648, 8 ], [ 3, -0 ] ], [ [ 0, 'large' ], [ 1, 247 ], [ 2, 260 ] ] ]",
  'mapValues of combined numbers gives what it gives, and is called for what is asked for':
    "[ [ 8, 8 ], true, 2500, [ [ 'five', 5000 ] ], [ [ 0, [ 8, [ 4 ] ] ], [ 1, [ 8, [ 4 ] ] ] ] ]",
  'reduceByKeyLocally gives a Map to the driver': "Map(3) { 'a' => 18, 'b' => 10, 'c' => 4 }",
  'foldByKey begins every key in every partition with its zero': "[ [ 'a', 40 ], [ 'b', 27 ], [ 'c', 14 ] ]",
  'aggregateByKey gives values of another type': "[ [ 'a', [ 1, 3, 6 ] ], [ 'b', [ 2, 5 ] ], [ 'c', [ 4 ] ] ]",
  'aggregateByKey copies a zero that is changed in place': "[ [ 'a', { sum: 10 } ], [ 'b', { sum: 7 } ], [ 'c', { sum: 4 } ] ]",
  'combineByKey makes, merges and combines': "[ [ 'a', 3.3333333333333335 ], [ 'b', 3.5 ], [ 'c', 4 ] ]",
  'groupByKey gathers all values of a key, twice readable': "[ [ 'a', [ [ 1, 3, 6 ], 3 ] ], [ 'b', [ [ 2, 5 ], 2 ] ], [ 'c', [ [ 4 ], 1 ] ] ]",
  'groupByKey knows a key by its value': '[ 1, 2 ]',
  'countByKey counts in the driver': "Map(3) { 'a' => 3, 'b' => 2, 'c' => 1 }",
  'countByKey of nothing is an empty Map': 'Map(0) {}',
  'countApproxDistinctByKey is close': "[ [ 'even', true ], [ 'odd', true ] ]",
  'mapValues keeps keys and partitioner': "[ [ [ 'a', 10 ], [ 'a', 30 ] ], 4, undefined ]",
  'flatMapValues gives a pair for each': "[ [ 'a', 'x' ], [ 'a', 'y' ] ]",
  'keys and values': "[ [ 'a', 'b', 'a', 'c', 'b', 'a' ], [ 1, 2, 3, 4, 5, 6 ] ]",
  'collectAsMap keeps one value a key, the last one': "Map(2) { 'a' => 3, 'b' => 2 }",
  'lookup gives all values of a key': '[ 1, 3, 6 ]',
  'lookup of a key that is not there gives nothing': '[]',
  'lookup in a partitioned RDD runs one task': '[ [ 1, 3, 6 ], 1 ]',
  'partitionBy puts equal keys together': '[ 3, 6, true ]',
  'partitionBy takes a function of the key': "[ [ 'a', 'a', 'a' ], [ 'b', 'b' ], [ 'c' ] ]",
  'partitionBy with the partitioner it has does not shuffle': 'true',
  'sampleByKey samples each key by its own fraction': '[ 1000, undefined ]',
  'a function is called with the two values only': "[ [ 'a', 2 ], [ 'b', 2 ], [ 'c', 4 ] ]",
  'pair functions refuse what is no pair': /an operation on pairs met \d, which is no \[key, value\] pair/,
})
