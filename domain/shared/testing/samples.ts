// Fixed ids and times for specs, by number: never random, never now.
import { type Id } from '../ids.ts';
import { type Timestamp } from '../timestamp.ts';

const idOf =
  <Kind extends string>(digit: string) =>
  (number: number) =>
    `01J${digit}00000000000000000${String(number).padStart(5, '0')}` as Id<Kind>;

export const userNo = idOf<'User'>('V');
export const guildNo = idOf<'Guild'>('G');
export const channelNo = idOf<'Channel'>('C');
export const roleNo = idOf<'Role'>('R');
export const friendRequestNo = idOf<'FriendRequest'>('F');
export const attachmentNo = idOf<'Attachment'>('A');
export const pictureNo = idOf<'Picture'>('P');
export const messageNo = idOf<'Message'>('M');
export const ipBanNo = idOf<'IpBan'>('B');

export const noon = 1_700_000_000_000 as Timestamp;
