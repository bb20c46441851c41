// Every word the client shows, in one place, so that it can be translated. Words are plain, short, and say what to do
// next. Components import `text`; nothing else holds visible strings.

const plural = new Intl.PluralRules('en');
const numbers = new Intl.NumberFormat('en');
// Dates in the reader's own English, if they read English: 24 November or November 24.
// A browser under a POSIX locale names languages that Intl refuses (`en-US@posix`), and would then show nothing at all.
const isUsable = (language: string): boolean => {
  try {
    return language.startsWith('en') && Intl.DateTimeFormat.supportedLocalesOf(language).length > 0;
  } catch {
    return false;
  }
};

const locale = navigator.languages.find(isUsable) ?? 'en-GB';
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const longDay = new Intl.DateTimeFormat(locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const shortDay = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });

const count = (amount: number, one: string, other: string) =>
  `${numbers.format(amount)} ${plural.select(amount) === 'one' ? one : other}`;

const problems: Readonly<Record<string, string>> = {
  unreachable: 'The server can’t be reached. Check your connection and try again.',
  busy: 'The server is busy. Wait a moment and try again.',
  malformed: 'The server’s answer made no sense. Reload the page and try again.',
  invalid_credentials: 'That name and password don’t match. Check both and try again.',
  invalid_request: 'The server refused that. Check what you entered.',
  forbidden: 'You don’t have permission to do that here. Ask an owner.',
  not_found: 'That isn’t there any more.',
  name_taken: 'That name is taken. Choose another, or sign in if it’s yours.',
  guild_creation_limit_reached: 'You have made as many guilds as one person may.',
  directory_join_user_banned: 'You are banned from this guild.',
  directory_join_ip_banned: 'Your network is banned from this guild.',
  audit_access_denied: 'You don’t have permission to see who did what here. Ask an owner.',
  captcha_failed: 'This server asks for a captcha, which this client can’t show yet.',
  quota_exceeded: 'That is more than this server allows.',
  payload_too_large: 'That is too long. Shorten it and try again.',
  idempotency_key_reused: 'That was already sent. Write it again if it’s missing.',
  conflict: 'Somebody changed this at the same moment. Try again.',
  stale: 'This was written a while ago and never arrived. Send it now, or discard it.',
};

