/**
 * `away`: no connection. `untrusted`: a connection to somebody whose certificate proves nothing to us. `slow`: no answer in time. `busy`: 429 and the like. `blocked`: the index may not be written, as
 * when the disk is full. `missing`: there is no such index. `refused`: anything else, and trying again won't help.
 */
export type ElasticFailure =
  'away' | 'untrusted' | 'slow' | 'busy' | 'blocked' | 'missing' | 'refused';

/** A request to Elasticsearch that failed. The reason names a type, never what was sent: that was people's words. */
export class ElasticFailed extends Error {
  override readonly name = 'ElasticFailed';
  readonly kind: ElasticFailure;
  readonly reason: string;
  constructor(kind: ElasticFailure, reason: string) {
    super(`Elasticsearch: ${kind} (${reason}).`);
    this.kind = kind;
    this.reason = reason;
  }
}

/** By status and error type, of an answer or of one item of a bulk. */
export const failureOf = (status: number, type: string): ElasticFailure => {
  if (type === 'index_not_found_exception') return 'missing';
  if (type === 'cluster_block_exception') return 'blocked';
  return status === 429 || status === 502 || status === 503 || status === 504 ? 'busy' : 'refused';
};
