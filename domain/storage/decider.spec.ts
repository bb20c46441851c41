import * as fc from 'fast-check';
import { isRight } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import { attachmentNo, messageNo, noon, userNo } from '../shared/testing/samples.ts';
import { specFor } from '../shared/testing/spec-for.ts';
import { storageDecider, type StorageCommand } from './decider.ts';
import { type StorageEvent } from './events.ts';
import { itemOf } from './storage.ts';

const { given } = specFor(storageDecider);
const of = (n: number) => ({ userId: userNo(1), attachmentId: attachmentNo(n), at: noon });
const reserve = (
  n: number,
  bytesMin: number,
  bytesMax = bytesMin,
  itemsMax = 3,
): StorageCommand => ({
  type: 'Reserve',
  data: { ...of(n), bytesMin, bytesMax, quotaBytes: 100, itemsMax },
});
const reserved = (n: number, bytes: number): StorageEvent => ({
  type: 'StorageReserved',
  data: { ...of(n), bytes: bytes as t.Int },
});
const released = (n: number): StorageEvent => ({ type: 'StorageReleased', data: of(n) });
const release = (n: number): StorageCommand => ({ type: 'Release', data: of(n) });
const bind = (message: number, ids: readonly number[], neverPosted: readonly number[] = []) => ({
  type: 'Bind' as const,
  data: {
    userId: userNo(1),
    messageId: messageNo(message),
    attachmentIds: ids.map(attachmentNo),
    request: null,
    at: noon,
    neverPosted: new Set(neverPosted.map(messageNo)),
  },
});
const bound = (message: number, ids: readonly number[]): StorageEvent => ({
  type: 'AttachmentsBound',
  data: {
    userId: userNo(1),
    messageId: messageNo(message),
    attachmentIds: ids.map(attachmentNo),
    at: noon,
  },
});
const abandon = (n: number, neverPosted: readonly number[] = []): StorageCommand => ({
  type: 'Abandon',
  data: { ...of(n), neverPosted: new Set(neverPosted.map(messageNo)) },
});
const abandoned = (n: number): StorageEvent => ({ type: 'AttachmentAbandoned', data: of(n) });
const QUOTA = { type: 'QuotaExceeded' as const };
const NOT_AVAILABLE = { type: 'NotAvailable' as const };

describe('a quota', () => {
  it('is taken to its last byte and not beyond', () => {
    given(reserved(1, 60)).when(reserve(2, 40)).thenEmits(reserved(2, 40));
    given(reserved(1, 60)).when(reserve(2, 41)).thenRejects(QUOTA);
  });
  it('gives what is left to an upload of unknown length', () => {
    given(reserved(1, 60))
      .when(reserve(2, 1, 50))
      .thenEmits(reserved(2, 40));
    given(reserved(1, 100))
      .when(reserve(2, 1, 50))
      .thenRejects(QUOTA);
  });
  it('is free again after release, and by as much as an upload was smaller', () => {
    given(reserved(1, 100), released(1)).when(reserve(2, 100)).thenEmits(reserved(2, 100));
    given(reserved(1, 100), {
      type: 'StorageSettled',
      data: { ...of(1), bytes: 10 as t.Int },
    })
      .when(reserve(2, 90))
      .thenEmits(reserved(2, 90));
  });
  it('bounds how many there are', () => {
    const three = [1, 2, 3].map((n) => reserved(n, 1));
    given(...three)
      .when(reserve(4, 1))
      .thenRejects(QUOTA);
    given(...three, released(2))
      .when(reserve(4, 1))
      .thenEmits(reserved(4, 1));
  });
  it('is reserved, settled and released once', () => {
    given(reserved(1, 60)).when(reserve(1, 60)).thenEmits();
    given().when(release(1)).thenEmits();
    given(reserved(1, 60))
      .when({ type: 'Settle', data: { ...of(1), bytes: 60 } })
      .thenEmits();
    given(reserved(1, 60))
      .when({ type: 'Settle', data: { ...of(1), bytes: 61 } })
      .thenRejects(NOT_AVAILABLE);
  });
  it('counts what is there, whatever is asked', () => {
    const command = fc.record({
      n: fc.integer({ min: 1, max: 5 }),
      bytes: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), command), { maxLength: 40 }), (asked) => {
        let state = storageDecider.initialState;
        for (const [adds, { n, bytes }] of asked) {
          const decided = storageDecider.decide(adds ? reserve(n, bytes) : release(n), state);
          if (isRight(decided)) state = decided.right.reduce(storageDecider.evolve, state);
          const items = [...state.items.values()].flatMap((part) => [...part.values()]);
          expect(state.usedBytes).toBe(items.reduce((sum, item) => sum + item.bytes, 0));
          expect(state.usedBytes).toBeLessThanOrEqual(100);
          expect(state.count).toBe(items.length);
          expect(state.count).toBeLessThanOrEqual(3);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('binding', () => {
  const two = [reserved(1, 1), reserved(2, 1)];

  it('takes all or none', () => {
    given(...two)
      .when(bind(1, [1, 2]))
      .thenEmits(bound(1, [1, 2]));
    given(reserved(1, 1))
      .when(bind(1, [1, 2]))
      .thenRejects(NOT_AVAILABLE);
    given(...two, bound(1, [2]))
      .when(bind(2, [1, 2]))
      .thenRejects(NOT_AVAILABLE);
  });
  it('is for one message for ever, and again for the same one', () => {
    given(...two, bound(1, [1]))
      .when(bind(2, [1]))
      .thenRejects(NOT_AVAILABLE);
    given(...two, bound(1, [1]))
      .when(bind(1, [1]))
      .thenEmits();
  });
  it('is void when its message never came', () => {
    given(...two, bound(1, [1]))
      .when(bind(2, [1], [1]))
      .thenEmits(bound(2, [1]));
  });
  it('takes nothing that was abandoned or released', () => {
    given(...two, abandoned(1))
      .when(bind(1, [1]))
      .thenRejects(NOT_AVAILABLE);
    given(...two, released(1))
      .when(bind(1, [1]))
      .thenRejects(NOT_AVAILABLE);
  });
  it('remembers the request it was for', () => {
    const request = 'hash';
    const event = { ...bound(1, [1]), data: { ...bound(1, [1]).data, request } } as StorageEvent;
    const command = bind(1, [1]);
    given(...two)
      .when({ ...command, data: { ...command.data, request } })
      .thenEmits(event);
    const state = [...two, event].reduce(storageDecider.evolve, storageDecider.initialState);
    expect(itemOf(state, attachmentNo(1))?.binding).toEqual({
      messageId: messageNo(1),
      request,
      at: noon,
    });
  });
});

describe('abandoning', () => {
  it('leaves what a message uses', () => {
    given(reserved(1, 1)).when(abandon(1)).thenEmits(abandoned(1));
    given(reserved(1, 1), abandoned(1)).when(abandon(1)).thenEmits();
    given().when(abandon(1)).thenEmits();
    given(reserved(1, 1), bound(1, [1]))
      .when(abandon(1))
      .thenRejects(NOT_AVAILABLE);
    given(reserved(1, 1), bound(1, [1]))
      .when(abandon(1, [1]))
      .thenEmits(abandoned(1));
  });
});
