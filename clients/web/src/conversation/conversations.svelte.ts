/* eslint-disable svelte/prefer-svelte-reactivity -- Sets and maps here are replaced whole, or nobody watches them. */
import { type Conversation } from './conversation.svelte.ts';
import { type Place } from './history.ts';

const KEPT_MAX = 30;

/** Conversations visited, kept so that coming back is instant; the longest unvisited goes first. */
export const createConversations = (create: (place: Place) => Conversation) => {
  const kept = new Map<string, Conversation>();
  return {
    visit: (place: Place): Conversation => {
      const conversation = kept.get(place.channelId) ?? create(place);
      kept.delete(place.channelId);
      kept.set(place.channelId, conversation);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
      return conversation;
    },
    all: (): readonly Conversation[] => [...kept.values()],
    find: (channelId: string): Conversation | null => kept.get(channelId) ?? null,
  };
};

export type Conversations = ReturnType<typeof createConversations>;
