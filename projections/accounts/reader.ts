import * as t from 'io-ts';
import {
  type AccountReader,
  type AccountSummary,
} from '../../application/account/account-reader.ts';
import { type PictureKind } from '../../domain/account/events.ts';
import { PictureId, UserId } from '../../domain/shared/ids.ts';
import { Timestamp } from '../../domain/shared/timestamp.ts';
import { type ReadModelQuery, type ReadStatement } from '../read-model.ts';

const Row = t.type({
  user_id: UserId,
  username: t.string,
  registered_at: Timestamp,
  avatar_version: t.Int,
  banner_version: t.Int,
});
type Row = t.TypeOf<typeof Row>;
const Details = t.intersection([
  Row,
  t.type({
    about_box: t.union([t.string, t.null]),
    about_event_id: t.union([t.string, t.null]),
    about_event_version: t.union([t.Int, t.null]),
  }),
]);
type Details = t.TypeOf<typeof Details>;

const versionOf = (kind: PictureKind) => `coalesce((SELECT version FROM rm_accounts.pictures p
      WHERE p.user_id = a.user_id AND p.kind = '${kind}'), 0)::float8 AS ${kind}_version`;
const COLUMNS = `user_id, username, registered_at::float8, ${versionOf('avatar')},
    ${versionOf('banner')}`;

// Who was erased has no name any more, and nobody is answered without one.
const SUMMARIES: ReadStatement<Row> = {
  name: 'accounts_by_ids',
  sql: `SELECT ${COLUMNS} FROM rm_accounts.accounts a
    WHERE user_id = ANY($1) AND username IS NOT NULL`,
  row: Row,
};
const DETAILS: ReadStatement<Details> = {
  name: 'accounts_by_id',
  sql: `SELECT ${COLUMNS}, about_box, about_event_id, about_event_version::integer
    FROM rm_accounts.accounts a WHERE user_id = $1 AND username IS NOT NULL`,
  row: Details,
};

const PictureRow = t.type({
  picture_id: PictureId,
  mime_type: t.string,
  size_bytes: t.Int,
  sha256_hex: t.string,
});
const PICTURE: ReadStatement<t.TypeOf<typeof PictureRow>> = {
  name: 'accounts_picture',
  sql: `SELECT picture_id, mime_type, size_bytes::float8, sha256_hex FROM rm_accounts.pictures p
    JOIN rm_accounts.accounts a USING (user_id)
    WHERE user_id = $1 AND kind = $2 AND username IS NOT NULL AND sha256_hex IS NOT NULL`,
  row: PictureRow,
};
const ShownRow = t.type({ picture_id: PictureId });
const SHOWN: ReadStatement<t.TypeOf<typeof ShownRow>> = {
  name: 'accounts_pictures_shown',
  sql: 'SELECT picture_id FROM rm_accounts.pictures WHERE picture_id = ANY($1)',
  row: ShownRow,
};

const summaryOf = (row: Row): AccountSummary => ({
  userId: row.user_id,
  username: row.username,
  registeredAt: row.registered_at,
  avatarVersion: row.avatar_version,
  bannerVersion: row.banner_version,
});

const aboutOf = ({ user_id, about_box, about_event_id, about_event_version }: Details) =>
  about_box === null || about_event_id === null || about_event_version === null
    ? null
    : {
        userId: user_id,
        eventId: about_event_id,
        eventVersion: about_event_version,
        box: about_box,
      };

export const createAccountReader = ({
  query,
}: {
  readonly query: ReadModelQuery;
}): AccountReader => ({
  lookup: async (userIds) => {
    const rows = await query(SUMMARIES, [userIds]);
    const found = new Map(
      rows.map((row): [UserId, AccountSummary] => [row.user_id, summaryOf(row)]),
    );
    return userIds.flatMap((userId) => found.get(userId) ?? []);
  },
  picture: async (userId, kind) => {
    const [row] = await query(PICTURE, [userId, kind]);
    return row === undefined
      ? null
      : {
          pictureId: row.picture_id,
          mimeType: row.mime_type,
          sizeBytes: row.size_bytes,
          sha256Hex: row.sha256_hex,
        };
  },
  shown: async (pictureIds) =>
    new Set((await query(SHOWN, [pictureIds])).map(({ picture_id }) => picture_id)),
  byId: async (userId) => {
    const [row] = await query(DETAILS, [userId]);
    return row === undefined ? null : { ...summaryOf(row), about: aboutOf(row) };
  },
});
