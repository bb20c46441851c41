// Old versions of events, lifted one version at a time to the shape the domain knows today. The log itself never changes.
// A sealed field keeps its name and its scope through all versions: both are part of its seal.

/** Turns the data of one version into that of the next. Sealed fields are still ciphertext here. */
export type Upcast = (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** By event type, then by the version to lift from. */
export type Upcasters = ReadonlyMap<string, ReadonlyMap<number, Upcast>>;

export const UPCASTERS: Upcasters = new Map();
