import { type ApiFailure } from './http.ts';

/** The name under which the words for a failure are found in `messages`. */
export const problemCode = (failure: ApiFailure): string => {
  switch (failure.type) {
    case 'Unreachable':
      return 'unreachable';
    case 'Busy':
      return 'busy';
    case 'Malformed':
      return 'malformed';
    case 'Refused':
      return failure.code;
  }
};

/** Whether a failure of this name may go away by itself. */
export const isPassingProblem = (code: string): boolean =>
  code === 'unreachable' || code === 'busy';
