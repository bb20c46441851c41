// What the steps of a resume share.
import { type GuildAccess } from '../../application/access/guild-access.ts';
import { type AccountReader } from '../../application/account/account-reader.ts';
import { type Limits } from '../../application/limits.ts';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { type Audience } from './audience.ts';
import { type Connection, type DisconnectReason, type GatewayLog } from './connection.ts';
import { type GuildMates } from './guild-mates.ts';
import { type Outbox } from './outbox.ts';
import { type ResumeSource } from './replay-pages.ts';
import { type Revocation } from './revocation.ts';
import { type MomentFrames } from './subscribing.ts';
import { type Told } from './told.ts';

export type ResumeDependencies = {
  readonly source: ResumeSource;
  readonly told: Told;
  readonly access: GuildAccess;
  readonly lookup: AccountReader['lookup'];
  readonly holdsInChannel: Revocation['holdsInChannel'];
  readonly guildMates: Pick<GuildMates, 'guildsOf'>;
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly moment: MomentFrames;
  readonly disconnect: (connection: Connection, reason: DisconnectReason) => void;
  readonly isBarred: (connection: Connection, guildId: GuildId) => Promise<boolean>;
  readonly limits: Limits;
  readonly monotonic: () => number;
  readonly log: GatewayLog;
};

/** A channel that is to be heard again. */
export type Spot = { readonly guildId: GuildId; readonly channelId: ChannelId };

/** It took too long, the peer does not read, or the peer is gone: what was told stays told. */
export class ResumeCutShort extends Error {
  override readonly name = 'ResumeCutShort';
}
