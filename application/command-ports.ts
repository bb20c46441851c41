import { type UserId } from '../domain/shared/ids.ts';
import { type GuildStates } from './access/create-guild-access.ts';
import { type GuildAccess } from './access/guild-access.ts';
import { type CommandContext } from './event-store/event-store.ts';
import { type Execute } from './execute.ts';
import { type Limits } from './limits.ts';
import { type Clock } from './ports.ts';

/** What commands on guilds and members stand on. */
export type GuildCommandPorts = {
  readonly execute: Execute;
  readonly access: GuildAccess & { readonly states: GuildStates };
  readonly clock: Clock;
  readonly limits: Limits;
};

/** Who asks for a change, in which request. */
export type Asking = {
  readonly by: UserId;
  readonly idempotencyKey: string | null;
  readonly context: CommandContext;
};
