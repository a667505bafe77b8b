// A column: u8 kind, then the values of one kind next to each other. A kind is chosen by looking at every value; what
// does not fit exactly falls back to the exact codec, for this column alone.

/** The first byte of a column. */
export const ColumnKind = {
  EXACT: 0,
  STRINGS: 1,
  INTS: 2,
  DOUBLES: 3,
  BOOLEANS: 4,
  NULLS: 5,
  TUPLES: 6,
  LISTS: 7,
  OBJECTS: 8,
  SPARSE: 9,
} as const
