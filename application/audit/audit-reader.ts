import { type GuildId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';
import { type AuditEvent } from '../contract/moderation-answers.ts';
import { type AuditAction } from './audit-action.ts';

export type AuditReader = {
  /** Newest first, strictly older than the row of that id, not older than `since`; null for all actions. */
  readonly page: (request: {
    readonly guildId: GuildId;
    readonly before: string | null;
    readonly since: Timestamp;
    readonly actions: readonly AuditAction[] | null;
    readonly limit: number;
  }) => Promise<readonly AuditEvent[]>;
};
