import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { type GuildId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type GuildAccess } from '../access/guild-access.ts';
import { type AuditEvent } from '../contract/moderation-answers.ts';
import { INVALID, type Failure } from '../failure.ts';
import { type Limits } from '../limits.ts';
import { type Clock } from '../ports.ts';
import { pageOf, type TimeCursor } from '../time-cursor.ts';
import { AUDIT_ACTIONS } from './audit-action.ts';
import { type AuditReader } from './audit-reader.ts';

const LIMIT_DEFAULT = 20;
const PREFIX = /^[a-z0-9._]{1,64}$/;
const DENIED: Failure = { type: 'Refused', code: 'audit_access_denied' };

type Page = { readonly events: readonly AuditEvent[]; readonly next_cursor: string | null };

export type ListAudit = (request: {
  readonly by: UserId;
  readonly guildId: GuildId;
  readonly cursor: TimeCursor | undefined;
  readonly limit: number | undefined;
  readonly actionPrefix: string | undefined;
}) => Promise<Either<Failure, Page>>;

/** Who did what in a guild, newest first, for those who may look. */
export const createListAudit =
  ({
    access,
    audit,
    clock,
    limits,
  }: {
    readonly access: GuildAccess;
    readonly audit: AuditReader;
    readonly clock: Clock;
    readonly limits: Pick<Limits, 'auditListLimitMax' | 'auditRetentionSecs'>;
  }): ListAudit =>
  async ({ by, guildId, cursor, limit, actionPrefix }) => {
    const { auditListLimitMax, auditRetentionSecs } = limits;
    const rowsMax = limit ?? Math.min(LIMIT_DEFAULT, auditListLimitMax);
    if (rowsMax < 1 || rowsMax > auditListLimitMax) return left(INVALID);
    if (actionPrefix !== undefined && !PREFIX.test(actionPrefix)) return left(INVALID);
    const allowed = await access.requireInGuild(by, guildId, 'view_audit_log');
    if (isLeft(allowed)) return allowed.left.type === 'Forbidden' ? left(DENIED) : allowed;
    const rows = await audit.page({
      guildId,
      before: cursor?.id ?? null,
      since: Math.max(0, clock.now() - auditRetentionSecs * 1000) as Timestamp,
      // There are few actions, so the prefix is looked up here, and the database asked for each by name.
      actions:
        actionPrefix === undefined
          ? null
          : AUDIT_ACTIONS.filter((action) => action.startsWith(actionPrefix)),
      limit: rowsMax + 1,
    });
    const { page, next } = pageOf(rows, rowsMax, ({ created_at_unix: unix, audit_id: id }) => ({
      unix,
      id,
    }));
    return right({ events: page, next_cursor: next });
  };
