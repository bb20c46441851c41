/** Asks the captcha's server whether a person solved it. False for every doubt: refused, malformed, unreachable. */
export type VerifyCaptcha = (answer: {
  readonly token: string;
  readonly clientAddress: string | null;
}) => Promise<boolean>;

const TOKEN = /^[\x21-\x7e]{20,4096}$/;

/** Whether a token has the form of one, so that nothing else is ever sent on. */
export const isCaptchaToken = (token: string): boolean => TOKEN.test(token);
