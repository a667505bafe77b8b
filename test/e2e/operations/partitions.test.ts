import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('partitions', {
  'parallelize slices as Scala does': '[ [ [ 1 ], [ 2, 3 ], [ 4, 5 ] ], [ [], [], [ 1 ] ] ]',
  'parallelize takes any iterable': "[ 2, [ 'a', 'b', 'c' ], 4 ]",
  'range counts up and down, the end left out': '[ [ 0, 1, 2 ], [ 2, 5, 8 ], [ 5, 3, 1 ], [] ]',
  'emptyRDD has no partitions': '[ 0, [] ]',
  'defaultParallelism is the cores of the cluster': '[ 2, 2, 2 ]',
  'HashPartitioner puts equal keys together and knows its equal': /^\[ true, true, false, [0-3] \]$/,
  'zipPartitions keeps the partitioner when told so': '[ undefined, undefined, 2 ]',
  'zipPartitions takes async generators': "[ 'a1', 'bb2', 'ccc3', 'dd4' ]",
  'distinct of what is partitioned already needs no shuffle': '[ 3, 2, undefined, 2 ]',
  'filterAsync keeps the partitioner': '[ 4 ]',
  'RangePartitioner goes by bounds': '[ 3, [ 0, 0, 1, 1, 2 ] ]',
  'a partitioner class of your own': "[ [ [ 'ccc' ], [ 'a' ], [ 'bb', 'dd' ] ], 2 ]",
  'any object with numPartitions and getPartition is one': "[ [ 'bb', 'ccc', 'dd' ], [ 'a' ] ]",
  'map forgets the partitioner, filter and mapValues keep it': '[ undefined, 2, 2 ]',
  'union of RDDs with one partitioner keeps it': '[ 3, 5 ]',
  'a shuffle has as many partitions as its largest input': '[ 7, 7, 3 ]',
  'a partitioner that is out of range is named': /partitionBy.*5|5.*partitionBy/,
  'a partition function that is out of range is named': /-1/,
  'a partition function that gives no number is named': /x/,
})
