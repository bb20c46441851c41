import { type S3Settings } from './s3-settings.ts';

type Where = Pick<S3Settings, 'endpoint' | 'bucket' | 'addressing' | 'prefix'>;

const bucketUrl = ({ endpoint, bucket, addressing }: Where): URL => {
  const url = new URL(endpoint);
  if (addressing === 'virtual-host') url.hostname = `${bucket}.${url.hostname}`;
  else url.pathname = `/${bucket}`;
  return url;
};

/** Where an object is; its name needs no encoding. */
export const objectUrl = (where: Where, name: string): URL => {
  const url = bucketUrl(where);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${where.prefix}${name}`;
  return url;
};

/** Where one page of a listing is; `after` is the token of the page before. */
export const listUrl = (
  where: Where,
  { folder, keysMax, after }: { folder: string; keysMax: number; after: string | null },
): URL => {
  const url = bucketUrl(where);
  const query = {
    'list-type': '2',
    'max-keys': String(keysMax),
    prefix: `${where.prefix}${folder}`,
    ...(after !== null && { 'continuation-token': after }),
  };
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
};
