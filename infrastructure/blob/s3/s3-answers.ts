// The XML that a bucket answers with, decoded. It comes from outside, so it is bounded, and no more is believed of it
// than a codec has checked; the parser knows no external entities.
import { parseXml, XmlElement, type XmlDocument } from '@rgrove/parse-xml';
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { type StoredObject } from '../object-store.ts';
import { S3Failure } from './s3-failure.ts';

export type ListedPage = {
  readonly objects: readonly StoredObject[]; // Under their whole keys
  readonly next: string | null; // The token of the page after it
};

const Page = t.type({
  objects: t.array(t.type({ name: t.string, writtenAt: t.Int })),
  isTruncated: t.union([t.literal('true'), t.literal('false')]),
  token: t.union([t.string, t.null]),
});

const childrenOf = (parent: XmlElement | XmlDocument, name: string): readonly XmlElement[] =>
  parent.children.filter(
    (child): child is XmlElement => child instanceof XmlElement && child.name === name,
  );
const textOf = (parent: XmlElement, name: string): string | null =>
  childrenOf(parent, name)[0]?.text ?? null;

const rootOf = (text: string, name: string): XmlElement | null => {
  try {
    return childrenOf(parseXml(text), name)[0] ?? null;
  } catch {
    return null; // Not XML at all
  }
};

/** The code of an error, such as `NoSuchKey`; null when there is none. */
export const errorCode = (text: string): string | null => {
  const root = rootOf(text, 'Error');
  const code = root === null ? null : textOf(root, 'Code');
  return code !== null && /^[A-Za-z]{1,64}$/.test(code) ? code : null;
};

/** One page of a listing; throws when it is none. */
export const listedPage = (text: string): ListedPage => {
  const root = rootOf(text, 'ListBucketResult');
  const page = Page.decode(
    root && {
      objects: childrenOf(root, 'Contents').map((each) => ({
        name: textOf(each, 'Key'),
        writtenAt: Date.parse(textOf(each, 'LastModified') ?? ''),
      })),
      isTruncated: textOf(root, 'IsTruncated') ?? 'false',
      token: textOf(root, 'NextContinuationToken'),
    },
  );
  if (isLeft(page) || (page.right.isTruncated === 'true' && !page.right.token))
    throw new S3Failure('The storage answered a listing that is none.', {
      isPassing: false,
      code: 'bad_listing',
    });
  const { objects, isTruncated, token } = page.right;
  return { objects, next: isTruncated === 'true' ? token : null };
};

/** The length of the whole, from the headers of an answer to a range. */
export const wholeLength = (contentRange: string | undefined): number | null => {
  const length = /^bytes (?:\d+-\d+|\*)\/(\d{1,15})$/.exec(contentRange ?? '')?.[1];
  return length === undefined ? null : Number(length);
};
