// The read models that advance together, in one transaction per batch of events.
import { accountsProjector } from './accounts/projector.ts';
import { auditProjector } from './audit/projector.ts';
import { attachmentsProjector } from './attachments/projector.ts';
import { erasuresProjector } from './erasures/projector.ts';
import { feedProjector } from './feed/projector.ts';
import { friendshipsProjector } from './friendships/projector.ts';
import { guildsProjector } from './guilds/projector.ts';
import { ipBansProjector } from './ip-bans/projector.ts';
import { membersProjector } from './members/projector.ts';
import { messagesProjector } from './messages/projector.ts';
import { type Projector } from './projector.ts';

export const CORE_PROJECTORS: readonly Projector[] = [
  accountsProjector,
  auditProjector,
  attachmentsProjector,
  erasuresProjector,
  feedProjector,
  friendshipsProjector,
  guildsProjector,
  ipBansProjector,
  membersProjector,
  messagesProjector,
];

/** The texts that stay sealed in events for these projectors; whoever feeds them must leave exactly these so. */
export const keptSealedBy = (
  projectors: readonly Pick<Projector, 'keepSealed'>[],
): ReadonlySet<string> => new Set(projectors.flatMap(({ keepSealed }) => keepSealed));
