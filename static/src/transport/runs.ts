import type { BegunRun, EstimatedRun, RunBody } from '@/protocol/rest.gen'

import type { Http } from './http'

/** One operation does both: which of its answers comes, `dry_run` decides. */
async function ask(http: Http, testset: string, body: RunBody): Promise<EstimatedRun | BegunRun> {
  return await http.call('POST /api/testsets/{testset}/runs', { path: { testset }, body })
}

export async function estimateRun(http: Http, testset: string, body: RunBody): Promise<EstimatedRun> {
  return (await ask(http, testset, { ...body, dry_run: true })) as EstimatedRun
}

/** Resolves with the run's id. */
export async function beginRun(http: Http, testset: string, body: RunBody): Promise<string> {
  return ((await ask(http, testset, body)) as BegunRun).id
}