export const text = {
  appName: 'Filament',
  problem: (code: string) => problems[code] ?? 'That didn’t work. Try again.',
  retry: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  time: (unixSeconds: number) => clock.format(unixSeconds * 1000),
  day: (unixSeconds: number) => longDay.format(unixSeconds * 1000),
  shortDay: (unixSeconds: number) => shortDay.format(unixSeconds * 1000),
  moment: (unixSeconds: number) => full.format(unixSeconds * 1000),

  signIn: {
    title: 'Welcome back',
    lead: 'Sign in to your server.',
    newTitle: 'Make an account',
    newLead: 'A name and a password are all it takes.',
    username: 'Username',
    password: 'Password',
    usernameHint: '3 to 32 letters, digits, dots or underscores.',
    passwordHint: 'At least 12 characters. A short sentence works well.',
    submit: 'Sign in',
    submitNew: 'Sign up',
    working: 'One moment…',
    toNew: 'New here?',
    toNewAction: 'Make an account',
    toOld: 'Have an account?',
    toOldAction: 'Sign in',
    show: 'Show password',
    hide: 'Hide password',
    ended: 'Your session has ended. Sign in again to go on.',
    badUsername: 'A username has 3 to 32 letters, digits, dots or underscores.',
    shortPassword: 'That password is too short: it needs at least 12 characters.',
    longPassword: 'That password is too long: 128 bytes is the most.',
    needBoth: 'Enter your username and your password.',
  },

  connection: {
    connecting: 'Connecting…',
    lost: (seconds: number) =>
      seconds <= 0
        ? 'Connection lost. Trying again…'
        : `Connection lost. Trying again in ${seconds} s.`,
    offline: 'You are offline. What you write is kept and sent when you are back.',
    now: 'Try now',
    back: 'Connected again.',
  },

  guilds: {
    rail: 'Guilds',
    yours: 'Your guilds',
    home: 'Home',
    add: 'Add a guild',
    unread: (name: string) => `${name}, unread messages`,
    loadFailed: 'Your guilds could not be loaded.',
    loading: 'Loading your guilds',
    emptyTitle: 'A place of your own',
    emptyLead: 'Guilds are where people talk. Make one for your people, or find one to join.',
    homeTitle: (name: string) => `Hello, ${name}`,
    homeLead: 'Pick a guild on the left, make a new one, or find one to join.',
    create: 'Make a guild',
    discover: 'Find a guild',
    menu: (name: string) => `${name}: guild menu`,
    copyId: 'Copy guild ID',
    copied: 'Copied.',
    unknown: 'This guild isn’t there, or you are not a member.',
    unknownLead: 'Ask for an invitation, or look for it among the public guilds.',
  },

  newGuild: {
    title: 'Make a guild',
    name: 'Name',
    placeholder: 'Kiln Workshop',
    hint: 'Up to 64 letters, digits and signs. You can change it later.',
    badName: 'A name has 1 to 64 characters: plain letters, digits and signs.',
    public: 'Anyone may find and join it',
    publicHint: 'Public guilds are listed under “Find a guild”.',
    submit: 'Make guild',
    firstChannel: 'general',
  },

  discover: {
    title: 'Find a guild',
    lead: 'Public guilds on this server. Joining takes one click.',
    search: 'Search by name',
    join: 'Join',
    joinNamed: (name: string) => `Join ${name}`,
    open: 'Open',
    openNamed: (name: string) => `Open ${name}`,
    empty: 'No public guild yet. Make the first one.',
    noMatch: (query: string) => `No guild is called “${query}”. Try fewer letters.`,
    failed: 'The list could not be loaded.',
    loading: 'Loading public guilds',
  },

  channels: {
    region: 'Channels',
    text: 'Text channels',
    voice: 'Voice channels',
    create: 'Create a channel',
    loading: 'Loading channels',
    failed: 'The channels could not be loaded.',
    empty: 'No channels yet. Create the first one to start talking.',
    emptyMain: 'This guild has no channels yet',
    emptyMainLead: 'Create one and say hello.',
    unread: (amount: number) => count(amount, 'new message', 'new messages'),
    voiceSoon: 'Voice is coming to this client.',
    pick: 'Pick a channel',
    unknown: 'This channel isn’t there, or you may not see it.',
    unknownLead: 'Pick another channel from the list.',
  },

  newChannel: {
    title: 'Create a channel',
    name: 'Name',
    placeholder: 'glaze-lab',
    hint: 'Up to 64 letters, digits and signs.',
    kind: 'What is it for?',
    text: 'Writing',
    voice: 'Speaking',
    submit: 'Create channel',
  },

  members: {
    region: 'Members',
    toggle: 'Members',
    online: (amount: number) => `Online — ${numbers.format(amount)}`,
    offline: (amount: number) => `Offline — ${numbers.format(amount)}`,
    isOnline: 'online',
    isOffline: 'offline',
    loading: 'Loading members',
    failed: 'The members could not be loaded.',
    empty: 'Nobody is here yet.',
    more: (shown: number) => `The first ${numbers.format(shown)} members are listed.`,
    unknown: 'Someone',
    you: 'you',
  },

  conversation: {
    messages: (channel: string) => `Messages in ${channel}`,
    startTitle: (channel: string) => `This is the beginning of #${channel}`,
    startLead: 'Say something to get it going.',
    loading: 'Loading messages',
    loadingOlder: 'Loading older messages',
    failed: 'The messages could not be loaded.',
    olderFailed: 'Older messages could not be loaded.',
    newDivider: 'New',
    present: 'Jump to present',
    presentWithCount: (amount: number) => count(amount, 'new message', 'new messages'),
    jumpFailed: 'That message could not be found. It may have been deleted.',
    announce: (name: string, words: string) => `${name}: ${words}`,
    sending: 'Sending…',
    notSent: 'Not sent.',
    discard: 'Discard',
    discardNamed: 'Discard this message',
    sendAgain: 'Send again',
    openChannels: 'Open channel list',
    you: 'You',
  },

  message: {
    actions: 'Message actions',
    react: 'Add reaction',
    edit: 'Edit',
    delete: 'Delete',
    copyLink: 'Copy link',
    linkCopied: 'Link copied.',
    editing: 'Edit message',
    editHint: 'Enter saves, Esc cancels.',
    deleteTitle: 'Delete this message?',
    deleteLead: 'It goes away for everyone and can’t be brought back.',
    deleteFailed: 'The message was not deleted.',
    editFailed: 'The change was not saved.',
    reactFailed: 'The reaction was not saved.',
    reactions: 'Reactions',
    reaction: (amount: number, mine: boolean) =>
      `${count(amount, 'person', 'people')}${mine ? ', you too' : ''}`,
    copyCode: 'Copy',
    codeCopied: 'Copied',
    codeLabel: 'Code',
    attachment: (name: string) => `File: ${name}`,
  },

  composer: {
    label: (channel: string) => `Message #${channel}`,
    send: 'Send message',
    left: (amount: number) => `${numbers.format(amount)} left`,
    tooLong: (amount: number) => `${numbers.format(amount)} too many. Shorten it to send.`,
    full: 'Too many messages are waiting to be sent. Wait until some have gone.',
    forbidden: 'You may not write in this channel. Ask an owner for permission.',
    emoji: 'Add emoji',
  },

  emoji: {
    title: 'Pick an emoji',
    any: 'Any emoji or short text',
    use: 'Use',
    bad: 'Up to 32 characters without spaces.',
  },

  search: {
    region: 'Search results',
    label: 'Search messages',
    placeholder: 'Search',
    title: 'Search',
    loading: 'Searching',
    found: (amount: number) => count(amount, 'result', 'results'),
    none: (query: string) => `Nothing found for “${query}”. Try another word.`,
    failed: 'The search did not work.',
    start: 'Type a word and press Enter.',
    jump: 'Jump to message',
  },

  switcher: {
    title: 'Go to a channel or guild',
    placeholder: 'Where to?',
    none: 'Nothing matches. Try fewer letters.',
    results: 'Places',
    channelIn: (guild: string) => `in ${guild}`,
    guild: 'Guild',
  },

  settings: {
    title: 'Settings',
    open: 'Settings',
    theme: 'Theme',
    dark: 'Dark',
    light: 'Light',
    contrast: 'High contrast',
    density: 'Density',
    comfortable: 'Comfortable',
    compact: 'Compact',
    motion: 'Less motion',
    signOut: 'Sign out',
    account: 'Account',
    look: 'Look',
  },

  shortcuts: {
    title: 'Keyboard shortcuts',
    open: 'Keyboard shortcuts',
    list: [
      { keys: ['Ctrl', 'K'], does: 'Go to a channel or guild' },
      { keys: ['Ctrl', 'F'], does: 'Search messages' },
      { keys: ['F6'], does: 'Next region (Shift for the one before)' },
      { keys: ['Alt', '↑ / ↓'], does: 'Channel above or below' },
      { keys: ['Esc'], does: 'Jump to present, close what is open' },
      { keys: ['Enter'], does: 'Send the message' },
      { keys: ['Shift', 'Enter'], does: 'New line' },
      { keys: ['↑'], does: 'Edit your last message (from an empty composer)' },
      { keys: ['↑ / ↓'], does: 'Message before or after (in the message list)' },
      { keys: ['E'], does: 'Edit the message in focus' },
      { keys: ['Delete'], does: 'Delete the message in focus (Shift: without asking)' },
      { keys: ['R'], does: 'React to the message in focus' },
      { keys: ['?'], does: 'This list (Ctrl / anywhere)' },
    ],
  },

  shell: {
    skip: 'Skip to the conversation',
    mainRegion: 'Conversation',
    self: 'You',
    closePanel: 'Close panel',
    loading: 'Loading',
  },
} as const;
