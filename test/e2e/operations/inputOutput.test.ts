import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('inputOutput', {
  'textFile reads a folder in the order of names, all line ends, gzip, no hidden files':
    "[ 'one', 'two', 'three', 'four', 'five', '', 'six', 'seven', 'eight' ]",
  'textFile takes globs and comma lists': '[ 7, 7 ]',
  'textFile splits a file into as many partitions as asked for, each line once': "[ 10, 3000, 3000, 'line 2999' ]",
  'a path that is not there is named': /^TSPARK_INPUT: .*nowhere\.txt/,
  'wholeTextFiles gives each file with its path': /^\[ \[ 'a\.txt', 19 \], \[ 'b\.txt', 1[01] \] \]$/,
  'binaryFiles gives bytes': "[ [ 'records.bin', 12, 3 ] ]",
  'binaryRecords cuts a file into records of one length': '[ [ 0, 1, 2, 3 ], [ 4, 5, 6, 7 ], [ 8, 9, 10, 11 ] ]',
  'binaryRecords refuses a file that is no whole number of records': /binaryRecords.*records\.bin.*12.*5/,
  'saveAsTextFile writes pairs that were sorted, and either side of them': "[ 'a,1\\nb,2\\n', 'a\\nb\\n', '<1>\\n<2>\\n' ]",
  'saveAsTextFile writes a part a partition and _SUCCESS': "[ [ '_SUCCESS', 'part-00000', 'part-00001' ], '3\\nnull\\n' ]",
  'sortBy of a large file saves balanced parts, from a sample of pieces or, of few records, of all': '[ true, true, 100, true ]',
  'saveAsTextFile refuses a path where anything is': /^TSPARK_OUTPUT: .*texts exists already/,
  'saveAsTextFile as one file': "'1\\n2\\n3\\n'",
  'saveAsTextFile compressed is read back': "[ [ '_SUCCESS', 'part-00000.gz', 'part-00001.gz' ], [ 'x', 'y' ] ]",
  'a failed save leaves nothing': '[ true, [] ]',
  'object files give back what was saved, classes too': "[ '2.5 EUR', 7, [ 1, { deep: Set(1) { 1 } } ] ]",
})
