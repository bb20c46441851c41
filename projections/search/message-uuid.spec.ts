import * as fc from 'fast-check';
import { MessageId } from '../../domain/shared/ids.ts';
import { messageNo } from '../../domain/shared/testing/samples.ts';
import { messageOfUuid, uuidOfMessage } from './message-uuid.ts';

const digit = fc.constantFrom(...Array.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ'));
const ulid = fc
  .tuple(
    fc.constantFrom(...Array.from('01234567')),
    fc.array(digit, { minLength: 25, maxLength: 25 }),
  )
  .map(([first, rest]) => first + rest.join(''));

it('gives every message id back', () => {
  fc.assert(fc.property(ulid, (id) => MessageId.is(id) && messageOfUuid(uuidOfMessage(id)) === id));
});

it('keeps the order of ids', () => {
  expect(uuidOfMessage(messageNo(1)) < uuidOfMessage(messageNo(2))).toBe(true);
});
