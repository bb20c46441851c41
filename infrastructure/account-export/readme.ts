/** What a person reads first who was handed an export. */
export const README = `This is everything that a Filament server knew about you at one moment.

account.json           who you are there
guilds.jsonl           guilds you belong to or belonged to, with your roles
messages.jsonl         every message you wrote, as you wrote it last
attachments.jsonl      every file you uploaded; the files themselves are in attachments/
pictures.jsonl         your avatars and banners; those that are left are in pictures/
reactions.jsonl        reactions you gave and took back
friendships.jsonl      friend requests and friendships
memberships.jsonl      when you joined and left guilds, and which roles you were given
moderation.jsonl       what others did about you there: bans, kicks, timeouts, with their reasons
acts.jsonl             what you did there yourself: what you made, and what you did about others
profile.jsonl          your names and what you wrote about yourself, over time
sessions.jsonl         when you signed in and out
stored-sessions.jsonl  sessions the server still keeps a record of
addresses.jsonl        when you were seen at an address; the addresses are not kept in readable form
storage.jsonl          how much room your files took
manifest.json          what this is of, and the SHA-256 of each of these files

A .jsonl file has one JSON value in each line; any text editor opens it. Times are in UTC.
`;
