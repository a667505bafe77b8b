import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('shared', {
  'a broadcast is read in tasks, whatever it holds': "[ [ 'one', 'two', '?', '?' ], 2 ]",
  'a large broadcast arrives whole': '[ 1000, 2000, 3000, 4000 ]',
  'a destroyed broadcast cannot be used': /^TSPARK_\w+: .*destroyed/,
  'an unpersisted broadcast is deleted in workers, and sent again when it is used': "[ true, 0, 'here here here here', true ]",
  'a destroyed broadcast is told with the line of the function':
    /^TSPARK_CONTEXT: map\(\): cannot ship the function \(.*shared\.ts:\d+:\d+\) to executors: it uses a broadcast that was destroyed$/,
  'classes have the names of their sources': `[ 'HashPartitioner { numPartitions: 3 }', 'StorageLevel', 'Point { x: 0 }', 'RDD' ]`,
  'longAccumulator adds up, counts and averages': '[ 10, 4, 2.5 ]',
  'doubleAccumulator adds numbers': '5',
  'collectionAccumulator collects': "[ 'n1', 'n2', 'n3', 'n4' ]",
  'an accumulator class of your own': "'abcd'",
  'an accumulator counts a task once in an action': '[ [ 2, 1, 2, 1 ], 2 ]',
  'an accumulator cannot be read in a task': /accumulator/i,
  'captured values are copies': '[ [ 2, 3, 2, 3 ], [ 0 ] ]',
  'TaskContext tells where a task is': '[ [ 0, 2, 0, 0, 1, 2 ], [ 1, 2, 0, 0, 1, 2 ] ]',
  'TaskContext reads local properties and calls listeners': "[ [ 'green 2', 'green 2' ], 2, undefined ]",
  'there is no TaskContext in main': 'undefined',
  'a file added later is found in tasks and in main': "[ '2 hello file', '2 hello file' ]",
  'what is no file is not shipped': /^TSPARK_INPUT: addFile\(\): .*missing\.txt is no file/,
  'the context knows its application': "[ 'shared', 'local-cluster[2,1,1024]', true, true, true, undefined ]",
})
