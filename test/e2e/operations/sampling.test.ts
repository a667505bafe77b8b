import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('sampling', {
  'sample without replacement keeps about its fraction, in order, nothing twice': '[ true, true ]',
  'sample with replacement may give a record several times': '[ true, true ]',
  'sample of 0 and of 1': '[ 0, 10000 ]',
  'sample of a seed is the same each time, and another with another seed': '[ true, false ]',
  'randomSplit parts are disjoint and whole': '[ true, 10000, 10000 ]',
  'takeSample takes exactly as many': '500',
  // 1429 multiples of seven, 4285 other even numbers
  'sampleByKeyExact takes exactly its share of each key, rounded up':
    "[ [ [ 'even', 1286 ], [ 'seventh', 15 ] ], [ [ 'even', 1286 ], [ 'seventh', 15 ] ], true, true, true ]",
  'fractions out of range are refused': /^TSPARK_ARGUMENT: sample\(\): .*1\.5/,
  'negative fractions are refused': /^TSPARK_ARGUMENT: sample\(\): .*-1/,
  'negative sizes are refused': /^TSPARK_ARGUMENT: takeSample\(\): .*-1/,
  'negative weights are refused': /^TSPARK_ARGUMENT: randomSplit\(\): weights are an array of numbers from 0/,
})
