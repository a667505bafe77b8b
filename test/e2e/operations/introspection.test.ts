import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('introspection', {
  'partitions are known by their places': '[ { index: 0 }, { index: 1 }, { index: 2 } ]',
  'dependencies tell a shuffle with its partitioner and parent': '[ [ 3, true, true ] ]',
  'dependencies tell which partitions of a parent a partition reads': '[ [ [ 0 ], [ 1 ] ], [ [], [], [ 0 ], [ 1 ], [ 2 ] ], [ [ 0, 1 ], [ 2, 3, 4 ] ] ]',
  'what reads data has no dependencies': '[]',
  'preferredLocations are the hosts that keep the partition, or what it comes from': '[ [], 1, 1 ]',
  'preferredLocations of no partition': 'TSPARK_ARGUMENT: preferredLocations(): there is no partition 3; there are 3',
  'getRDDStorageInfo tells how much is kept where': "[ 0, [ 'numbers', 2, 2, true, false ], [ 'range', 1, 2, false, true ], true, false ]",
  'cleanShuffleDependencies removes shuffle files, which are written again when needed': "[ [ 'map', 'count' ], [ 'count' ], [ 'map', 'count' ], 3 ]",
  'getConf has what the run was given': "[ 'local-cluster[2,1,1024]', 'fallback', undefined, true, 7 ]",
  'getConf has units': '[ 120000, 65536 ]',
  'getConf of what was not set': /^TSPARK_ARGUMENT: SparkConf\.get\('spark\.nothing'\): it was not set \(give a fallback/,
  'getOrCreate gives the context of main': 'true',
  'getOrCreate in a task is refused': /there is no SparkContext here.*introspection\.ts:\d+/,
  'version is that of tspark': 'true',
  'setLogLevel takes the levels of Spark': /^TSPARK_ARGUMENT: setLogLevel\(\): the level is one of ALL, .* OFF, not 'LOUD'/,
})
