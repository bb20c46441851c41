/** A bucket and how it is reached. */
export type S3Settings = {
  readonly endpoint: string; // Without bucket, path and credentials
  readonly region: string;
  readonly bucket: string;
  readonly addressing: 'path' | 'virtual-host';
  readonly prefix: string; // Empty, or ending with a slash
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly timeoutMs: number; // Without a byte or an answer
  readonly connectionsMax: number; // For reading, and as many for all else
};
