import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('jobs', {
  'cancelJobGroup ends the jobs of the group, busy loops too': /^\[ "JobCancelledError: .*job group 'slow ones' was cancelled", 1, 'FAILED' \]$/,
  'cancelJobsWithTag ends the jobs with the tag': /^\[ 'JobCancelledError: .*red is over', \[ 'red' \], \[\] \]$/,
  'cancelAllJobs ends all': "[ 'JobCancelledError', 'JobCancelledError' ]",
  'an AbortSignal ends any action': "[ 'Error: enough', 'Error: enough' ]",
  'a regular expression that never comes back ends': /^\[ 'JobCancelledError: .*it backtracks', 45 \]$/,
  'an await that nobody answers ends': "[ 'Error: no answer', 45 ]",
  'a signal that is aborted already starts nothing': "'Error: too late'",
  'afterwards the executors work as before': '45',
  'the tracker knows jobs and executors': "[ 'SUCCEEDED', 1, 2, [] ]",
  'several actions run at once': '[ 4950, 9900, 14850, 19800 ]',
  'cancelJobGroupAndFutureJobs ends the group for good': "[ 'JobCancelledError', \"job group 'closed' was cancelled\", 3 ]",
  'cancelStage ends the jobs that need the stage': /^'JobCancelledError: count at jobs\.ts:\d+ was cancelled: stage N was cancelled'$/,
  'killTaskAttempt has the partition tried again': '[ [ 1 ], false ]',
  'a listener hears of jobs, stages and tasks in their order': "[ 'job sum 1', 'stage 1', 'task 0 0', 'task 0 Success', 'stage done', 'job done' ]",
  'submitJob hands results on and keeps none': "[ 'all there', [ [ 0, 3 ], [ 1, 3 ] ] ]",
  'a result handler that throws fails the action': 'Error: no more, thanks',
  'runApproximateJob gives what is known after a time, and the rest later': '[ false, true, 3 ]',
  'a failing job leaves the others alone': '[ true, 4 ]',
})
