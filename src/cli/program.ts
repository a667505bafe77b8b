import { Command, Option } from 'commander'
import { MASTER_TIMEOUTS } from '../master/masterTimeouts.js'
import { PROTOCOL_VERSION } from '../protocol/version.js'
import { WORKER_TIMEOUTS } from '../worker/workerTimeouts.js'
import type { MasterOptions, WorkerOptions } from './daemonOptions.js'
import { parseConf } from './options/conf.js'
import { countParser } from './options/count.js'
import { parseDaemonMaster } from './options/daemonMaster.js'
import { parseDuration } from './options/duration.js'
import { parseHost } from './options/host.js'
import { parseList } from './options/list.js'
import { parseMaster } from './options/master.js'
import { parseName } from './options/name.js'
import { parseSize } from './options/size.js'
import { packageVersion } from './packageVersion.js'
import type { SubmitOptions } from './submitOptions.js'

/** What each command does, once its arguments are checked. */
export interface CommandHandlers {
  submit(jobFile: string, args: string[], options: SubmitOptions): Promise<void>
  startMaster(options: MasterOptions): Promise<void>
  startWorker(master: string, options: WorkerOptions): Promise<void>
}

const DECOMMISSION_MS = 300_000

const cores = countParser('a number of cores', 4096)
const executors = countParser('a number of executors', 100_000)
const port = countParser('a port', 65_535, 0)

/** The whole command line as a tree; docs/cli.md is made from it. */
export function createProgram(handlers: CommandHandlers): Command {
  const program = new Command('tspark')
    .description("Apache Spark's model for TypeScript: submit a job, run it on executors.")
    .version(`tspark ${packageVersion} (protocol ${PROTOCOL_VERSION}, node ${process.versions.node})`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })

  program
    .command('submit')
    .description('Build a job file and run it on an embedded cluster or on running daemons.')
    .usage('[options] <job.ts> [args...] [-- args...]')
    .argument('<job>', 'the job: a TypeScript or JavaScript module that default-exports its main')
    .argument('[args...]', "the job's own arguments; those that begin with a dash go after --")
    .addOption(
      new Option(
        '--master <url>',
        'where to run: local, local[N], local[*], local[N,F], local-cluster[workers,cores,memoryMiB] or tspark://host[:7077][,host...]',
      )
        .default('local[*]')
        .argParser(parseMaster),
    )
    .option('--name <name>', "the application's name (default: the job file's)", parseName)
    .option('--executor-cores <n>', 'cores, and so task slots, of one executor (default: all cores of its worker)', cores)
    .option(
      '--executor-memory <size>',
      'memory of one executor, e.g. 400m, 1g or a number of MiB (default: 1g, or all of its worker if that is less)',
      parseSize,
    )
    .option('--num-executors <n>', 'executors wanted; the first task waits for them, at most 30 s', executors)
    .option('--total-executor-cores <n>', 'at most so many cores over all executors', countParser('a number of cores', 1_000_000))
    .option('-c, --conf <key=value>', 'a setting by its name in Spark, of those in docs/configuration.md; may be repeated', parseConf)
    .option('--files <a,b>', 'files to ship beside the job; SparkFiles.get(name) finds them', parseList)
    .option('--archives <a,b>', 'archives to ship and unpack; SparkFiles.get(name) finds the folder; file.zip#name names it', parseList)
    .option('--local-dirs <a,b>', 'folders for scratch files of an embedded cluster (default: TMPDIR)', parseList)
    .option('--token-file <path>', "the cluster's token (default: TSPARK_TOKEN_FILE, then the one start-master made)")
    .option('--timeout <duration>', 'time limit of the whole run, e.g. 500ms, 90s, 2m or a number of seconds; exit code 124', parseDuration)
    .option('--queue-timeout <duration>', 'how long to wait for executors; exit code 5 (default: for ever)', parseDuration)
    .option('--task-timeout <duration>', 'time limit of one attempt at a task', parseDuration)
    .option('--json', 'only JSON Lines on stdout: what happens, what main prints, and the end')
    .option('-q, --quiet', 'on stderr only errors and what tasks print')
    .option('-v, --verbose', 'tell more on stderr: executors, stages, the build')
    .option('--debug', "show tspark's own stack frames too")
    .option('--color', 'colours even if stderr is no terminal')
    .option('--no-color', 'no colours')
    .action((job: string, args: string[], options: SubmitOptions) => handlers.submit(job, args, options))

  daemon(program, 'start-master', 'Start a master: it knows the workers and shares them out. The first line on stdout is its address.', 7077)
    .addOption(
      new Option('--scheduling <mode>', 'who gets cores first: fifo, the application that came first; fair, each its share')
        .choices(['fifo', 'fair'])
        .default('fifo'),
    )
    .option('--recovery-dir <path>', 'where it keeps what it must know after a restart; masters may share it (default: its state folder)')
    .option('--standby', 'wait while another master uses the recovery directory, and take over when that one dies')
    .addOption(timeout('--worker-timeout <duration>', 'a worker without a heartbeat for so long is lost', MASTER_TIMEOUTS.worker))
    .addOption(timeout('--driver-timeout <duration>', 'an application whose driver stays away for so long ends', MASTER_TIMEOUTS.driver))
    .addOption(
      timeout('--recovery-timeout <duration>', 'after a restart, how long those it knew have to come back; over when all have', MASTER_TIMEOUTS.recovery),
    )
    .action((options: MasterOptions) => handlers.startMaster(options))

  daemon(program, 'start-worker', 'Start a worker: it joins a master and runs executors. The first line on stdout tells that it has joined.', 0)
    .argument('<master>', 'the address of the master, tspark://host[:7077], or of several, tspark://a:7077,b:7077', parseDaemonMaster)
    .option('--public-host <host>', 'the host that drivers and other workers dial, where it is not the one it listens on (default: --host)', parseHost)
    .option('--cores <n>', 'cores to offer (default: those of the machine)', cores)
    .option('--memory <size>', "memory to offer, e.g. 2g or a number of MiB (default: the machine's less 1g)", parseSize)
    .option('--local-dirs <a,b>', 'folders for scratch files (default: TMPDIR)', parseList)
    .addOption(
      timeout('--heartbeat-interval <duration>', "how often it tells that it lives; at least 4 times within the master's timeout", WORKER_TIMEOUTS.heartbeat),
    )
    .addOption(timeout('--executor-timeout <duration>', 'an executor that says nothing for so long is ended and replaced', WORKER_TIMEOUTS.executor))
    .addOption(timeout('--orphan-timeout <duration>', 'executors and files of a driver that is away for so long go', WORKER_TIMEOUTS.orphan))
    .addOption(
      timeout(
        '--decommission-timeout <duration>',
        'after SIGPWR, how long running tasks and the moving of shuffle files and cached partitions may take',
        DECOMMISSION_MS,
      ),
    )
    .action((master: string, options: WorkerOptions) => handlers.startWorker(master, options))

  return program
}

function timeout(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description).argParser(parseDuration).default(defaultMs, `${defaultMs / 1000}s`)
}

function daemon(program: Command, name: string, description: string, defaultPort: number): Command {
  return program
    .command(name)
    .description(description)
    .addOption(new Option('--host <host>', 'the address to listen on').default('127.0.0.1').argParser(parseHost))
    .addOption(new Option('--port <n>', 'the port to listen on; 0 takes any').default(defaultPort).argParser(port))
    .option('--token-file <path>', "the cluster's token (default: TSPARK_TOKEN_FILE, then the user's own; start-master makes it)")
    .option('--daemon', 'return once it is ready and leave it running; pid and log files lie in the state folder')
}
