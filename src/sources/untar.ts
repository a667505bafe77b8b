import { extract } from 'tar'

/** Unpacks a .tar or .tar.gz into a folder; `tar` refuses what leads out of it and writes through no link. */
export async function untar(path: string, folder: string): Promise<void> {
  await extract({
    file: path,
    cwd: folder,
    // its warnings are errors: an absolute name, a name or a link that leads out of the folder, a damaged header, a device
    strict: true,
    preserveOwner: false,
    noMtime: true,
    filter: (_, entry) => {
      // files belong to the application that removes them, whatever they were
      if ('mode' in entry && typeof entry.mode === 'number') entry.mode = (entry.mode & 0o777) | ('type' in entry && entry.type === 'Directory' ? 0o700 : 0o600)
      return true
    },
  })
}
