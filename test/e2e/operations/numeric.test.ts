import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('numeric', {
  sum: '[ 40, 0 ]',
  mean: '[ 5, 0 ]',
  'variance and stdev are those of the population': '[ 4, 2, 4, 2 ]',
  'sampleVariance and sampleStdev divide by one less': '[ true, true ]',
  'variance of one number is 0, its sample variance is not defined': '[ 0, NaN ]',
  'stats tells all at once': '{ count: 8, sum: 40, min: 2, max: 9, mean: 5 }',
  'histogram of even buckets, the last one closed': '[ [ 2, 5.5, 9 ], [ 6, 2 ] ]',
  'histogram of given edges leaves out what is outside': '[ [ 0, 4, 5, 8 ], [ 1, 3, 3 ] ]',
  'histogram of one value': /^\[ \[ 3, 3 \], \[ 3 \] \]$/,
  'histogram of uneven edges': '[ [ 0, 5, 60, 100 ], [ 1, 2, 1 ] ]',
  'histogram edges must rise': /^TSPARK_ARGUMENT: histogram\(\): /,
  'histogram needs a bucket': /^TSPARK_ARGUMENT: histogram\(\): /,
  'sumApprox and meanApprox, with time enough, are exact': '[ 40, 5 ]',
  'numbers that are none are refused': /sum/,
})
