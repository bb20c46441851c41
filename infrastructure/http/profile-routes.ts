import * as t from 'io-ts';
import { type UpdateProfile } from '../../application/account/update-profile.ts';
import { Profile } from '../../application/contract/answers.ts';
import { closed } from '../../application/contract/closed.ts';
import { route, type Route } from './route.ts';

/** What people change of themselves (base contract 2.3). */
export const profileRoutes = ({
  updateProfile,
}: {
  readonly updateProfile: UpdateProfile;
}): readonly Route[] => [
  route({
    method: 'PATCH',
    url: '/users/me/profile',
    auth: 'bearer',
    summary: 'Changes your name or the text about you.',
    answer: Profile,
    failures: [],
    limit: 'profile_update',
    body: closed({}, { username: t.string, about_markdown: t.string }),
    handle: ({ identity, body, idempotencyKey, context }) =>
      updateProfile({
        by: identity.userId,
        username: body.username,
        aboutMarkdown: body.about_markdown,
        idempotencyKey,
        context,
      }),
  }),
];
