const USERNAME = /^[A-Za-z0-9_.]{3,32}$/;
const PASSWORD_BYTES_MIN = 12;
const PASSWORD_BYTES_MAX = 128;

export type CredentialProblem = 'missing' | 'username' | 'short' | 'long';

/** What the server would refuse a new account for (base contract 5.1); for signing in only that both are there. */
export const checkCredentials = (
  { username, password }: { readonly username: string; readonly password: string },
  isNew: boolean,
): CredentialProblem | null => {
  if (username === '' || password === '') return 'missing';
  if (!isNew) return null;
  if (!USERNAME.test(username)) return 'username';
  const bytes = new TextEncoder().encode(password).length;
  if (bytes < PASSWORD_BYTES_MIN) return 'short';
  return bytes > PASSWORD_BYTES_MAX ? 'long' : null;
};
