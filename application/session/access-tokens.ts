import { type SessionId, type UserId } from '../../domain/shared/ids.ts';
import { type Timestamp } from '../../domain/shared/timestamp.ts';

export type AccessClaims = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly username: string;
  readonly tokenId: string;
  readonly issuedAt: Timestamp; // Whole seconds count
};

export type AccessToken = { readonly token: string; readonly expiresAt: Timestamp };

/** Signs an access token. The same claims give the same token, so a repeated refresh is answered identically. */
export type IssueAccessToken = (claims: AccessClaims) => Promise<AccessToken>;
