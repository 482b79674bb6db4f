import { LRUCache } from 'lru-cache'
import { text } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'
import type { ExportJob } from './jobs.js'
import { usageCsv } from './usage-csv.js'

const denied =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>The request is not authorized or its link has expired.</Message></Error>'

/** Files of the last few jobs, by their keys: one of years takes seconds to write, and is the same each time it is fetched. */
const written = new LRUCache<string, string>({ max: 5 })

/** A finished file behind its link: no header is asked for, and whoever has the link may fetch it until it expires. */
export function answerFile(path: string, world: World): Reply {
  const job = world.exports.open(path.slice('/__objects/'.length))
  if (job === undefined) return text(403, 'application/xml', denied)
  const disposition = { 'content-disposition': 'attachment; filename="DailyUsageData.csv"' }
  return text(200, 'text/csv', fileOf(job, world.clock.now()), disposition)
}

function fileOf(job: ExportJob, now: number): string {
  const file = written.get(job.key) ?? usageCsv(job, now)
  written.set(job.key, file)
  return file
}
