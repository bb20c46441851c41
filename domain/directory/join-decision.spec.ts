import { decideJoin } from './join-decision.ts';

const open = { visibility: 'public', standing: 'outside', addressBanned: false } as const;

describe('joining through the directory', () => {
  it('is accepted', () => expect(decideJoin(open)).toBe('accepted'));
  it('hides a private guild from everyone, members and the banned included', () => {
    for (const standing of ['outside', 'member', 'banned'] as const)
      expect(decideJoin({ visibility: 'private', standing, addressBanned: true })).toBe(
        'rejected_visibility',
      );
  });
  it('tells of the ban of a person before that of an address', () => {
    expect(decideJoin({ ...open, standing: 'banned', addressBanned: true })).toBe(
      'rejected_user_ban',
    );
    expect(decideJoin({ ...open, addressBanned: true })).toBe('rejected_ip_ban');
  });
  it('bars members by address too', () =>
    expect(decideJoin({ ...open, standing: 'member', addressBanned: true })).toBe(
      'rejected_ip_ban',
    ));
  it('greets members again', () =>
    expect(decideJoin({ ...open, standing: 'member' })).toBe('already_member'));
});
