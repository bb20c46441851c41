// Whose certificates an Elasticsearch is trusted by, and how it shows that one is not.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isError } from '../../logging/is-error.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const VARIABLE = 'FILAMENT_ELASTICSEARCH_CA_FILE';

/** The certificates of a file; rejects with what to do when it holds none, or something that is none. */
export const readAuthorities = async (file: string): Promise<string> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = isError(cause) && 'code' in cause ? String(cause.code) : 'unknown';
    throw new Error(`${VARIABLE} can't be read (${reason}). Name a file of certificates in PEM.`, {
      cause,
    });
  });
  const certificates = text.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw new Error(`${VARIABLE} names a file with a certificate that is damaged.`, { cause });
  }
  if (certificates.length === 0)
    throw new Error(`${VARIABLE} names a file without a certificate. It must hold some in PEM.`);
  return certificates.join('\n');
};

// The client hands on the sentence alone: OpenSSL's of the verification, Node's of the name.
const DISTRUST =
  /self[- ]signed certificate(?: in certificate chain)?|unable to (?:verify the first|get (?:local )?issuer) certificate|certificate (?:has expired|is not yet valid|not trusted|rejected|signature failure)|does not match certificate's altnames/i;

/** Why a certificate was not trusted; null for any other error. */
export const distrustOf = (error: unknown): string | null =>
  isError(error) ? (DISTRUST.exec(error.message)?.[0] ?? null) : null;
