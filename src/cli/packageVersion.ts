import manifest from '../../package.json' with { type: 'json' }

/** The version of this tspark. */
export const packageVersion: string = manifest.version
