// Serves the built web client from memory, under a content security policy without any inline anything.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type FastifyReply, type FastifyRequest } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const FILES_MAX = 2000;
const HASHED_NAME = /-[\w-]{8,}\.\w+$/;

type WebFile = {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
};

const readFiles = (folder: string): ReadonlyMap<string, WebFile> => {
  const files = new Map<string, WebFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const type = TYPES[path.extname(entry.name)];
    if (!entry.isFile() || type === undefined || files.size >= FILES_MAX) continue;
    const bytes = readFileSync(file);
    files.set(`/${path.relative(folder, file).split(path.sep).join('/')}`, {
      bytes,
      type,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      // A name with a content hash never changes its content; anything else is asked for again.
      cache: HASHED_NAME.test(entry.name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  }
  return files;
};

/**
 * The policy for the client's pages (W3C CSP Level 3): scripts, styles and fonts of this origin only, Trusted Types
 * enforced, connections to this origin and the gateway's.
 */
export const contentSecurityPolicy = (gatewayOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `connect-src ${["'self'", ...gatewayOrigins].join(' ')}`,
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');

/** A handler for paths that no route serves; resolves false when there is no such file. */
export const createWebFiles = ({
  folder,
  policy,
}: {
  readonly folder: string;
  readonly policy: () => string;
}) => {
  const files = readFiles(folder);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<boolean> => {
    const pathname = (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
    const file = files.get(pathname === '/' ? '/index.html' : pathname);
    if (!file || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    void reply
      .header('content-type', file.type)
      .header('cache-control', file.cache)
      .header('etag', file.etag)
      .header('content-security-policy', policy())
      .header(
        'permissions-policy',
        'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
      )
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cross-origin-resource-policy', 'same-origin');
    if (request.headers['if-none-match'] === file.etag) await reply.code(304).send();
    else await reply.code(200).send(file.bytes);
    return true;
  };
};
