/** Takes one line of a daemon's log, without its end. */
export type Log = (line: string) => void
