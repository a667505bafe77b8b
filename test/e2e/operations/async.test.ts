import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('async', {
  'mapAsync keeps the order': '[ 50, 10, 40, 20, 30 ]',
  'mapAsync has at most so many calls at once': '3',
  'flatMapAsync takes promises of iterables and async iterables': '[ [ 0, 1 ], [ 1, 2 ] ]',
  'flatMapAsync runs async generators side by side, as many as it may': '4',
  'flatMapAsync that gives no iterable says so': /^TSPARK_ARGUMENT: flatMapAsync\(\): the function must give an iterable, not number/,
  'filterAsync keeps what the promise says yes to': '[ 5, 4, 3 ]',
  'forEachRecordAsync waits for every call': '15',
  'an async generator is a partition function': '[ 6, 2, 5, 3, 4 ]',
  'async steps go on before and after others': '[ [ 0, 20 ], [ 2, 10 ] ]',
  'a function over partitions reads several that wait: cached ones, commands, packed files': '[ [ 6 ], [ 6 ], [ 6 ], [ 2 ], 15, 1 ]',
  'a rejection fails the task with its error': /no 4 today/,
  'concurrency is a whole number from 1': /^TSPARK_ARGUMENT: mapAsync\(\): concurrency .* 0/,
  'a promise from map is refused with the way to do it': /mapAsync/,
})
