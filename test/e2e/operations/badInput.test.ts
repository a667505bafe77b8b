import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('badInput', {
  'a function is no key': /^TSPARK_KEY: reduceByKey at badInput\.ts:\d+: a function cannot be a key.*badInput\.ts:\d+/,
  'a symbol is no key': /^TSPARK_KEY: groupByKey at badInput\.ts:\d+: a symbol cannot be a key/,
  'a promise is no key': /^TSPARK_KEY: partitionBy at badInput\.ts:\d+: a Promise cannot be a key/,
  'a comparator that throws fails with its error': /^TSPARK_TASK_FAILED: TypeError: cannot order 2 \[stage \d+ \(sortBy at badInput\.ts:\d+\), partition 1,/,
  'an order that contradicts itself still ends': '1000',
  'a cartesian of millions of partitions is refused':
    /^TSPARK_ARGUMENT: cartesian at badInput\.ts:\d+: it would have 16000000 partitions, more than 1000000 \(coalesce one side/,
  'results that are too large end with size and remedy': /^TSPARK_RESULT_TOO_LARGE: collect at badInput\.ts:\d+: .*1024 MiB.* \(save them to files/,
  'a number of partitions of 0': /^TSPARK_ARGUMENT: repartition\(\): .* 0/,
  'a fraction of partitions': /^TSPARK_ARGUMENT: reduceByKey\(\): .*1\.5/,
  'NaN partitions': /^TSPARK_ARGUMENT: parallelize\(\): .*NaN/,
  'coalesce to nothing': /^TSPARK_ARGUMENT: coalesce\(\): .*-2/,
  'a step of 0': /^TSPARK_ARGUMENT: range\(\): /,
  'a function that is none': /^TSPARK_\w+: map\(\): .*function/,
  'capturing what cannot travel names the variable': /^TSPARK_CLOSURE: map\(\): .*badInput\.ts:\d+.*'waiting'.* is a Promise/,
  'an error in a task names its line':
    /^TSPARK_TASK_FAILED: RangeError: three is too much \[stage \d+ \(collect at badInput\.ts:\d+\), partition 0, attempt 4,/,
  'a key to look up that is none': /^TSPARK_KEY: lookup at badInput\.ts:\d+: a function cannot be a key/,
  'records that are no pairs': /^TSPARK_RECORD: groupByKey at badInput\.ts:\d+: an operation on pairs met 3, which is no \[key, value\] pair/,
  'a partitioner out of range': /^TSPARK_ARGUMENT: reduceByKey at badInput\.ts:\d+: the partitioner gave 7 for "a"; there are partitions 0 to 1/,
  'zip of unequal lengths':
    /^TSPARK_ARGUMENT: zip at badInput\.ts:\d+: can only zip RDDs with the same number of elements.*\[stage \d+ \(collect at badInput\.ts:\d+\)/,
  'keys of different kinds in one partition have no order': /^TSPARK_KEY: sortBy at badInput\.ts:\d+: keys of different kinds have no order/,
  'keys of different kinds have no order': /^TSPARK_KEY: sortBy at badInput\.ts:\d+: keys of different kinds have no order: the string "two" and the number \d/,
  'a missing path is told with what reads it': /^TSPARK_INPUT: input path does not exist: \/no\/such\/path \(textFile at badInput\.ts:\d+\)/,
  'an accumulator read in a task': /^TSPARK_CONTEXT: the value of an accumulator cannot be read in a task.*\(foreach at badInput\.ts:\d+\)/,
  'what is no RDD': /^TSPARK_ARGUMENT: join\(\): needs an RDD, not an array/,
  'a partition function that gives no iterable': /^TSPARK_ARGUMENT: mapPartitions at badInput\.ts:\d+: the function must give an iterable, not number/,
  'a record that cannot be sent is named': /^TSPARK_RECORD: a record cannot be sent: .* is a function.*badInput\.ts:\d+/,
})
