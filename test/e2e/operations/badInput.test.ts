import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('badInput', {
  'a function is no key': /^TSPARK_\w+: .*a function cannot be a key.*badInput\.ts:\d+/,
  'a symbol is no key': /^TSPARK_\w+: .*a symbol cannot be a key.*badInput\.ts:\d+/,
  'a promise is no key': /^TSPARK_\w+: .*a Promise cannot be a key.*badInput\.ts:\d+/,
  'a comparator that throws fails with its error': /^TSPARK_TASK_FAILED: TypeError: cannot order 2 \[stage \d+ \(sortBy at badInput\.ts:\d+\), partition 1,/,
  'an order that contradicts itself still ends': '1000',
  'a cartesian of millions of partitions is refused': /^TSPARK_ARGUMENT: cartesian\(\): .*16000000|16,000,000/,
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
  'a record that cannot be sent is named': /^TSPARK_RECORD: a record cannot be sent: .* is a function.*badInput\.ts:\d+/,
})
