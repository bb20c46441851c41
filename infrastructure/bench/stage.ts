// A server with limits out of the way and a small population, for the scenarios to load.
import { rmSync } from 'node:fs';
import { type ChannelId, type GuildId } from '../../domain/shared/ids.ts';
import { createApiClient, type ApiClient } from '../api-client/api-client.ts';
import {
  freePort,
  startServer,
  temporaryDataDirectory,
  type ServerProcess,
} from '../testing/server-process.ts';

const PASSWORD = 'a benchmark password';

export type Stage = {
  readonly server: ServerProcess;
  readonly environment: Readonly<Record<string, string>>;
  readonly client: ApiClient;
  readonly gatewayUrl: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly guildId: GuildId;
  readonly channelId: ChannelId;
  /** Another channel of the guild, so that scenarios don't share a history. */
  readonly newChannel: (name: string) => Promise<ChannelId>;
  readonly signIn: () => Promise<string>;
  readonly close: () => Promise<void>;
};

export const setTheStage = async (): Promise<Stage> => {
  const dataDirectory = temporaryDataDirectory('bench');
  const gateway = `127.0.0.1:${await freePort()}`;
  const environment = {
    FILAMENT_DATA_DIR: dataDirectory,
    FILAMENT_BIND_ADDR: `127.0.0.1:${await freePort()}`,
    FILAMENT_GATEWAY_BIND_ADDR: gateway,
    FILAMENT_RATE_LIMIT_REQUESTS_PER_MINUTE: '100000000',
    FILAMENT_AUTH_ROUTE_REQUESTS_PER_MINUTE: '100000000',
    FILAMENT_GATEWAY_CONNECTIONS_PER_USER: '100000',
    FILAMENT_GATEWAY_CONNECTIONS_PER_ADDRESS: '100000',
    FILAMENT_MAX_SESSIONS_PER_USER: '10000',
    FILAMENT_ACCESS_TOKEN_TTL_SECS: '3600',
    FILAMENT_LOG_LEVEL: 'warn',
  };
  const server = await startServer(environment);
  const client = createApiClient({ baseUrl: server.baseUrl, connections: 64 });
  await client.register('bench', PASSWORD);
  const tokens = await client.login('bench', PASSWORD);
  const token = tokens.access_token;
  const { guild_id: guildId } = await client.createGuild(token, 'Bench', 'public');
  const newChannel = async (name: string) =>
    (await client.createChannel(token, guildId, name)).channel_id;
  return {
    server,
    environment,
    client,
    gatewayUrl: `ws://${gateway}/gateway/ws`,
    token,
    refreshToken: tokens.refresh_token,
    guildId,
    channelId: await newChannel('bench'),
    newChannel,
    signIn: async () => (await client.login('bench', PASSWORD)).refresh_token,
    close: async () => {
      await client.close();
      await server.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
};
