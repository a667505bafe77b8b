import { describeOperations } from '../../helpers/describeOperations.js'

describeOperations('jobs', {
  'cancelJobGroup ends the jobs of the group, busy loops too': /^\[ "JobCancelledError: .*job group 'slow ones' was cancelled", 1, 'FAILED' \]$/,
  'cancelJobsWithTag ends the jobs with the tag': /^\[ 'JobCancelledError: .*red is over', \[ 'red' \], \[\] \]$/,
  'cancelAllJobs ends all': "[ 'JobCancelledError', 'JobCancelledError' ]",
  'an AbortSignal ends any action': "[ 'Error: enough', 'Error: enough' ]",
  'a signal that is aborted already starts nothing': "'Error: too late'",
  'afterwards the executors work as before': '45',
  'the tracker knows jobs and executors': "[ 'SUCCEEDED', 1, 2, [] ]",
  'several actions run at once': '[ 4950, 9900, 14850, 19800 ]',
  'a failing job leaves the others alone': '[ true, 4 ]',
})
